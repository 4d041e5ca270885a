"""The world outside the agent: repositories, the dump folder, the spool, each as the agent's readers see it."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError, SourceError
from immich_backup_exporter.domain.immich import (
    FOLDERS,
    DumpFile,
    DumpKind,
    DumpOutcome,
    DumpScan,
    DumpVerdict,
    UploadLook,
)
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import (
    CommandCount,
    Listing,
    LockName,
    RepositorySize,
    Snapshot,
    TreeSize,
)
from immich_backup_exporter.domain.runs import RunEvent, RunReport
from support.fakes import FakeEntry, FakeLook

from .clock import SiteClock

LOCK_REFRESH = timedelta(minutes=5)
BEAT_SECONDS = 30.0


def hexadecimal(*parts: object, digits: int = 64) -> str:
    """An id that depends on nothing but what it is made from."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:digits]


@dataclass(eq=False)
class Hold:
    """A lock. Its owner gives it a new name every five minutes, until it is released or its owner dies."""

    name: str
    since: datetime
    dead_since: datetime | None = None

    def refreshed(self, now: datetime) -> datetime:
        alive = min(now, self.dead_since or now)
        return self.since + LOCK_REFRESH * ((alive - self.since) // LOCK_REFRESH)


class SimulatedRepository:
    """A restic repository and the way to it: what the agent's ``RepositoryReader`` is here."""

    def __init__(
        self, name: str, clock: SiteClock, *, backend: str, lock_times: bool, summaries: bool, list_seconds: float
    ) -> None:
        self.name = name
        self.backend = backend
        self.location = hexadecimal("location", name, digits=16)
        self.id = hexadecimal("repository", name)
        self.broken: FailureReason | None = None
        """Why nothing of it can be reached."""
        self.shut: FailureReason | None = None
        """Why restic cannot open it, though its names can be listed."""
        self.hangs_until: datetime | None = None
        self.list_seconds = list_seconds
        self.snapshots_by_id: dict[str, Snapshot] = {}
        self.holds: list[Hold] = []
        self._clock = clock
        self._lock_times = lock_times
        self._summaries = summaries
        self._ids: frozenset[str] = frozenset()
        self._made = 0

    # --- what happens to it

    @property
    def appearance(self) -> object:
        """Equal to what it was before: a look finds what it found before."""
        hangs = self.hangs_until is not None and self.hangs_until > self._clock.truth()
        if self.holds or self.broken or self.shut or hangs:
            return object()
        return self._ids

    def lock(self) -> Hold:
        self._made += 1
        hold = Hold(hexadecimal("lock", self.name, self._made), self._clock.truth())
        self.holds.append(hold)
        return hold

    def release(self, hold: Hold) -> None:
        if hold in self.holds:
            self.holds.remove(hold)

    def add(self, snapshot: Snapshot) -> None:
        self.snapshots_by_id[snapshot.id] = snapshot
        self._ids = frozenset(self.snapshots_by_id)

    def remove(self, ids: Collection[str]) -> None:
        for id_ in ids:
            self.snapshots_by_id.pop(id_, None)
        self._ids = frozenset(self.snapshots_by_id)

    def new_id(self) -> str:
        self._made += 1
        return hexadecimal("snapshot", self.name, self._made)

    # --- what the agent asks

    async def list(self) -> Listing:
        now = self._clock.truth()
        if self.hangs_until is not None and self.hangs_until > now:
            await asyncio.sleep((self.hangs_until - now).total_seconds())
        if self.list_seconds:
            await asyncio.sleep(self.list_seconds)
        _raise(self.broken)
        locks = tuple(self._lock_name(hold) for hold in self.holds)
        return Listing(snapshot_ids=self._ids, locks=locks)

    def _lock_name(self, hold: Hold) -> LockName:
        refreshed = hold.refreshed(self._clock.truth())
        name = hexadecimal(hold.name, refreshed.isoformat())
        return LockName(name=name, modified=refreshed if self._lock_times else None)

    async def open(self) -> str:
        _raise(self.broken or self.shut)
        return self.id

    async def snapshots(self, ids: Collection[str]) -> Sequence[Snapshot]:
        _raise(self.broken or self.shut)
        found = [self.snapshots_by_id[id_] for id_ in sorted(ids) if id_ in self.snapshots_by_id]
        if self._summaries:
            return found
        return [replace(one, size_bytes=None, files=None, added_bytes=None, duration_seconds=None) for one in found]

    async def tree_size(self, snapshot_id: str) -> TreeSize:
        _raise(self.broken or self.shut)
        if snapshot_id not in self.snapshots_by_id:
            _raise(FailureReason.UNKNOWN)
        snapshot = self.snapshots_by_id[snapshot_id]
        await asyncio.sleep(20)
        return TreeSize(size_bytes=snapshot.size_bytes or 0, files=snapshot.files)

    async def size(self) -> RepositorySize:
        _raise(self.broken or self.shut)
        newest = max((one.size_bytes or 0 for one in self.snapshots_by_id.values()), default=0)
        return RepositorySize(size_bytes=newest, uncompressed_size_bytes=newest)

    def commands(self) -> tuple[Sequence[CommandCount], dict[str, float]]:
        return (), {}

    async def close(self) -> None:
        pass


def _raise(reason: FailureReason | None) -> None:
    if reason is not None:
        raise RepositoryError(reason, "It does not work.", "Mend it.", transient=True)


@dataclass
class DumpFolder:
    """Immich's upload location, as far as the agent looks at it: what its ``DumpReader`` is here."""

    clock: SiteClock
    markers: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FOLDERS, True))
    files: dict[str, DumpFile] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    """Names of files that are cut off."""
    unreadable: bool = False
    """Dumps are listed, but may not be read."""
    unmounted: bool = False
    being_written: str | None = None
    """The one file that grows."""
    _changes: int = 0

    @property
    def appearance(self) -> object:
        """Equal to what it was before: a look finds what it found before."""
        if self.being_written or self.unreadable:
            return object()
        return self._changes, tuple(self.markers.values()), self.unmounted

    def put(self, name: str, size_bytes: int, *, named: datetime | None, kind: DumpKind = DumpKind.IMMICH) -> None:
        now = self.clock.truth()
        self._changes += 1
        self.files[name] = DumpFile(
            name=name,
            path=f"/srv/immich/backups/{name}",
            kind=kind,
            group=kind.value,
            unfinished=name.endswith(".tmp"),
            size_bytes=size_bytes,
            modified=now,
            named_time=named,
            fingerprint=hexadecimal(name, now.isoformat(), size_bytes, digits=24),
        )

    def remove(self, names: Iterable[str]) -> None:
        self._changes += 1
        for name in names:
            self.files.pop(name, None)

    def look(self) -> UploadLook:
        return UploadLook(folders=dict.fromkeys(FOLDERS, False) if self.unmounted else dict(self.markers))

    def scan(self) -> DumpScan:
        if self.unmounted:
            return DumpScan()
        growing = self.files.get(self.being_written or "")
        if growing is not None:
            self.files[growing.name] = replace(growing, modified=self.clock.truth())
        return DumpScan(files=tuple(self.files.values()))

    def validate(self, file: DumpFile, stop: Callable[[], bool]) -> DumpVerdict | None:
        if self.unreadable or self.unmounted:
            raise SourceError("It may not be read.", "Let the agent read it.")
        if self.files.get(file.name) != file:
            return None
        outcome = DumpOutcome.INVALID if file.name in self.bad else DumpOutcome.VALID
        return DumpVerdict(outcome=outcome, sentence=Message("dump_verdicts.whole"), unpacked_bytes=file.size_bytes * 5)


@dataclass
class Spool:
    """The folder that wrapped runs leave their reports in: what the agent's ``SpoolReader`` is here."""

    clock: SiteClock
    reports: dict[str, RunReport] = field(default_factory=dict)
    working: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)
    """By run id: since when it works, and when it died."""
    _changes: int = 0

    def put(self, report: RunReport) -> None:
        now = self.clock.truth()
        old = [name for name, one in self.reports.items() if (one.ended or now) < now - timedelta(days=7)]
        for name in old:
            del self.reports[name]
        self.reports[f"{report.job}.{report.run_id}.{report.event.value}.json"] = report
        self._changes += 1
        if report.event is RunEvent.START:
            self.working[report.run_id] = now, None
        else:
            self.working.pop(report.run_id, None)
            self.reports.pop(f"{report.job}.{report.run_id}.start.json", None)

    def die(self, run_id: str) -> None:
        self.working[run_id] = self.working[run_id][0], self.clock.truth()

    def revive(self, run_id: str) -> None:
        self.working[run_id] = self.working[run_id][0], None

    def stamp(self) -> int:
        return self._changes

    def look(self, known: Collection[str]) -> FakeLook:
        entries = tuple(FakeEntry(name, report) for name, report in self.reports.items() if name not in known)
        return FakeLook(entries=entries, rejected=(), names=frozenset(self.reports), beats=self._beats(), more=False)

    def _beats(self) -> Mapping[str, int]:
        now = self.clock.truth()
        return {
            run_id: int((min(now, died or now) - since).total_seconds() // BEAT_SECONDS)
            for run_id, (since, died) in self.working.items()
        }
