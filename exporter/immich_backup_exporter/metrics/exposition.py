"""Renders samples for Prometheus when facts are published, so that a scrape only hands out bytes.

Each source's samples of each metric are rendered once and kept until they change: a poll that finds nothing new costs a
handful of lines. What depends on the clock (a few lines and the process's own figures) is rendered at the scrape and
put at the end.
"""

import asyncio
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeAlias, cast

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of
from prometheus_client.registry import Collector, CollectorRegistry

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.state import State

from .catalog import CATALOG, Kind, Metric
from .collector import clock_samples
from .subject import Sample

_EOF = b"# EOF\n"
_GZIP_LEVEL = 1  # a scrape is read once, on the same machine or network: time counts, not size
_GZIP_WINDOW = 31  # zlib's way to say: with a gzip header and checksum


_Compressed: TypeAlias = "tuple[bytes, zlib._Compress]"  # noqa: SLF001 - the only name that the type has


class _Render(Protocol):
    def __call__(self, registry: Collector) -> bytes: ...


_FORMATS: Mapping[bool, _Render] = {False: text_of, True: openmetrics_of}


class Exposition:
    """What ``/metrics`` serves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._state: State | None = None
        self._samples: dict[str, dict[Metric, tuple[Sample, ...]]] = {}
        self._lines: dict[str, dict[Metric, bytes]] = {}
        self._bodies: dict[bool, bytes] = {}
        self._compressing: dict[bool, asyncio.Future[_Compressed]] = {}
        self._process = ProcessCollector(registry=CollectorRegistry())

    def publish(self, state: State, sources: Mapping[str, Iterable[Sample]], *, keep: Collection[str]) -> None:
        """Serve ``state`` from now on.

        ``sources`` holds all samples of each source that may have changed, ``keep`` names those that still exist.
        """
        self._state = state
        for source in self._samples.keys() - set(keep):
            del self._samples[source], self._lines[source]
        for source, samples in sources.items():
            self._replace(source, samples)
        self._bodies.clear()
        self._compressing.clear()

    def _replace(self, source: str, samples: Iterable[Sample]) -> None:
        grouped: dict[Metric, list[Sample]] = {}
        for sample in samples:
            grouped.setdefault(sample.metric, []).append(sample)
        old = self._samples.get(source, {})
        new = {metric: tuple(entries) for metric, entries in grouped.items()}
        kept = self._lines.get(source, {})
        self._samples[source] = new
        self._lines[source] = {
            metric: kept[metric] if old.get(metric) == entries else _sample_lines(metric, entries)
            for metric, entries in new.items()
        }

    async def render(self, *, openmetrics: bool, gzip: bool) -> bytes:
        """One scrape's answer: the text format or OpenMetrics, plain or compressed."""
        if not gzip:
            return self._body(openmetrics) + self._tail(openmetrics)
        head, stream = await self._compressed_body(openmetrics)
        # Going on from a copy of the compressor's state makes one gzip member, as every client understands it.
        stream = stream.copy()
        return head + stream.compress(self._tail(openmetrics)) + stream.flush()

    def _body(self, openmetrics: bool) -> bytes:
        if openmetrics not in self._bodies:
            self._bodies[openmetrics] = b"".join(self._composed(openmetrics))
        return self._bodies[openmetrics]

    def _composed(self, openmetrics: bool) -> Iterator[bytes]:
        sources = self._lines.values()
        for metric in CATALOG:
            lines = [lines[metric] for lines in sources if metric in lines]
            if lines:
                yield _HEADERS[openmetrics][metric]
                yield from lines

    def _compressed_body(self, openmetrics: bool) -> "asyncio.Future[_Compressed]":
        task = self._compressing.get(openmetrics)
        if task is None:
            body = self._body(openmetrics)
            task = self._compressing[openmetrics] = asyncio.ensure_future(asyncio.to_thread(_compress, body))
        return asyncio.shield(task)

    def _tail(self, openmetrics: bool) -> bytes:
        parts: list[bytes] = []
        if self._state is not None:
            grouped: dict[Metric, list[Sample]] = {}
            for sample in clock_samples(self._state, self._clock.now()):
                grouped.setdefault(sample.metric, []).append(sample)
            for metric, samples in grouped.items():
                parts += (_HEADERS[openmetrics][metric], _sample_lines(metric, samples))
        parts.append(_FORMATS[openmetrics](self._process).removesuffix(_EOF))
        if openmetrics:
            parts.append(_EOF)
        return b"".join(parts)


def _compress(body: bytes) -> "_Compressed":
    stream = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return stream.compress(body), stream


class _Families:
    """A collector of the one family that is being rendered."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def collect(self) -> Iterable[Family]:
        return (self._family,)


def _family(metric: Metric, samples: Iterable[Sample]) -> Family:
    family: Family
    if metric.kind is Kind.COUNTER:
        family = CounterMetricFamily(metric.full_name, metric.help, labels=metric.labels)
    elif metric.kind is Kind.INFO:
        family = InfoMetricFamily(metric.full_name.removesuffix("_info"), metric.help, labels=metric.labels)
    else:
        family = GaugeMetricFamily(metric.full_name, metric.help, labels=metric.labels)
    name = metric.full_name
    for sample in samples:
        labels = dict(zip(metric.labels, map(_encodable, sample.labels), strict=True))
        family.add_sample(name, labels, sample.value)
    return family


def _encodable(label: str) -> str:
    """Lone surrogates stand for bytes that are not UTF-8; one in a label would break the whole scrape."""
    return label.encode("utf-8", "replace").decode("utf-8")


def _rendered(metric: Metric, samples: Iterable[Sample], *, openmetrics: bool) -> list[bytes]:
    collector = cast("Collector", _Families(_family(metric, samples)))
    return _FORMATS[openmetrics](collector).removesuffix(_EOF).splitlines(keepends=True)


def _sample_lines(metric: Metric, samples: Iterable[Sample]) -> bytes:
    """Lines that serve both formats: they differ in headers only, for gauges, counters and infos without timestamps."""
    return b"".join(line for line in _rendered(metric, samples, openmetrics=False) if not line.startswith(b"#"))


_HEADERS: Mapping[bool, Mapping[Metric, bytes]] = {
    openmetrics: {metric: b"".join(_rendered(metric, (), openmetrics=openmetrics)) for metric in CATALOG}
    for openmetrics in (False, True)
}
