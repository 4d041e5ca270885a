"""What the state store keeps, and the changes that are written to it.

Whatever is immutable is written once; a source that did not change writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .immich import DumpFile, DumpVerdict
from .repository import RepositorySize, Snapshot, TreeSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A listed snapshot id that restic did not return: asked for again only after a while."""

    attempts: int
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecord:
    """How many snapshots a plan had when ``newest_id`` became its newest."""

    plan: str
    newest_id: str
    time: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRecord:
    """Everything kept of one repository, by its restic repository id."""

    snapshots: tuple[Snapshot, ...] = ()
    """All that are listed, and the newest of those that were forgotten since."""
    present: frozenset[str] = frozenset()
    """Ids of those that the last successful listing held."""
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict)
    tree_sizes: Mapping[str, TreeSize] = field(default_factory=dict)
    counts: tuple[CountRecord, ...] = ()
    """Oldest first."""
    last_poll_success: datetime | None = None
    last_open_success: datetime | None = None
    size: RepositorySize | None = None
    size_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryChange:
    """What one poll learned. ``None`` and empty mean: as before."""

    added: tuple[Snapshot, ...] = ()
    """Snapshots never seen before; they are present."""
    gone: frozenset[str] = frozenset()
    """Known ids that are listed no more."""
    back: frozenset[str] = frozenset()
    """Known ids that are listed again."""
    unreadable: Mapping[str, Unreadable] | None = None
    """The whole new set."""
    tree_sizes: Mapping[str, TreeSize] = field(default_factory=dict)
    counts: tuple[CountRecord, ...] = ()
    last_poll_success: datetime | None = None
    last_open_success: datetime | None = None
    size: RepositorySize | None = None
    size_time: datetime | None = None

    def __bool__(self) -> bool:
        return self != RepositoryChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDump:
    """One version of one dump file (its fingerprint), and the verdict on it once there is one."""

    file: DumpFile
    first_seen: datetime
    finished: bool
    """Not named ``*.tmp`` and seen to stand still."""
    gone: bool = False
    """No longer in the folder, or replaced by another version of itself."""
    verdict: DumpVerdict | None = None
