"""The only place that reads the time, and what is thought of times that others tell."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

AHEAD_TOLERANCE = timedelta(minutes=10)
"""Another machine's clock may be ahead of ours by this much; more is a wrong clock."""


def in_future(moment: datetime, now: datetime) -> bool:
    """Whether a time is further ahead than clocks ordinarily differ: what it is of is never taken for fresh."""
    return moment > now + AHEAD_TOLERANCE


class Clock(Protocol):
    """Where the time comes from, for everything but this module; a test hands in one that stands still or jumps."""

    def now(self) -> datetime:
        """The wall clock, aware and in UTC. It may jump in either direction."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. For durations and deadlines."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
