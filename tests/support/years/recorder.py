"""What a Prometheus that scrapes every minute would have seen of the agent: every sample at its true time."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.metrics import catalog
from immich_backup_exporter.metrics.catalog import CATALOG, Metric
from immich_backup_exporter.metrics.subject import Sample

from .clock import SiteClock

SCRAPE_SECONDS = 60
LOOKBACK_SECONDS = 900
"""How old a sample may be that a query finds; told to Prometheus. Longer than usual, so that what does not change has
to be written down less often. It hides nothing: see ``_moments``."""

_REPEAT_SECONDS = LOOKBACK_SECONDS - 10
_OFTEN_SECONDS = 290
"""The same for the clock, which always changes, and for what a rule looks at over a short range."""

UP = "up"
PROCESS_START = "process_start_time_seconds"
_TARGET = 'job="b",instance="n"'

Key = tuple[str, str]
"""A metric's name and its labels as written."""

_SELECTOR = re.compile(r"\b([a-z][a-z0-9_]*)\s*(?:\{([^}]*)\})?")
_SHORT_RANGE = re.compile(r"\b([a-z][a-z0-9_]*)\s*(?:\{[^}]*\})?\[\d+m\]")
_MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
_Matchers = Sequence[tuple[str, "re.Pattern[str]"]]


def selectors(expressions: Iterable[str]) -> Mapping[str, Sequence[_Matchers]]:
    """The matchers of each metric that the rules' expressions select; others need not be kept."""
    found: dict[str, list[_Matchers]] = {}
    for expression in expressions:
        for name, matchers in _SELECTOR.findall(expression):
            compiled = [
                (label, re.compile(value if operator == "=~" else re.escape(value)))
                for label, operator, value in _MATCHER.findall(matchers)
            ]
            found.setdefault(name, []).append(compiled)
    return found


class Recorder:
    """Takes the place of what renders ``/metrics``: keeps every series that a rule selects, changes only."""

    def __init__(self, clock: SiteClock, start: datetime, expressions: Sequence[str]) -> None:
        self._clock = clock
        self._start = start.timestamp()
        wanted = selectors(expressions)
        short = {name for expression in expressions for name in _SHORT_RANGE.findall(expression)}
        self._often = {catalog.TIME.full_name, *short}
        self._wanted: dict[Metric, Sequence[_Matchers]] = {
            metric: wanted[metric.full_name] for metric in CATALOG if metric.full_name in wanted
        }
        self._sources: dict[str, dict[Key, float]] = {}
        self._keys: dict[tuple[Metric, tuple[str, ...]], Key | None] = {}
        self._process: dict[Key, float] = {}
        self._answers = False
        self.series: dict[Key, list[tuple[int, float | None]]] = {}
        """By series: from which minute on it has which value; ``None``: it has none."""

    # --- what the agent does

    def publish(self, state: State, sources: Mapping[str, Iterable[Sample]], *, keep: Collection[str]) -> None:
        """As ``Exposition.publish``."""
        for gone in self._sources.keys() - set(keep):
            self._replace(gone, {})
            del self._sources[gone]
        for source, samples in sources.items():
            self._replace(source, self._kept(samples))

    def _kept(self, samples: Iterable[Sample]) -> dict[Key, float]:
        kept = {}
        for metric, labels, value in samples:
            if metric in self._wanted:
                key = self._key(metric, labels)
                if key is not None:
                    kept[key] = value
        return kept

    def _key(self, metric: Metric, labels: tuple[str, ...]) -> Key | None:
        try:
            return self._keys[metric, labels]
        except KeyError:
            pairs = dict(zip(metric.labels, labels, strict=True))
            selected = any(
                all(pattern.fullmatch(pairs.get(label, "")) for label, pattern in matchers)
                for matchers in self._wanted[metric]
            )
            text = "".join(f',{name}="{value}"' for name, value in pairs.items())
            key = self._keys[metric, labels] = (metric.full_name, text) if selected else None
            return key

    def _replace(self, source: str, new: dict[Key, float]) -> None:
        old = self._sources.get(source, {})
        self._sources[source] = new
        if self._answers and new != old:
            for key in old.keys() - new.keys():
                self._note(key, None)
            for key, value in new.items():
                if old.get(key) != value:
                    self._note(key, value)

    def touch(self, source: str, names: Collection[str], moments: Sequence[tuple[float, float]]) -> None:
        """Nothing of a source changes but these metrics: at each true time (Unix seconds) they get another value."""
        samples = self._sources[source]
        for key in [key for key in samples if key[0] in names]:
            samples[key] = moments[-1][1]
            for moment, value in moments if self._answers else ():
                self._note(key, value, moment)

    def served(self, source: str, besides: Collection[str] = ()) -> Mapping[Key, float]:
        """What a source's metrics are now."""
        return {key: value for key, value in self._sources.get(source, {}).items() if key[0] not in besides}

    # --- what Prometheus meets

    def process_began(self) -> None:
        """A process of the agent's is there and answers."""
        self._sources = {}
        self._process = {(PROCESS_START, ""): self._clock.now().timestamp()}
        self.clock_changed()
        self.answer()

    def process_ended(self) -> None:
        self.fall_silent()
        self._sources = {}
        self._process = {}

    def clock_changed(self) -> None:
        """The agent's clock is ahead by another number of seconds now."""
        key = (catalog.TIME.full_name, "")
        self._process[key] = self._clock.ahead
        if self._answers:
            self._note(key, self._clock.ahead)

    def answer(self) -> None:
        self._answers = True
        for samples in (self._process, *self._sources.values()):
            for key, value in samples.items():
                self._note(key, value)
        self._note((UP, ""), 1.0)

    def fall_silent(self) -> None:
        """Scrapes fail from now on."""
        self._answers = False
        self._end_all()
        self._note((UP, ""), 0.0)

    def vanish(self) -> None:
        """The agent is gone from what Prometheus scrapes."""
        self.fall_silent()
        self._note((UP, ""), None)

    def _end_all(self) -> None:
        for samples in (self._process, *self._sources.values()):
            for key in samples:
                self._note(key, None)

    def _note(self, key: Key, value: float | None, moment: float | None = None) -> None:
        seconds = (self._clock.truth().timestamp() if moment is None else moment) - self._start
        minute = -int(-seconds // SCRAPE_SECONDS)
        points = self.series.setdefault(key, [])
        if points and points[-1][0] == minute:
            points[-1] = minute, value
        elif not points or points[-1][1] != value:
            points.append((minute, value))

    # --- the series as text

    def write(self, path: Path, until: datetime) -> int:
        """Write everything as OpenMetrics with times; returns the number of samples."""
        end = int((until.timestamp() - self._start) // SCRAPE_SECONDS)
        written = 0
        with path.open("w", encoding="ascii", buffering=1 << 20) as file:
            family = ""
            for (name, labels), points in sorted(self.series.items()):
                if name != family:
                    family = name
                    file.write(f"# TYPE {family} unknown\n")
                written += self._write_series(file, name, labels, points, end)
            file.write("# EOF\n")
        return written

    def _write_series(
        self, file: TextIO, name: str, labels: str, points: Sequence[tuple[int, float | None]], end: int
    ) -> int:
        prefix = f"{name}{{{_TARGET}{labels}}} "
        follows_clock = name == catalog.TIME.full_name
        lines = []
        for index, (minute, value) in enumerate(points):
            if value is None:
                continue
            last = index + 1 == len(points)
            until = end if last else points[index + 1][0]
            ends = not last and points[index + 1][1] is None
            for moment in self._moments(
                minute, until, ends, _OFTEN_SECONDS if name in self._often else _REPEAT_SECONDS
            ):
                shown = value + moment if follows_clock else value
                lines.append(f"{prefix}{shown!r} {moment}\n")
        file.writelines(lines)
        return len(lines)

    def _moments(self, minute: int, until: int, ends: bool, pause: int) -> list[int]:
        """When to write a value down that held from one minute to another, in Unix seconds.

        What is written into the past has no markers of staleness, so a query goes on finding the last sample for as
        long as it looks back. Where a series ends, the last one is written so early that the query ceases to find it
        right at its end. (Only of what changed shortly before it ended the query finds more than there was.)
        """
        base = int(self._start)
        first, beyond = base + minute * SCRAPE_SECONDS, base + until * SCRAPE_SECONDS
        if not ends:
            return list(range(first, beyond, pause))
        last = beyond - LOOKBACK_SECONDS - 1
        return [*range(first, last, pause), last] if last > first else [first]
