"""A clock that is set by hand and a repository in memory, for tests of what lies above them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import RepositoryError, SourceError
from immich_backup_exporter.domain.repository import (
    CommandCount,
    Listing,
    LockName,
    RepositorySize,
    Snapshot,
    TreeSize,
)
from immich_backup_exporter.domain.runs import RunReport

from .facts import NOW


class HandClock:
    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, **duration: float) -> None:
        passed = timedelta(**duration)
        self._now += passed
        self._monotonic += passed.total_seconds()

    def jump(self, **duration: float) -> None:
        """The wall clock is set; no time passes."""
        self._now += timedelta(**duration)


@dataclass
class FakeRepository:
    """`contents` is what restic would read, `listed` the names if they differ; errors are raised as long as set."""

    contents: dict[str, Snapshot] = field(default_factory=dict)
    listed: set[str] | None = None
    locks: list[LockName] = field(default_factory=list)
    repository_id: str = "1" * 64
    location: str = "somewhere"
    list_error: RepositoryError | None = None
    restic_error: RepositoryError | None = None
    calls: list[str] = field(default_factory=list)
    backend: str = "local"

    def add(self, *snapshots: Snapshot) -> None:
        self.contents.update({one.id: one for one in snapshots})

    async def list(self) -> Listing:
        if self.list_error is not None:
            raise self.list_error
        return Listing(snapshot_ids=frozenset(self.listed or self.contents), locks=tuple(self.locks))

    async def open(self) -> str:
        self._restic("open")
        return self.repository_id

    async def snapshots(self, ids: Collection[str]) -> Sequence[Snapshot]:
        self._restic("snapshots")
        return [one for one in self.contents.values() if one.id in ids]

    async def tree_size(self, snapshot_id: str) -> TreeSize:
        self._restic("stats")
        return TreeSize(size_bytes=len(self.contents[snapshot_id].paths) * 100, files=None)

    async def size(self) -> RepositorySize:
        self._restic("stats raw")
        return RepositorySize(size_bytes=5000, uncompressed_size_bytes=9000)

    def commands(self) -> tuple[Sequence[CommandCount], dict[str, float]]:
        return (), {}

    async def close(self) -> None:
        self.calls.append("close")

    def _restic(self, call: str) -> None:
        self.calls.append(call)
        if self.restic_error is not None:
            raise self.restic_error


@dataclass(frozen=True)
class FakeEntry:
    name: str
    report: RunReport


@dataclass(frozen=True)
class FakeRejected:
    name: str
    sentence: str


@dataclass(frozen=True)
class FakeLook:
    entries: tuple[FakeEntry, ...]
    rejected: tuple[FakeRejected, ...]
    names: frozenset[str]
    beats: Mapping[str, int]
    more: bool


@dataclass
class FakeSpool:
    """Reports by file name. Putting one in changes the folder's time, a sign of life does not."""

    files: dict[str, RunReport] = field(default_factory=dict)
    rejected: tuple[FakeRejected, ...] = ()
    beats: dict[str, int] = field(default_factory=dict)
    error: SourceError | None = None
    most: int = 1000
    looks: int = 0
    read: list[str] = field(default_factory=list)
    time: int = 1

    def put(self, *reports: RunReport) -> None:
        self.files.update({f"{one.job}.{one.run_id}.{one.event.value}.json": one for one in reports})
        self.time += 1

    def stamp(self) -> int:
        if self.error is not None:
            raise self.error
        return self.time

    def look(self, known: Collection[str]) -> FakeLook:
        if self.error is not None:
            raise self.error
        self.looks += 1
        new = [name for name in sorted(self.files) if name not in known]
        self.read += new[: self.most]
        return FakeLook(
            entries=tuple(FakeEntry(name, self.files[name]) for name in new[: self.most]),
            rejected=self.rejected,
            names=frozenset(self.files),
            beats=dict(self.beats),
            more=len(new) > self.most,
        )
