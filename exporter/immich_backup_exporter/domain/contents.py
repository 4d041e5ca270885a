"""Facts about what is inside of a snapshot, by the id of its tree: the same in every copy of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class MissingKind(StrEnum):
    """What a row refers to."""

    ORIGINAL = "original"
    SIDECAR = "sidecar"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFile:
    """A file that a row refers to and the tree does not hold."""

    kind: MissingKind
    item: str
    """The asset's id; the user's for a profile image."""
    path: bytes = field(repr=False)
    """As the database has it."""


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
    settled_missing: Mapping[str, int]
    """By folder: missing originals that were a day old when the dump was made."""
