"""A real Prometheus over a past that was written into it, and the shipped rules evaluated over all of it.

Rules are not run by Prometheus itself, which cannot run them over the past. Their expressions are asked for by range
queries, and `for` and `keep_firing_for` are applied to the answers as Prometheus does it, at one evaluation a minute.

Few minutes have to be asked for. An alert fires only if its condition held at every minute for as long as its `for`, so
a question every `for` meets every condition that can matter; only around the answers every minute is asked for.
"""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from support.tools import PROJECT, free_port, tool
from support.waiting import PATIENCE_SECONDS, eventually

from .recorder import LOOKBACK_SECONDS

RULES = PROJECT / "alert_rules" / "immich-backup.rules.yml"

EVALUATION = 60
"""Seconds between two evaluations of a rule."""

_LONGEST_STEP = 900
_POINTS = 10_000
"""A range query may ask for 11,000 points at most."""

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

WATCHDOG = "ImmichBackupWatchdog"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An alerting rule. ``hold`` and ``keep`` are its `for` and `keep_firing_for` in seconds."""

    alert: str
    severity: str
    expression: str
    hold: int
    keep: int


@dataclass(frozen=True, kw_only=True, order=True)
class Firing:
    """An alert that fired. ``until``: ``None`` if it still did at the end."""

    since: datetime
    alert: str
    severity: str
    labels: tuple[tuple[str, str], ...] = field(default=())
    until: datetime | None = field(default=None, compare=False)

    def __str__(self) -> str:
        about = ", ".join(f"{name}={value}" for name, value in self.labels if name not in ("instance", "job"))
        until = f"{self.until:%m-%d %H:%M}" if self.until else "the end"
        return f"{self.alert} {self.severity} {{{about}}} {self.since:%Y-%m-%d %H:%M} to {until}"


@cache
def load_rules(path: Path = RULES) -> tuple[Rule, ...]:
    """Every alerting rule of the file."""
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        Rule(
            alert=rule["alert"],
            severity=rule["labels"]["severity"],
            expression=rule["expr"],
            hold=_seconds(rule.get("for", "0s")),
            keep=_seconds(rule.get("keep_firing_for", "0s")),
        )
        for group in written["groups"]
        for rule in group["rules"]
    )


def _seconds(duration: str) -> int:
    return int(sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|s|m|h|d)", duration)))


class Past:
    """A Prometheus that holds the series of one file and nothing else."""

    def __init__(self, url: str) -> None:
        self._url = url

    def firings(self, rules: Sequence[Rule], since: datetime, until: datetime) -> list[Firing]:
        """Every alert that fired, in order of time; the watchdog left out, since it always does."""
        start, end = (int(moment.timestamp()) // EVALUATION * EVALUATION for moment in (since, until))
        found = [firing for rule in rules if rule.alert != WATCHDOG for firing in self._firings(rule, start, end)]
        return sorted(found)

    def _firings(self, rule: Rule, start: int, end: int) -> Iterator[Firing]:
        step = min(rule.hold or EVALUATION, _LONGEST_STEP)
        met = sorted({moment for moments in self._ask(rule, start, end, step).values() for moment in moments})
        active: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for first, last in _joined(met, step):
            for labels, moments in self._ask(rule, max(start, first), min(end, last), EVALUATION).items():
                active.setdefault(labels, []).extend(moments)
        for labels, moments in active.items():
            for fired, over in _fired(moments, rule.hold, rule.keep, end):
                yield Firing(
                    since=datetime.fromtimestamp(fired, UTC),
                    until=None if over is None else datetime.fromtimestamp(over, UTC),
                    alert=rule.alert.removeprefix("ImmichBackup"),
                    severity=rule.severity,
                    labels=labels,
                )

    def _ask(self, rule: Rule, start: int, end: int, step: int) -> dict[tuple[tuple[str, str], ...], list[int]]:
        """By label set: the moments at which the condition held."""
        found: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for first in range(start, end + 1, step * _POINTS):
            last = min(end, first + step * (_POINTS - 1))
            for series in self.query_range(rule.expression, first, last, step):
                labels = tuple(sorted((key, value) for key, value in series["metric"].items() if key != "__name__"))
                found.setdefault(labels, []).extend(int(moment) for moment, _ in series["values"])
        return found

    def query_range(self, expression: str, start: int, end: int, step: int) -> list[Mapping[str, Any]]:
        """One range query; a query that fails is an error."""
        form = urllib.parse.urlencode({"query": expression, "start": start, "end": end, "step": step}).encode()
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/query_range", data=form, timeout=300) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from error
        assert told["status"] == "success", told
        result: list[Mapping[str, Any]] = told["data"]["result"]
        return result


def _joined(moments: Sequence[int], step: int) -> list[tuple[int, int]]:
    """The stretches around the moments at which every minute matters."""
    stretches: list[tuple[int, int]] = []
    for moment in moments:
        first, last = moment - step, moment + step
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], last
        else:
            stretches.append((first, last))
    return stretches


def _fired(moments: Sequence[int], hold: int, keep: int, end: int) -> Iterator[tuple[int, int | None]]:
    """From when until when an alert fired whose condition held at these evaluations, and at no other.

    As Prometheus does it: pending from the first evaluation on, firing from the first that is ``hold`` later if the
    condition held at all between, and for ``keep`` after the condition was met last.
    """
    pending: int | None = None
    fired: int | None = None
    previous: int | None = None
    for moment in sorted(set(moments)):
        if previous is not None and moment - previous > EVALUATION:
            if fired is not None and moment - (previous + EVALUATION) >= keep:
                yield fired, previous + EVALUATION + keep
                fired = None
            if fired is None:
                pending = None
        previous = moment
        if fired is None:
            pending = moment if pending is None else pending
            if moment - pending >= hold:
                fired = moment
    if fired is not None and previous is not None:
        over = previous + EVALUATION + keep
        yield fired, over if over <= end else None


@contextmanager
def past(series: Path, folder: Path) -> Iterator[Past]:
    """Write the series into a new Prometheus and let it answer questions."""
    data = folder / "data"
    write = [tool("promtool-3"), "tsdb", "create-blocks-from", "--max-block-duration=20000h", "--quiet", "openmetrics"]
    subprocess.run([*write, str(series), str(data)], check=True, stdout=subprocess.DEVNULL)
    configuration = folder / "prometheus.yml"
    configuration.write_text("{}\n", encoding="utf-8")
    port = free_port()
    arguments = [
        tool("prometheus-3"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        f"--query.lookback-delta={LOOKBACK_SECONDS}s",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
    try:
        _wait_until_ready(port, process, folder / "prometheus.log")
        yield Past(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        shutil.rmtree(data, ignore_errors=True)


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    def ready() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=PATIENCE_SECONDS):
                return True
        except OSError:
            return False

    eventually(ready, every=0.05)
