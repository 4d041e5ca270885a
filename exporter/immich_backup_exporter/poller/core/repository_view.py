"""What other modules see of a repository's poller: enough for their task, and nothing that they could write to."""

from collections.abc import Container
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.analysis.own_snapshot import Candidate
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.records import RepositoryRecord
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.processes import Patience


class RepositoryView(Protocol):
    """What is declared and known of one repository."""

    @property
    def settings(self) -> RepositorySettings: ...

    @property
    def facts(self) -> RepositoryFacts: ...

    @property
    def record(self) -> RepositoryRecord: ...

    @property
    def repository_id(self) -> str | None:
        """The id of the repository that is there, 64 hexadecimal digits; ``None`` until restic has opened it once."""
        ...

    def history(self, plan: PlanSettings, now: datetime) -> PlanHistory:
        """The plan's snapshots, with all that other repositories know of where they come from."""
        ...


class SnapshotReader(Protocol):
    """Reads what is in snapshots; see :class:`..ports.RepositoryReader`."""

    @property
    def backend(self) -> str: ...

    def patience(self) -> Patience: ...

    async def list(self) -> Listing: ...

    async def list_tree(self, snapshot_id: str, stdout: int, patience: Patience) -> None: ...

    async def read_file(self, snapshot_id: str, path: str, stdout: int, patience: Patience) -> None: ...

    async def exclusively_locked(self, now: datetime) -> bool: ...


class InspectedRepository(RepositoryView, Protocol):
    """One whose snapshots are looked into."""

    @property
    def reader(self) -> SnapshotReader: ...

    def contents_changed(self) -> None:
        """More is known of what is in snapshots: conclude anew, and publish."""
        ...


class ReportedRepository(RepositoryView, Protocol):
    """One that runs of jobs back up to, check or change."""

    @property
    def success_began(self) -> float | None:
        """When this process's last successful poll began, by the clock that does not jump."""
        ...

    def candidates(self, plan: str | None, elsewhere: Container[str] = frozenset()) -> list[Candidate]:
        """What runs that back up the plan, or the whole repository, may have made; copies from ``elsewhere`` are not
        among them.
        """
        ...

    def unread_since(self) -> datetime | None:
        """When the newest snapshot that restic cannot read was first listed, if this process saw it appear."""
        ...

    async def note_listed(self) -> None:
        """Note what is listed at this moment, where that costs no process."""
        ...

    async def runs_changed(self) -> None:
        """Runs were reported: conclude anew, and publish."""
        ...

    def hurry(self) -> None:
        """A run has just changed the repository: look soon."""
        ...
