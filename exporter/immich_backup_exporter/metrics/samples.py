"""One value of one metric, and how values become numbers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from . import catalog as c


class Sample(NamedTuple):
    """One value of one metric; ``labels`` are the values of the metric's label names, in their order."""

    metric: c.Metric
    labels: tuple[str, ...]
    value: float


Value = float | datetime | timedelta | None


def samples(labels: tuple[str, ...], *pairs: tuple[c.Metric, Value]) -> Iterator[Sample]:
    """A sample for each value that is known."""
    for metric, value in pairs:
        if value is not None:
            yield Sample(metric, labels, _number(value))


def _number(value: float | datetime | timedelta) -> float:
    """Times as Unix seconds, durations as seconds, truth as 1 and 0."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value)
