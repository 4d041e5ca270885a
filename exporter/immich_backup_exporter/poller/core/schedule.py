"""When something is due; pure arithmetic."""

from datetime import time, timedelta

from immich_backup_exporter.domain.records import Unreadable

OPEN_INTERVAL = timedelta(days=1)
"""How often restic opens a repository though nothing in it changed: a changed password shows only then."""

_UNREADABLE_FIRST = timedelta(minutes=10)
_UNREADABLE_MOST = timedelta(days=1)
_RESTIC_MOST = timedelta(minutes=15)
_INSPECTION_FIRST = timedelta(minutes=1)
_INSPECTION_MOST = timedelta(hours=6)
_JITTER = 0.1


def unreadable_pause(before: Unreadable | None) -> timedelta:
    """How long not to ask again for a snapshot that restic did not return; doubles up to a day."""
    attempts = before.attempts if before else 0
    return min(_UNREADABLE_FIRST * (1 << min(attempts, 10)), _UNREADABLE_MOST)


def inspection_pause(failures: int) -> timedelta:
    """How long not to look into a snapshot again after that failed ``failures`` times: a minute, then up to 6 hours."""
    return min(_INSPECTION_FIRST * (1 << min(4 * (failures - 1), 12)), _INSPECTION_MOST)


def is_within(moment: time, first: time, last: time) -> bool:
    """Whether a time of day lies in a span that may go over midnight."""
    return first <= moment < last if first < last else moment >= first or moment < last


def restic_pause(poll_interval: timedelta, failures: int) -> timedelta:
    """How long not to start restic again after it failed ``failures`` times in a row; doubles up to 15 minutes.

    Never longer than that, so that an alert about a password ends soon after the password was fixed, and never shorter
    than the poll interval.
    """
    return max(poll_interval, min(poll_interval * (1 << min(failures - 1, 10)), _RESTIC_MOST))


def jittered(interval: timedelta, random: float) -> float:
    """Seconds to wait; ``random`` is in [0, 1). Spreads many repositories over time, never beyond the interval."""
    return interval.total_seconds() * (1 - _JITTER * random)
