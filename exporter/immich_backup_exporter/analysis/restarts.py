"""How often the agent was started anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)


def restarts(starts: Sequence[datetime], now: datetime) -> int:
    """How many starts within the last hour followed another one; ``starts`` oldest first.

    The very first is no restart: before it there was nothing.
    """
    return sum(now - start < WINDOW for start in starts[1:])
