"""Which snapshots are the same backup: rewritten ones, copies, and what a copy inherits.

``tag`` keeps the first snapshot's id in ``original``, ``rewrite`` that of the snapshot it was made from, ``copy`` that
of the snapshot in the other repository (tried with restic 0.18). So a chain of them is followed to its beginning,
through snapshots that were forgotten since and through other repositories that the agent watches.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from immich_backup_exporter.domain.repository import Snapshot, TreeSize

T = TypeVar("T")


@dataclass(slots=True)
class Lineage:
    """Everything that is known of snapshots in any repository, for those who come from there."""

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    """By id."""
    sizes: dict[str, TreeSize] = field(default_factory=dict)
    """By tree."""

    def add(self, snapshots: Iterable[Snapshot], sizes: Mapping[str, TreeSize]) -> None:
        """Remember what one repository knows."""
        for snapshot in snapshots:
            self.snapshots[snapshot.id] = snapshot
            if snapshot.size_bytes is not None:
                self.sizes[snapshot.tree] = TreeSize(size_bytes=snapshot.size_bytes, files=snapshot.files)
        for tree, size in sizes.items():
            self.sizes.setdefault(tree, size)

    def ancestry(self, snapshot: Snapshot) -> list[str]:
        """Ids of what this one was made from, itself first, as far back as anything is known; never empty."""
        chain = [snapshot.id]
        before = snapshot.original
        while before is not None and before not in chain:
            chain.append(before)
            known = self.snapshots.get(before)
            before = known.original if known else None
        return chain

    def origin(self, snapshot: Snapshot) -> str:
        """The id of the first snapshot that this one was made from."""
        return self.ancestry(snapshot)[-1]

    def inherited(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what its original knew and it does not: restic before 0.17 copies and reads no summary.

        Only from one of the same tree: a rewritten snapshot holds something else. Sizes are known by tree alone.
        """
        original = self.snapshots.get(snapshot.original or "")
        if original is not None and original.tree == snapshot.tree:
            snapshot = replace(
                snapshot,
                size_bytes=_first(snapshot.size_bytes, original.size_bytes),
                files=_first(snapshot.files, original.files),
                added_bytes=_first(snapshot.added_bytes, original.added_bytes),
                backup_start=_first(snapshot.backup_start, original.backup_start),
                duration_seconds=_first(snapshot.duration_seconds, original.duration_seconds),
                program_version=snapshot.program_version or original.program_version,
            )
        size = self.sizes.get(snapshot.tree)
        if size is not None and snapshot.size_bytes is None:
            snapshot = replace(snapshot, size_bytes=size.size_bytes, files=_first(snapshot.files, size.files))
        return snapshot


def _first(own: T | None, other: T | None) -> T | None:
    return own if own is not None else other
