"""Durations, times, sizes and shares, as far as they are the same in every language."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
_SIZES = ("KiB", "MiB", "GiB", "TiB", "PiB")


def span(duration: timedelta) -> tuple[bool, Sequence[tuple[int, str]]]:
    """Whether it is negative, and two units at most: hours up to three days, since limits are given in hours."""
    seconds = int(duration.total_seconds())
    negative, seconds = seconds < 0, abs(seconds)
    if seconds < 60:
        return negative, ((seconds, "second"),)
    units = _UNITS if seconds >= 3 * 86400 else _UNITS[1:]
    parts: list[tuple[int, str]] = []
    for size_, unit in units:
        count, seconds = divmod(seconds, size_)
        if count:
            parts.append((count, unit))
        if parts and (len(parts) == 2 or not count):
            break
    return negative, parts


def at(moment: datetime) -> str:
    """``2026-11-23 12:00 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def size(count: float) -> str:
    """1024 bytes and more in binary units, as restic prints them."""
    count, power = count / 1024, 0
    while abs(count) >= 1024 and power < len(_SIZES) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.1f} {_SIZES[power]}"


def share(value: float) -> str:
    """``42 %``."""
    return f"{100 * value:.0f} %"
