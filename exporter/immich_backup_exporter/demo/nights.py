"""When the library's dumps and backups were made: once a day, the last backup some hours before the demo starts.

The distance is the same whatever the clock says, so a demo stays within its limits for as long at every time of day.
"""

from datetime import date, datetime, time, timedelta

BACKED_UP_BEFORE = timedelta(hours=11)
"""How long before the start the last backup began."""
DUMPED_BEFORE = timedelta(hours=1)
"""How long before a backup the dump in it began."""
FITS_FOR = timedelta(hours=14)
"""A demo whose last backup is younger can be served again: it has half a day until its limit of 26 hours."""


def last_nights(now: datetime, count: int) -> tuple[datetime, ...]:
    """When the backups began, in local time at the same time of each day, oldest first."""
    last = (now - BACKED_UP_BEFORE).astimezone().replace(second=0, microsecond=0)
    return tuple(local(last.date() - timedelta(days=before), last.time()) for before in reversed(range(count)))


def dump_moment(night: datetime) -> datetime:
    """When the dump of the night began whose backup began then, in local time."""
    return (night - DUMPED_BEFORE).astimezone()


def local(day: date, moment: time) -> datetime:
    """That moment on the machine's own clock, with the offset that it had on that day."""
    return datetime.combine(day, moment).astimezone()
