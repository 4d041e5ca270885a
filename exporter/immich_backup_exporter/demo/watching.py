"""Reads the running agent's own ``/metrics``, and writes values so that a person understands them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from prometheus_client.parser import text_string_to_metric_families

from immich_backup_exporter.domain.messages import Argument, Bytes, Message
from immich_backup_exporter.metrics.catalog import Metric

from .errors import DemoError

LOOK_SECONDS = 0.5
_TIMEOUT_SECONDS = 5.0
Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric with its labels."""

    metric: Metric
    labels: tuple[Label, ...] = ()

    def __str__(self) -> str:
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return self.metric.full_name + (f"{{{labels}}}" if labels else "")


Values = Mapping[tuple[str, frozenset[Label]], float]


class Agent:
    """The agent at ``url``, which ends with a slash."""

    def __init__(self, url: str) -> None:
        self.url = url

    def values(self) -> Values:
        """What it says now; nothing, where it does not answer. Blocks."""
        try:
            text = httpx.get(self.url + "metrics", timeout=_TIMEOUT_SECONDS, trust_env=False).raise_for_status().text
        except httpx.HTTPError:
            return {}
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def alerts(self) -> frozenset[str]:
        """The alerts of its findings that are not well; none, where it does not answer. Blocks."""
        try:
            answer = httpx.get(self.url + "api/v1/status", timeout=_TIMEOUT_SECONDS, trust_env=False)
            findings = answer.raise_for_status().json()["findings"]
        except (httpx.HTTPError, ValueError, LookupError):
            return frozenset()
        return frozenset(finding["alert"] for finding in findings if finding["severity"] != "ok")

    def wait_for(self, series: Series, least: float, seconds: float) -> None:
        """Blocks until the value is that large, for that long at most. Raises ``DemoError``."""
        until = time.monotonic() + seconds
        while (value_of(series, self.values()) or 0) < least:
            if time.monotonic() > until:
                limit = timedelta(seconds=seconds)
                raise DemoError(Message("demo.did_not_change", series=str(series), limit=limit))
            time.sleep(LOOK_SECONDS)


def value_of(series: Series, values: Values) -> float | None:
    """``None``: it is absent."""
    return values.get((series.metric.full_name, frozenset(series.labels)))


def changed(series: Sequence[Series], before: Values, after: Values) -> bool:
    """Whether every one of them has another value than before; one that is absent now is yet to come."""
    return all(value_of(one, after) not in (None, value_of(one, before)) for one in series)


def spoken(series: Series, value: float | None, now: datetime) -> Argument:
    """The value as a person would say it, by the unit in the metric's name."""
    name = series.metric.name
    if value is None:
        return Message("demo.absent")
    if name.endswith("_timestamp_seconds"):
        moment = datetime.fromtimestamp(value, UTC)
        if moment > now:
            return Message("demo.ahead", moment=moment, distance=moment - now)
        return Message("demo.ago", moment=moment, age=now - moment)
    if name.endswith("_seconds"):
        return timedelta(seconds=value)
    if name.endswith("_bytes"):
        return Bytes(value)
    return f"{value:g}"
