"""Repositories and trees as the inspector sees them, without restic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import FolderContents, TreeAnswer, TreeContents
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpVerdict
from immich_backup_exporter.domain.records import RepositoryRecord
from immich_backup_exporter.domain.repository import Listing, Snapshot
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts, RepositoryFacts
from immich_backup_exporter.processes import Patience

from .facts import NOW, record, repository


@dataclass
class FakeSnapshotReader:
    """Lists `listed`; `error` is raised as long as it is set."""

    backend: str = "local"
    listed: set[str] = field(default_factory=set)
    locked: bool = False
    error: RepositoryError | None = None

    async def list(self) -> Listing:
        if self.error is not None:
            raise self.error
        return Listing(snapshot_ids=frozenset(self.listed), locks=())

    async def exclusively_locked(self, now: datetime) -> bool:
        return self.locked

    def patience(self) -> Patience:
        return Patience(60.0)

    async def list_tree(self, snapshot_id: str, stdout: int, patience: Patience) -> None:
        raise NotImplementedError

    async def read_file(self, snapshot_id: str, path: str, stdout: int, patience: Patience) -> None:
        raise NotImplementedError


@dataclass
class FakeInspected:
    """`snapshots` are those of each plan, the oldest first."""

    settings: RepositorySettings = field(default_factory=repository)
    snapshots: Mapping[str, tuple[Snapshot, ...]] = field(default_factory=dict)
    up: bool | None = True
    reader: FakeSnapshotReader = field(default_factory=FakeSnapshotReader)
    repository_id: str | None = "1" * 64
    changes: int = 0

    @property
    def facts(self) -> RepositoryFacts:
        plans = (
            PlanFacts(settings=plan, expected_since=NOW, newest=self.history(plan, NOW).newest)
            for plan in self.settings.plans
        )
        return RepositoryFacts(
            settings=self.settings, backend=self.reader.backend, expected_since=NOW, up=self.up, plans=tuple(plans)
        )

    @property
    def record(self) -> RepositoryRecord:
        return record(*(one for snapshots in self.snapshots.values() for one in snapshots))

    def history(self, plan: PlanSettings, now: datetime) -> PlanHistory:
        found = self.snapshots.get(plan.name, ())
        return PlanHistory(present=found, usable=found, before_newest=found[:-1], known=found)

    def contents_changed(self) -> None:
        self.changes += 1


def held(
    dump: DumpFile | None = None, *, verdict: DumpVerdict | None = None, answered: frozenset[str] = frozenset()
) -> TreeContents:
    """A tree with a file in each of Immich's folders, and this dump."""
    return TreeContents(
        answer=TreeAnswer(
            known=True,
            folders={name: FolderContents(files=1, size_bytes=10) for name in FOLDERS},
            dumps=0 if dump is None else 1,
            dump=dump,
        ),
        answered=answered,
        verdict=verdict,
    )
