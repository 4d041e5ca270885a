"""Facts about Immich's upload location and the database dumps in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .messages import Message

FOLDERS: tuple[str, ...] = ("library", "upload", "profile", "backups", "thumbs", "encoded-video")
"""The folders that Immich manages below its upload location, each with a marker file in it."""

MARKER = ".immich"
"""Immich writes this file into each of its folders at every start and refuses to start where one has gone."""

COPIED_AFTER = timedelta(days=1)
"""A file whose name says that it is older than its modification time by more than this was copied later."""


class DumpKind(StrEnum):
    """Who made a dump. Only ``IMMICH`` and ``ALSO`` are routine."""

    IMMICH = "immich"  # made by Immich's own schedule, in either of its two name styles
    ALSO = "also"  # matched by one of the patterns in `immich.dump.also`
    UPLOADED = "uploaded"  # `uploaded-*`: an administrator put it there
    RESTORE_POINT = "restore-point"  # `restore-point-*`: Immich made it before it restored another one
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFile:
    """A file in the dump folder (or matched by ``also``) that looks like a dump, as one directory scan saw it."""

    name: str
    """The file's name; for ``also`` the path below the upload location where it lies there, else the whole path."""
    path: str = field(repr=False)
    kind: DumpKind
    group: str
    """Dumps of one group are comparable in size: the kind, the pattern that matched, compressed or not."""
    unfinished: bool
    """Named ``*.tmp``: being written, or left behind by a failure."""
    size_bytes: int
    modified: datetime
    """When writing ended."""
    named_time: datetime | None = None
    """When the dump began, by its name."""
    immich_version: str | None = None
    """Without a leading ``v``, such as ``2.7.5``; by its name."""
    postgres_version: str | None = None
    """Such as ``14.19``; by its name."""
    fingerprint: str
    """Changes whenever the file's contents may have: device, inode, size, modification and change time."""

    @property
    def routine(self) -> bool:
        """Whether it was made on a schedule."""
        return self.kind in (DumpKind.IMMICH, DumpKind.ALSO)

    @property
    def time(self) -> datetime:
        """When it was finished: the modification time, unless the name tells that the file was copied later."""
        if self.named_time is not None and self.modified - self.named_time > COPIED_AFTER:
            return self.named_time
        return self.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpScan:
    """What one look at the dump folder found."""

    files: tuple[DumpFile, ...] = ()
    """In no order."""
    skipped: tuple[str, ...] = ()
    """Names, sorted, of what is named like a dump and is no regular file: a link, a folder, a FIFO."""


class DumpOutcome(StrEnum):
    """What validating a dump concluded."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"  # a limit was reached, or the file could not be read


class Holds(StrEnum):
    """Whose database a dump is of."""

    IMMICH = "immich"
    UNKNOWN = "unknown"  # it may be Immich's: its tables or rows are written in a form that this version cannot read
    FOREIGN = "foreign"  # it has no table of Immich's at all


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedDatabase:
    """One database of Immich's in a dump."""

    name: str
    """Empty in a dump of one database, which does not tell."""
    assets: int
    """Rows, those of deleted ones too."""
    users: int
    newest: datetime | None = None
    """When one of its rows last changed, of the tables that change with use."""
    immich_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpContents:
    """What a whole dump is of."""

    holds: Holds
    database: DumpedDatabase | None = None
    """Immich's that is in use, where ``holds`` says so."""
    others: tuple[DumpedDatabase, ...] = ()
    """Other databases of Immich's in the dump of a cluster, the likeliest first."""

    @property
    def empty(self) -> bool:
        """Whether it is Immich's and has no asset."""
        return self.database is not None and self.database.assets == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpVerdict:
    """Whether a dump is whole. ``sentence`` says what is wrong; it holds nothing of the file's contents."""

    outcome: DumpOutcome
    sentence: Message
    unpacked_bytes: int
    postgres_version: str | None = None
    """Of the server that was dumped, by the dump's header."""
    contents: DumpContents | None = None
    """Of a whole one, where it was read by a version of this agent that looks."""
    transient: bool = False
    """Undecided because the file could not be read just now: worth another try, and nothing to remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLook:
    """One look at the upload location: whether each folder's marker is there and can be read."""

    folders: Mapping[str, bool]
