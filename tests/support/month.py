"""A month that never was, for a Prometheus: what a real agent said once, moved back in time in steps of half an hour.

It has one bad week: no backup began for four days, with the alerts that fired; and an evening without the exporter.
"""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from support import board
from support.landscape import Answers, key
from support.prometheus import Prometheus
from support.tools import tool

STEP = 1800
DAY = 86_400
DAYS = 30
LAST_BACKUP, NEXT_BACKUP = 12 * DAY, 16 * DAY
"""After the beginning of the month."""
GONE_FROM, GONE_UNTIL = 5 * DAY, 5 * DAY + 4 * 3600
LATE, OVERDUE = LAST_BACKUP + 26 * 3600, LAST_BACKUP + 2 * 26 * 3600
TARGET = {"job": "immich-backup", "instance": "nas:10321"}
_PLAN_TIMES = ("last_success_timestamp_seconds", "snapshot_timestamp_seconds")
_FIXED = ("_since_timestamp_seconds", "_created_timestamp_seconds", "paused_until_timestamp_seconds")


def answers(folder: Path, scrape: str, end: float) -> Answers:
    """What every query that is drawn over the time answers for the month before ``end``, by the key of the query."""
    start = end - DAYS * DAY
    text = folder / "month.txt"
    with text.open("w") as file:
        file.writelines(f"{line}\n" for line in _lines(scrape, start, end))
        file.write("# EOF\n")
    data = folder / "prometheus" / "data"
    data.mkdir(parents=True)
    subprocess.run(
        [tool("promtool-2"), "tsdb", "create-blocks-from", "--max-block-duration=720h", "openmetrics", text, data],
        check=True,
        capture_output=True,
    )
    every = {"job": ".+", "instance": ".+", "repository": ".+", "plan": ".+", "rules": "", "__rate_interval": "2h"}
    with Prometheus(folder / "prometheus", 2, {}, f"--query.lookback-delta={STEP - 1}s") as prometheus:
        return {
            key(panel, target): {
                "month": prometheus.query_range(board.substituted(target["expr"], every), start, end, STEP)
            }
            for panel, target in board.targets()
            if not target["instant"]
        }


def _lines(scrape: str, start: float, end: float) -> Iterator[str]:
    """The series of the month, each whole, as OpenMetrics wants it."""
    times = range(0, int(end - start) + 1, STEP)
    present = [moment for moment in times if not GONE_FROM <= moment < GONE_UNTIL]
    yield from _series("up", TARGET, ((start + at, float(at in set(present))) for at in times))
    for family in text_string_to_metric_families(scrape):
        for sample in family.samples:
            values = ((start + at, _value(sample.name, sample.value, start, at, end)) for at in present)
            yield from _series(sample.name, sample.labels | TARGET, values)
    for severity, since, until in (("warning", LATE, OVERDUE), ("critical", OVERDUE, NEXT_BACKUP)):
        alert = {"alertname": "ImmichBackupStale", "alertstate": "firing", "severity": severity}
        plan = {"repository": "nas", "plan": "immich"}
        firing = ((start + at, 1.0) for at in times if since < at < until)
        yield from _series("ALERTS", alert | plan | TARGET, firing)


def _series(name: str, labels: Mapping[str, str], values: Iterator[tuple[float, float]]) -> Iterator[str]:
    written = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return (f"{name}{{{written}}} {value} {at}" for at, value in values)


def _value(name: str, value: float, start: float, at: int, end: float) -> float:
    """What it may have been so many seconds after the beginning."""
    share = at / (end - start)
    if name.endswith(_FIXED):
        return value - 60 * DAY
    if name == "immich_backup_exporter_time_seconds":
        return start + at
    if name.endswith(_PLAN_TIMES) and LAST_BACKUP <= at < NEXT_BACKUP:
        return start + LAST_BACKUP
    if name.endswith("_timestamp_seconds"):
        return start + at - (end - value) % DAY
    if name.endswith("_total"):
        return float(int(value * DAYS * share))
    if name.endswith(("_bytes", "_files")):
        return value * (0.6 + 0.4 * share)
    return value


def sequence(series: Mapping[str, Any]) -> list[float]:
    """Its values, each once for as long as it lasted."""
    found: list[float] = []
    for _, value in series["values"]:
        if not found or found[-1] != value:
            found.append(value)
    return found
