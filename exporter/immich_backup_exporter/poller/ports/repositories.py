"""What is needed to read one repository."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.domain.repository import CommandCount, Listing, RepositorySize, Snapshot, TreeSize
from immich_backup_exporter.processes import Patience


class RepositoryReader(Protocol):
    """Reads one repository. Every method has a deadline of its own and raises ``RepositoryError``, nothing else."""

    @property
    def backend(self) -> str:
        """``local rest s3 b2 sftp rclone azure gs swift``."""
        ...

    @property
    def location(self) -> str:
        """A fingerprint of where the repository is, without credentials: tells whether a re-used name moved."""
        ...

    async def list(self) -> Listing:
        """The names in ``snapshots/`` and ``locks/``; without restic where the backend allows."""
        ...

    async def open(self) -> str:
        """Let restic open the repository (``cat config``). Returns the repository id, 64 hexadecimal digits."""
        ...

    async def snapshots(self, ids: Collection[str]) -> Sequence[Snapshot]:
        """Read these snapshots with one restic process; those that restic could not read are left out."""
        ...

    async def tree_size(self, snapshot_id: str) -> TreeSize:
        """Let restic size one snapshot's tree (``stats --mode restore-size``)."""
        ...

    async def size(self) -> RepositorySize:
        """Let restic size the whole repository (``stats --mode raw-data``)."""
        ...

    def patience(self) -> Patience:
        """How long the two below wait for a process to touch it."""
        ...

    async def list_tree(self, snapshot_id: str, stdout: int, patience: Patience) -> None:
        """Write the snapshot's files to a descriptor (``ls --json``); believable only once this returns."""
        ...

    async def read_file(self, snapshot_id: str, path: str, stdout: int, patience: Patience) -> None:
        """Write what a file in a snapshot holds to a descriptor (``dump``); believable only once this returns."""
        ...

    async def exclusively_locked(self, now: datetime) -> bool:
        """Whether a prune of the repository is running."""
        ...

    def commands(self) -> tuple[Sequence[CommandCount], dict[str, float]]:
        """Counts of restic processes by command and outcome, and seconds by command, since this process started."""
        ...

    async def close(self) -> None:
        """End every process and connection."""
        ...
