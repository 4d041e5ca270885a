"""What is usual: the median of the values before the newest."""

from collections.abc import Sequence
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
