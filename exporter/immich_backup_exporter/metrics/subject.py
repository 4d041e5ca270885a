"""What a metric is, and how its values follow from the facts about one kind of thing.

A metric is declared once: its name, its help and the function that takes its value from the facts stand together.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

PREFIX = "immich_backup_"

F = TypeVar("F")
P = TypeVar("P")
Value = float | datetime | timedelta | None
"""Times become Unix seconds, durations seconds, truth 1 and 0. ``None`` is not known, and gives no sample."""


class Kind(StrEnum):
    """The type of a metric in the exposition format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is there once: identity is equality, and fast
class Metric:
    """One metric. ``name`` is without the prefix and, as written in queries, with its suffix."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str

    @property
    def full_name(self) -> str:
        return PREFIX + self.name


class Sample(NamedTuple):
    """One value of one metric; ``labels`` are the values of the metric's label names, in their order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


_Rows = Callable[[tuple[str, ...], F], Iterator[Sample]]


class Subject(Generic[F]):
    """The metrics about one kind of thing, whose facts are an ``F``. ``labels`` say which of these things is meant."""

    def __init__(self, *labels: str) -> None:
        self._labels = labels
        self._values: list[tuple[Metric, Callable[[F], Value]]] = []
        self._rows: list[_Rows[F]] = []

    def gauge(self, name: str, text: str, value: Callable[[F], Value]) -> Metric:
        return self._valued(Kind.GAUGE, name, text, value)

    def counter(self, name: str, text: str, value: Callable[[F], Value]) -> Metric:
        return self._valued(Kind.COUNTER, name, text, value)

    def info(self, name: str, text: str, labels: tuple[str, ...], values: Callable[[F], tuple[str, ...]]) -> Metric:
        """A metric that is always 1 and whose further ``labels`` hold what is to be told."""
        metric = Metric(name=name, kind=Kind.INFO, labels=(*self._labels, *labels), help=text)

        def rows(which: tuple[str, ...], facts: F) -> Iterator[Sample]:
            yield Sample(metric, (*which, *values(facts)), 1.0)

        self._rows.append(rows)
        return metric

    def part(self, select: Callable[[F], P | None]) -> "Subject[P]":
        """The metrics about a part of the thing, which has no samples where the part is ``None``."""
        return self.each((), lambda facts: _one(select(facts)))

    def each(self, labels: tuple[str, ...], select: Callable[[F], Iterable[tuple[tuple[str, ...], P]]]) -> "Subject[P]":
        """The metrics about several parts of the thing, told apart by the values of further ``labels``."""
        inner = Subject[P](*self._labels, *labels)

        def rows(which: tuple[str, ...], facts: F) -> Iterator[Sample]:
            for more, part in select(facts):
                yield from inner.samples((*which, *more), part)

        self._rows.append(rows)
        return inner

    def samples(self, which: tuple[str, ...], facts: F) -> Iterator[Sample]:
        """A sample for each value that is known; ``which`` are the values of the labels."""
        for metric, value in self._values:
            if (known := value(facts)) is not None:
                yield Sample(metric, which, _number(known))
        for rows in self._rows:
            yield from rows(which, facts)

    def _valued(self, kind: Kind, name: str, text: str, value: Callable[[F], Value]) -> Metric:
        metric = Metric(name=name, kind=kind, labels=self._labels, help=text)
        self._values.append((metric, value))
        return metric


def _one(part: P | None) -> tuple[tuple[tuple[str, ...], P], ...]:
    return () if part is None else (((), part),)


def _number(value: float | datetime | timedelta) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value)
