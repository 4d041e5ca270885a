"""What is needed of the repositories that jobs work on."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.analysis.own_snapshot import Candidate
from immich_backup_exporter.domain.records import RepositoryRecord
from immich_backup_exporter.domain.settings import RepositorySettings


class WatchedRepository(Protocol):
    """What reports of runs are compared with, and who is told of them."""

    @property
    def settings(self) -> RepositorySettings: ...

    @property
    def record(self) -> RepositoryRecord: ...

    @property
    def success_began(self) -> float | None:
        """When this process's last successful poll began, by the clock that does not jump."""
        ...

    def candidates(self, plan: str | None, elsewhere: Container[str] = frozenset()) -> Sequence[Candidate]:
        """What runs that back up the plan may have made, but for copies of snapshots ``elsewhere``."""
        ...

    def unread_since(self) -> datetime | None:
        """When the newest snapshot that restic cannot read was first listed, if this process saw it appear."""
        ...

    async def note_listed(self) -> None:
        """Note what is listed at this moment, where that costs no process."""
        ...

    async def runs_changed(self) -> None:
        """Take in what was reported, and publish what follows."""
        ...

    def hurry(self) -> None:
        """Something has just changed the repository: look soon."""
        ...
