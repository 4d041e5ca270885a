"""The same conclusions as the alert rules, without a Prometheus: pure functions of what is known and a time."""

from .registry import CHECKS, findings

__all__ = ["CHECKS", "findings"]
