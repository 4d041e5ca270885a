"""Facts about a restic repository and its snapshots, as restic or a directory listing told them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LOCK_STALE_AFTER = timedelta(minutes=30)
"""restic itself takes a lock that was not refreshed for this long for a dead process's."""

CHEAPLY_LISTED: tuple[str, ...] = ("local", "rest")
"""Backends of which the names in a repository can be listed without a process of restic."""

OLDEST_RESTIC = (0, 14)
"""Older ones lack what the agent asks of restic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One restic snapshot. Immutable in the repository, so whatever is known of an id stays true.

    Source: ``restic snapshots --json``. Fields that the writing or reading restic does not know are ``None``:
    ``summary`` is there since restic 0.17.0, ``program_version`` since 0.16.0.
    """

    id: str
    """64 hexadecimal digits."""
    time: datetime
    """The field ``time`` with its offset, in UTC. ``--time`` moves it. The snapshot's recovery point."""
    tree: str
    """Id of the root tree: the same for equal contents, also in a copy."""
    hostname: str
    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()
    original: str | None = None
    """Id of the first snapshot that this one was made from by ``tag``, ``rewrite`` or ``copy``."""
    parent: str | None = None
    program_version: str | None = None
    """Such as ``restic 0.18.0``."""
    size_bytes: int | None = None
    """What it would restore (``summary.total_bytes_processed``)."""
    files: int | None = None
    """Regular files in it (``summary.total_files_processed``)."""
    added_bytes: int | None = None
    """What it added to the repository after deduplication and compression (``summary.data_added_packed``)."""
    backup_start: datetime | None = None
    """``summary.backup_start``: the real clock's whatever ``time`` says."""
    duration_seconds: float | None = None
    """``summary.backup_end - summary.backup_start``: both are the real clock's whatever ``time`` says."""

    def is_called(self, name: str) -> bool:
        """Whether ``name`` is its id or its first one, or how either begins."""
        return self.id.startswith(name) or (self.original is not None and self.original.startswith(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockName:
    """The name of a file in ``locks/``. A living restic replaces its lock by a new one every five minutes."""

    name: str
    modified: datetime | None = None
    """The file's modification time; ``None`` where the backend does not tell (REST)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One look at the names in a repository: names are the ids and are not encrypted, so no password is needed."""

    snapshot_ids: frozenset[str]
    locks: tuple[LockName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSize:
    """What a tree would restore, for snapshots without a summary (``restic stats --mode restore-size``)."""

    size_bytes: int
    files: int | None
    """Regular files; ``None`` where restic's count includes folders and so cannot be compared with a summary's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySize:
    """What a repository stores (``restic stats --mode raw-data``)."""

    size_bytes: int
    uncompressed_size_bytes: int | None
    """``None`` for a repository of format 1, which does not compress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """What a repository has in common with the library or with another declared repository; ``None``: not known."""

    local: bool
    """It lies at a path of this machine, mounted or not."""
    shares_library_disk: bool | None = None
    shares_id: bool | None = None
    shares_password: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCount:
    """How often a restic command was run with one outcome. ``outcome`` is ``success`` or a failure reason."""

    command: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryAccess:
    """How to reach one repository. Holds secrets: never printed, logged or compared in a message."""

    name: str
    """The configured short name: the only way a repository is ever named to anybody."""
    url: str = field(repr=False)
    """Any restic URL (``/path``, ``rest:https://user:password@host/``, ``s3:...``)."""
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    password_command: str | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the backend needs (``AWS_ACCESS_KEY_ID``, ``RESTIC_REST_PASSWORD``, ...)."""
    environment_files: Mapping[str, str] = field(default_factory=dict)
    """The same, each value a path whose contents (less a final newline) are read whenever they are needed."""
