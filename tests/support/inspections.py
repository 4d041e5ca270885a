"""Real repositories, looked into with pollers, restic and the inspecting process; only the store is in memory."""

import asyncio
import gzip
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import (
    ContentSettings,
    DumpSettings,
    InspectSettings,
    PlanSettings,
    RepositorySettings,
)
from immich_backup_exporter.domain.state import ContentsFacts, CoverageFacts, PlanFacts
from immich_backup_exporter.immich import UploadLocation
from immich_backup_exporter.inspection import InspectionFactory
from immich_backup_exporter.poller.contents.inspector import Inspector
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.looking.due import Due
from immich_backup_exporter.poller.ports import Store
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.restic import Gate, ResticRepository
from support.immich_database import asset_id, dump_text
from support.memory_store import MemoryStore
from support.repositories import FOLDERS, PASSWORD, shared_folder
from support.tools import tool

DUMP_TIME = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


@dataclass
class Looked:
    """What was found, and by how many processes of restic."""

    plans: dict[str, PlanFacts]
    commands: dict[str, int]
    read_bytes: dict[str, int]

    def contents(self, plan: str = "nas/immich") -> ContentsFacts:
        found = self.plans[plan].contents
        assert found is not None, self.plans[plan].inspection_sentence
        return found

    def coverage(self, plan: str = "nas/immich") -> CoverageFacts:
        found = self.plans[plan].coverage
        assert found is not None, self.plans[plan].inspection_sentence
        return found


@dataclass
class Bench:
    """Repositories by name, each with its plans; what was learned stays from one look to the next."""

    version: str = "0.18"
    repositories: dict[str, Path] = field(default_factory=dict)
    plans: dict[str, Sequence[PlanSettings]] = field(default_factory=dict)
    settings: ContentSettings = field(default_factory=ContentSettings)
    inspect: InspectSettings = field(default_factory=InspectSettings)
    not_inspected: frozenset[str] = frozenset()
    upload_location: Path | None = None
    store: Store = field(default_factory=lambda: MemoryStore(created=SystemClock().now()))
    known: KnownContents = field(default_factory=KnownContents)
    watches_dumps: bool = False
    cache: str = "inspected"
    before_step: Callable[[], object] = lambda: None
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often each snapshot could not be read in the looks before."""

    def forget_cache(self) -> None:
        """Let restic fetch everything from the repository again."""
        self.cache = f"inspected-anew-{os.urandom(4).hex()}"

    def look(self, steps: int = 10) -> Looked:
        """Poll every repository once and look into snapshots until nothing is left to do."""
        return asyncio.run(self._look(steps))

    async def _look(self, steps: int) -> Looked:
        location = None if self.upload_location is None else str(self.upload_location)
        access = StoreAccess(self.store, lambda: None)
        pollers = [self._poller(name, location, access) for name in self.repositories]
        workshop = InspectionFactory(os.environ)
        live = self._live(location, access)
        clock = SystemClock()
        inspector = Inspector(
            pollers, self.settings, location, workshop, self.known, access, clock, live, Due(clock, self.failures)
        )
        try:
            for poller in pollers:
                poller.restore(self.store)
                await poller.poll()
            if live is not None:
                await live.poll()
                await live.work()
            self.before_step()
            for _ in range(steps):
                if not await inspector.step():
                    break
            counts: dict[str, int] = {}
            for poller in pollers:
                for one in poller.reader.commands()[0]:
                    counts[one.command] = counts.get(one.command, 0) + one.count
            return Looked(
                plans={
                    f"{poller.settings.name}/{plan.settings.name}": plan
                    for poller in pollers
                    for plan in poller.facts.plans
                },
                commands=counts,
                read_bytes=dict(self.known.read.by_repository),
            )
        finally:
            for poller in pollers:
                await poller.reader.close()

    def _live(self, location: str | None, store: StoreAccess) -> DumpPoller | None:
        if not self.watches_dumps or location is None:
            return None
        settings = DumpSettings(folder=f"{location}/backups", upload_location=location)
        reader = UploadLocation(location, settings, clock=SystemClock())
        return DumpPoller(settings, reader, store, SystemClock(), lambda *_: None)

    def _poller(self, name: str, location: str | None, store: StoreAccess) -> RepositoryPoller:
        access = RepositoryAccess(name=name, url=str(self.repositories[name]), password=PASSWORD)
        settings = RepositorySettings(
            access=access,
            poll_interval=timedelta(minutes=5),
            inspect=replace(self.inspect, enabled=self.inspect.enabled and name not in self.not_inspected),
            plans=tuple(self.plans.get(name, (PlanSettings(name="immich"),))),
        )
        reader = ResticRepository(
            access,
            restic=tool(f"restic-{self.version}"),
            cache_dir=str(shared_folder() / f"{self.cache}-{self.version}"),
            environ=os.environ,
            gate=Gate(),
        )
        return RepositoryPoller(settings, location, reader, store, SystemClock(), lambda _: None, contents=self.known)


def make_library(
    folder: Path,
    originals: Sequence[str] = ("library/admin/1.jpg", "library/admin/2.jpg", "upload/x/3.jpg"),
    *,
    dump: bytes | None = None,
    time: datetime = DUMP_TIME,
) -> Path:
    """An upload location with these originals and a dump that knows exactly them, made at ``time``."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
        (folder / name / ".immich").write_text("1764000000000")
    for name in originals:
        write(folder / name, name)
    write_dump(folder, dump if dump is not None else dump_of(originals), time)
    return folder


def dump_of(originals: Sequence[str], base: str = "/data") -> bytes:
    return dump_text((asset_id(at), f"{base}/{name}") for at, name in enumerate(originals, 1))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_dump(folder: Path, text: bytes, time: datetime = DUMP_TIME) -> Path:
    """Puts a dump into the folder ``backups``, named and dated as Immich does."""
    path = folder / "backups" / f"immich-db-backup-{time:%Y%m%dT%H%M%S}-v2.7.5-pg14.19.sql.gz"
    path.write_bytes(gzip.compress(text, mtime=0))
    os.utime(path, (time.timestamp(), time.timestamp()))
    return path
