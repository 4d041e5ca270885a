"""The only place that reads the time. Everything else is handed a :class:`Clock`."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; a test hands in one that stands still or jumps."""

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
