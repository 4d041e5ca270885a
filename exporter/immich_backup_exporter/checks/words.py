"""Durations, times, sizes and shares as a person reads them."""

from datetime import UTC, datetime, timedelta

from immich_backup_exporter.domain.records import Acceptance

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_SIZES = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def span(duration: timedelta) -> str:
    """Two units at most, such as ``26 h 12 min`` and ``3 d 4 h``: hours up to three days, since limits are given so."""
    seconds = int(duration.total_seconds())
    if seconds < 0:
        return f"-{span(-duration)}"
    if seconds < 60:
        return f"{seconds} s"
    units = _UNITS if seconds >= 3 * 86400 else _UNITS[1:]
    parts = []
    for size, unit in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
        if parts and (len(parts) == 2 or not count):
            break
    return " ".join(parts)


def ago(moment: datetime, now: datetime) -> str:
    """``5 min ago``; a time that is ahead, which clocks that differ make, is now."""
    return f"{span(max(now - moment, timedelta(0)))} ago"


def at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def accepted(said: Acceptance | None) -> str:
    """What to add where somebody said that a size is meant; empty where nobody did."""
    if said is None:
        return ""
    reason = " ".join(said.reason.split())
    return f" Accepted at {at(said.time)}{f': {reason}' if reason else ''}."


def size(count: float) -> str:
    """Bytes in binary units, as restic prints them."""
    power = 0
    while abs(count) >= 1024 and power < len(_SIZES) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.1f} {_SIZES[power]}" if power else f"{count:.0f} bytes"


def share(value: float, usual: float) -> str:
    """``42 %``; ``usual`` is not 0."""
    return f"{100 * value / usual:.0f} %"
