"""When the library's dumps and backups were made: nightly, in local time, the last one just past."""

from datetime import date, datetime, time, timedelta

DUMP_TIME = time(2)
"""Immich's own default."""
BACKUP_TIME = time(3)
_DONE_AFTER = timedelta(minutes=5)


def last_nights(now: datetime, count: int) -> tuple[date, ...]:
    """The days in whose early morning the backups were made, oldest first; the last backup is over by ``now``."""
    last = now.astimezone().date()
    if backup_moment(last) + _DONE_AFTER > now:
        last -= timedelta(days=1)
    return tuple(last - timedelta(days=before) for before in reversed(range(count)))


def dump_moment(night: date) -> datetime:
    """When that night's dump began, in local time."""
    return local(night, DUMP_TIME)


def backup_moment(night: date) -> datetime:
    """When that night's backup began, in local time."""
    return local(night, BACKUP_TIME)


def local(day: date, moment: time) -> datetime:
    """That moment on the machine's own clock, with the offset that it had on that day."""
    return datetime.combine(day, moment).astimezone()
