"""When something may be looked into: after failures, and at which times of the day."""

from collections.abc import Hashable, MutableMapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Generic, TypeVar

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.poller.core.schedule import inspection_pause, is_within

K = TypeVar("K", bound=Hashable)


class Due(Generic[K]):
    """Until when each thing has to wait, and how often it failed in a row.

    ``failures`` are those of before, and count on here.
    """

    def __init__(self, clock: Clock, failures: MutableMapping[K, int] | None = None) -> None:
        self._clock = clock
        self._failures = {} if failures is None else failures
        self._not_before: dict[K, float] = {}

    def is_due(self, key: K) -> bool:
        now = self._clock.monotonic()
        return self._not_before.get(key, now) <= now

    def postpone(self, key: K, pause: timedelta) -> None:
        """Let it wait, without a failure of its own."""
        self._not_before[key] = self._clock.monotonic() + pause.total_seconds()

    def postpone_like(self, key: K, other: K) -> None:
        """Let it wait for as long as ``other`` has to."""
        self._not_before[key] = self._not_before.get(other, self._clock.monotonic())

    def failed(self, key: K) -> int:
        """Count a failure and let it wait, the longer the more there were in a row. Returns how many there were."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        self.postpone(key, inspection_pause(failures))
        return failures

    def succeeded(self, key: K) -> None:
        self._failures.pop(key, None)
        self._not_before.pop(key, None)


def is_open(hours: tuple[time, time] | None, now: datetime, zone: tzinfo | None) -> bool:
    """Whether the hours of a day in which something may be read include this moment; ``None``: all hours.

    ``zone`` is the one that the hours are in; ``None``: that of this machine.
    """
    return hours is None or is_within(now.astimezone(zone).time(), *hours)
