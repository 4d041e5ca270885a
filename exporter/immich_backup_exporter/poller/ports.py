"""What the poller needs from the outside, as small protocols; ``app`` hands in the objects."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.domain.contents import (
    CoverageRecord,
    DumpAnswer,
    MissingRecord,
    TreeAnswer,
    TreeContents,
    TreeQuestion,
)
from immich_backup_exporter.domain.immich import DumpFile, DumpScan, DumpVerdict, UploadLook
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.records import (
    Acceptance,
    AcceptRequest,
    ContentsRecord,
    RepositoryChange,
    RepositoryRecord,
    RunsChange,
    RunsRecord,
    SeenDump,
)
from immich_backup_exporter.domain.repository import CommandCount, Listing, RepositorySize, Snapshot, TreeSize
from immich_backup_exporter.domain.runs import RunReport
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
        """How long the two below wait for somebody to touch it."""
        ...

    async def list_tree(self, snapshot_id: str, stdout: int, patience: Patience) -> None:
        """Write the snapshot's files to a descriptor (``ls --json``); believable only once this returns."""
        ...

    async def read_file(self, snapshot_id: str, path: str, stdout: int, patience: Patience) -> None:
        """Write what a file in a snapshot holds to a descriptor (``dump``); believable only once this returns."""
        ...

    async def exclusively_locked(self, now: datetime) -> bool:
        """Whether somebody prunes the repository just now."""
        ...

    def commands(self) -> tuple[Sequence[CommandCount], dict[str, float]]:
        """Counts of restic processes by command and outcome, and seconds by command, since this process started."""
        ...

    async def close(self) -> None:
        """End every process and connection."""
        ...


class DumpReader(Protocol):
    """Looks at the upload location. Blocking; the poller runs it in a thread. Raises ``SourceError``, nothing else."""

    def look(self) -> UploadLook:
        """Whether each folder's marker can be read."""
        ...

    def scan(self) -> DumpScan:
        """Every file that looks like a dump; regular files only, no link followed, what else there is by name."""
        ...

    def validate(self, file: DumpFile, stop: Callable[[], bool]) -> DumpVerdict | None:
        """Read the dump to its end. ``None``: it changed or vanished meanwhile, or ``stop()`` became true."""
        ...

    def open(self, file: DumpFile) -> int | None:
        """A descriptor to read that very version of the file from; ``None``: it changed, or cannot be read."""
        ...

    def unchanged(self, descriptor: int, file: DumpFile) -> bool:
        """Whether it is still that version."""
        ...


Feed = Callable[[int], Awaitable[None]]
"""Writes to the descriptor, which stays the caller's, and returns once all of it is written and to be believed."""
OnRead = Callable[[int], None]
"""Is told how many bytes of what is being fed have been taken so far. May raise to end it."""


class Inspection(Protocol):
    """Looks into one snapshot. Raises ``InspectionError``, and whatever a feed raises."""

    async def tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> TreeAnswer:
        """What a tree holds; ``feed`` writes what ``restic ls --json`` prints."""
        ...

    async def external_tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> None:
        """Another tree that holds external libraries."""
        ...

    async def settled_folders(self, location: str, folders: Sequence[str], before: datetime) -> frozenset[str] | None:
        """Which of these folders hold files on the live disk that were there ``before``; ``None``: no telling."""
        ...

    async def dump(
        self,
        source: Feed | int,
        on_read: OnRead,
        *,
        time: datetime,
        expect_gzip: bool,
        cover: bool,
        unproven_external: Sequence[str] = (),
        location: str | None = None,
    ) -> DumpAnswer:
        """Read a dump, from a feed or a descriptor, and compare it with the tree."""
        ...


class InspectionFactory(Protocol):
    """Where snapshots are looked into."""

    def inspection(self) -> AbstractAsyncContextManager[Inspection]:
        """For one snapshot."""
        ...


class SpoolEntry(Protocol):
    """One report in the spool that can be believed."""

    @property
    def name(self) -> str: ...

    @property
    def report(self) -> RunReport: ...


class Rejected(Protocol):
    """A file in the spool that cannot be believed, and why."""

    @property
    def name(self) -> str: ...

    @property
    def sentence(self) -> Text: ...


class SpoolLook(Protocol):
    """What one look at the spool found."""

    @property
    def entries(self) -> Sequence[SpoolEntry]: ...

    @property
    def rejected(self) -> Sequence[Rejected]: ...

    @property
    def names(self) -> frozenset[str]:
        """All reports' names that are there now."""
        ...

    @property
    def beats(self) -> Mapping[str, int]:
        """By run id, of runs without an end in the spool: changes with every sign of life."""
        ...

    @property
    def more(self) -> bool:
        """There are new files that this look did not read."""
        ...


class SpoolReader(Protocol):
    """Reads the spool and changes nothing in it. Blocking. Raises ``SourceError``, nothing else."""

    def stamp(self) -> int:
        """Changes whenever a file was put into the spool or taken out of it; not with signs of life."""
        ...

    def look(self, known: Collection[str]) -> SpoolLook:
        """Read every report whose name is not ``known``."""
        ...


class LeftRequest(Protocol):
    """A request to accept something, and how to tell that it was taken in."""

    @property
    def name(self) -> str: ...

    @property
    def request(self) -> AcceptRequest: ...


class RequestReader(Protocol):
    """Reads requests to accept something. Blocking. Raises ``SourceError``, nothing else."""

    def look(self) -> Sequence[LeftRequest]:
        """Those that are there, oldest first."""
        ...

    def remove(self, name: str) -> None:
        """Delete one, if that can be done."""
        ...


class Store(Protocol):
    """Keeps what was learned. Blocking. A write that fails (a full disk) is kept, counted and tried again.

    Whatever reads may raise ``StoreError`` where the disk does not return the contents.
    """

    @property
    def created(self) -> datetime: ...

    @property
    def write_failures(self) -> int:
        """Failed attempts to write since this process started."""
        ...

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a person should be told of the store, such as that it was damaged; grows."""
        ...

    def expected_since(self, subject: str, now: datetime) -> datetime:
        """When ``subject`` was first declared; ``now`` if this is the first time."""
        ...

    def drop_expectations(self, keep: Collection[str]) -> None:
        """Forget when everything but ``keep`` was first declared."""
        ...

    def bound_repository(self, name: str, location: str) -> str | None:
        """The repository id last seen under this name at this location."""
        ...

    def bind_repository(self, name: str, location: str, repository_id: str) -> None: ...

    def load_repository(self, repository_id: str) -> RepositoryRecord: ...

    def save_repository(self, repository_id: str, change: RepositoryChange) -> None: ...

    def load_dumps(self) -> Sequence[SeenDump]: ...

    def save_dumps(self, dumps: Sequence[SeenDump]) -> None:
        """Insert or replace by fingerprint."""
        ...

    def load_dump_acceptance(self) -> Acceptance | None:
        """The last time that somebody said that the dumps' size is meant."""
        ...

    def save_dump_acceptance(self, acceptance: Acceptance) -> None: ...

    def note_start(self, now: datetime) -> None:
        """The agent was started."""
        ...

    def starts(self) -> Sequence[datetime]:
        """When the agent was started lately, oldest first."""
        ...

    def load_runs(self) -> RunsRecord: ...

    def save_runs(self, change: RunsChange) -> None:
        """Insert or replace runs by job and run id; only the newest of each job are kept. A count never falls."""
        ...

    def load_contents(self) -> ContentsRecord: ...

    def load_missing(self, tree: str, dump: str) -> MissingRecord:
        """What was missing from a tree, by that dump; empty where that was long ago."""
        ...

    def save_tree(self, tree: str, found: TreeContents) -> None:
        """Insert or replace by tree."""
        ...

    def save_coverage(self, tree: str, record: CoverageRecord, missing: MissingRecord) -> None:
        """Insert or replace by tree and dump; the missing items are kept of the newest only."""
        ...

    def read_since(self, repository_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When how many bytes were read from a repository."""
        ...

    def save_reading(self, repository_id: str, size_bytes: int) -> None:
        """Note that so much was read just now."""
        ...

    def flush(self) -> None:
        """Try again what could not be written; does nothing where nothing is waiting."""
        ...
