"""Looks into a snapshot in a process of its own: megabytes of listing and dump must not slow the agent's answers."""

from .client import Workshop

__all__ = ["Workshop"]
