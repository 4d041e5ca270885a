"""Facts about what is inside of a snapshot, by the id of its tree: the same in every copy of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .immich import DumpFile, DumpVerdict
from .messages import Message

ORIGINALS = "originals"
"""``library`` and ``upload`` together: Immich moves files from one to the other."""
ORIGINAL_FOLDERS: tuple[str, ...] = ("library", "upload")


class MissingKind(StrEnum):
    """What a row refers to."""

    ORIGINAL = "original"
    SIDECAR = "sidecar"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLibrary:
    """Where an external library of Immich is backed up, as declared."""

    container: str
    """As Immich sees it."""
    backed_up_as: str
    """As snapshots see it."""

    @property
    def word(self) -> str:
        """What an answer about it is known by."""
        return f"external {self.container}={self.backed_up_as}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeQuestion:
    """What is asked about a tree."""

    snapshot_time: datetime
    snapshot_paths: tuple[str, ...]
    hints: tuple[str, ...] = ()
    """Where the upload location may be, the likeliest first."""
    also: tuple[str, ...] = ()
    """Patterns of dumps, below the upload location or absolute."""
    timezone: str | None = None
    required_paths: tuple[str, ...] = ()
    external: tuple[ExternalLibrary, ...] = ()

    @property
    def answered(self) -> frozenset[str]:
        """A word for each thing that an answer holds: an answer serves every question whose words it has."""
        return frozenset(
            (
                f"zone {self.timezone}",
                *(f"path {path}" for path in self.required_paths),
                *(f"also {pattern}" for pattern in self.also),
                *(f"root {hint}" for hint in self.hints),
                *(one.word for one in self.external),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContents:
    """One of Immich's folders in a tree, its marker left out."""

    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeAnswer:
    """What a tree holds."""

    known: bool
    """Whether Immich's folders were found, or certainly are not there."""
    holds_immich: bool = True
    """Whether any of them is there, be it empty. A new Immich has all of them, with nothing but their markers."""
    sentence: Message | None = None
    """What a person should know of it."""
    folders: Mapping[str, FolderContents] = field(default_factory=dict)
    """All six where ``known``."""
    dumps: int = 0
    """Finished routine ones."""
    dump: DumpFile | None = None
    """The newest of them; its ``path`` is the one in the tree."""
    missing_paths: tuple[str, ...] = ()
    """Of those that were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeContents:
    """What is known of a tree, and the verdict on the dump in it."""

    answer: TreeAnswer
    answered: frozenset[str]
    settled_folders: frozenset[str] | None = None
    """Of the folders that are empty in the tree: those that held files on the live disk when it was made. ``None``:
    the agent could not see."""
    verdict: DumpVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFile:
    """A file that a row refers to and the tree does not hold."""

    kind: MissingKind
    item: str
    """The asset's id; the user's for a profile image."""
    path: bytes = field(repr=False)
    """As the database has it."""
    on_disk: bool | None = None
    """Whether it is on the live disk, where the agent sees that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageCounts:
    """What comparing a database with a tree came to. Deleted assets and users who are being removed do not count."""

    assets: int
    """Originals that must be there, those of external libraries left out."""
    external_proven: int
    external_unproven: int
    missing: Mapping[MissingKind, int]
    regenerable_missing: int
    unknown_files: int
    """In ``library`` and ``upload``, in no row."""
    folder_missing: Mapping[str, int] = field(default_factory=dict)
    """The missing originals by the folder that their rows name."""
    settled_missing: Mapping[str, int] = field(default_factory=dict)
    """Of these, the ones that were a day old when the dump was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageAnswer:
    """A database compared with a tree."""

    counts: CoverageCounts
    immich_version: str | None
    schema_level: str | None
    media_location: str | None
    missing: tuple[MissingFile, ...] = ()
    """The first ones."""
    digests: Mapping[MissingKind, bytes] = field(default_factory=dict)
    """All of them, eight bytes each, to be compared with those of another dump."""
    gone: bytes | None = None
    """Those of missing originals that the live disk does not hold either; ``None`` where the agent cannot see."""


CoverageKey = tuple[str, str]
"""Tree and :attr:`CoverageRecord.dump`: files that do not change meet a new dump every night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRecord:
    """What is kept of comparing a tree with a dump."""

    dump: str
    """Which one: its fingerprint."""
    dump_time: datetime
    """When it was finished."""
    answered: frozenset[str]
    trouble: Message | None = None
    """Why there are no counts."""
    counts: CoverageCounts | None = None
    persistent: Mapping[MissingKind, int] = field(default_factory=dict)
    """Missing under the dump before, too."""
    gone: int | None = None
    """Of the missing originals: not on the live disk either."""
    persistent_gone: int | None = None
    immich_version: str | None = None
    schema_level: str | None = None
    media_location: str | None = None

    @property
    def lacks_nothing(self) -> bool:
        """Whether it proves that every original that could be backed up is there."""
        if self.counts is None:
            return False
        return self.counts.missing.get(MissingKind.ORIGINAL, 0) - (self.gone or 0) <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRecord:
    """The items that are missing from one tree."""

    files: tuple[MissingFile, ...] = ()
    """The first ones."""
    digests: Mapping[MissingKind, bytes] = field(default_factory=dict)
    gone: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpAnswer:
    """The verdict on a dump that was read, and what comparing it with the tree came to."""

    verdict: DumpVerdict
    coverage: CoverageAnswer | None = None
    trouble: Message | None = None
    """Why there is no coverage."""
