"""Looks into a snapshot in a process of its own: megabytes of listing and dump must not slow the agent's answers."""

from .client import InspectionFactory

__all__ = ["InspectionFactory"]
