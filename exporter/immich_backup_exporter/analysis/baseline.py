"""What is usual: the median of the values before the newest."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

LENGTH = 14
"""How many values are looked at. With nightly backups a lasting change becomes the usual after a week."""

DRAWN = 30
"""How many values are kept at hand to be drawn."""

LEAST = 3
"""With fewer values nothing is usual yet."""


def baseline(values_before_newest: Sequence[float]) -> float | None:
    """The median of the last :data:`LENGTH` values (oldest first); ``None`` with fewer than :data:`LEAST`."""
    values = values_before_newest[-LENGTH:]
    return float(median(values)) if len(values) >= LEAST else None


def usual(
    before: Sequence[tuple[datetime, float]], newest: float | None, accepted_since: datetime | None
) -> float | None:
    """The baseline of timed values before the newest, oldest first.

    Where somebody said that the value of ``accepted_since`` is meant, it stands for all from before: it is usual at
    once, and gives way to later ones as they come. It is ``newest`` itself as long as none is newer.
    """
    if accepted_since is None:
        return baseline([value for _, value in before])
    later = [value for time, value in before if time >= accepted_since]
    accepted, later = (later[0], later[1:]) if later else (newest, [])
    return None if accepted is None else baseline([accepted] * LEAST + later)
