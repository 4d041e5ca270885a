"""What a Prometheus would hold of an agent: its scrapes, minute after minute, as promtool's input series.

promtool's clock begins at 0, so every time is shifted by the evaluation's time minus the scrape's: what happened before
the first scrape becomes negative, and `exporter_time_seconds` runs on from 0.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

TARGET: Mapping[str, str] = {"job": "immich-backup", "instance": "photos:10321"}
"""The labels that a Prometheus adds."""

_LINE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
_TIMES = ("_timestamp_seconds", "_time_seconds")
_LEFT_OUT = re.compile(r"^process_(?!start_time_seconds)")

Values = Sequence[float | None]
"""One value a minute; `None` where there is no sample."""


@dataclass(frozen=True, slots=True)
class Off:
    """A minute in which Prometheus itself does not work: nothing is scraped, nothing becomes stale."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A minute in which Prometheus works and does not know the target."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A scrape that got no answer."""


Minute = Mapping[str, float] | Off | Unseen | Failed


@dataclass(frozen=True, slots=True)
class Check:
    """What must fire at a minute, exactly; and what may have fired at any moment of the minutes before."""

    minute: int
    window: int
    firing: tuple[str, ...]
    allowed: tuple[str, ...]
    findings: tuple[str, ...] | None = None
    """What the agent itself found at that moment, written as alerts are; `None`: it was not there to be asked."""
    settled: bool = False
    """Every `for` has elapsed since something was done last, so that rules and findings must say the same."""


@dataclass(slots=True)
class Segment:
    """Minutes without a gap, beginning at `start` (Unix seconds of the world's clock)."""

    start: float
    minutes: list[Minute] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def series(self, target: Mapping[str, str] = TARGET) -> dict[str, str]:
        """promtool's input series: by series with its labels the values in promtool's notation."""
        labels = ",".join(f'{name}="{value}"' for name, value in target.items())
        names = {name for minute in self.minutes if isinstance(minute, Mapping) for name in minute}
        found = {_with(name, labels): _notation(self._column(name)) for name in sorted(names)}
        if any(not isinstance(minute, Unseen) for minute in self.minutes):
            found[f"up{{{labels}}}"] = _notation([_up(minute) for minute in self.minutes])
        return found

    def _column(self, name: str) -> list[float | str | None]:
        shift = self.start if name.partition("{")[0].endswith(_TIMES) else 0.0
        column: list[float | str | None] = []
        for minute in self.minutes:
            if isinstance(minute, Off):
                column.append(None)
            elif isinstance(minute, Mapping) and name in minute:
                column.append(minute[name] - shift)
            else:
                column.append("stale")
        return column


def parse(text: str) -> dict[str, float]:
    """The samples of a scrape by series as it is written there; what no rule is about is left out."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = _LINE.match(line)
        assert match is not None, line
        name, labels, value = match.groups()
        if not _LEFT_OUT.match(name):
            found[name if labels is None else f"{name}{{{labels}}}"] = float(value)
    return found


def _with(series: str, labels: str) -> str:
    name, brace, rest = series.partition("{")
    return f"{name}{{{labels},{rest}" if brace else f"{name}{{{labels}}}"


def _up(minute: Minute) -> float | str | None:
    if isinstance(minute, Off):
        return None
    if isinstance(minute, Unseen):
        return "stale"
    return 0.0 if isinstance(minute, Failed) else 1.0


def _notation(column: Iterable[float | str | None]) -> str:
    """`1x3` is a value and three more of it, `_` no sample. `stale` ends a series that had one, and stands once."""
    parts: list[list[object]] = []
    there = False
    for value in column:
        if value == "stale":
            token, there = ("stale" if there else "_"), False
        elif value is None:
            token = "_"
        else:
            token, there = _number(float(value)), True
        if parts and parts[-1][0] == token and token != "stale":
            parts[-1][1] = int(str(parts[-1][1])) + 1
        else:
            parts.append([token, 0])
    return " ".join(_times(str(token), int(str(more))) for token, more in parts)


def _times(token: str, more: int) -> str:
    if token == "_":
        return f"_x{more + 1}"
    return f"{token}x{more}" if more else token


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
