"""What a plan's newest snapshots hold, and what of it should be there: from what is known by tree."""

from collections.abc import Mapping, Sequence

from immich_backup_exporter.domain.contents import (
    ORIGINAL_FOLDERS,
    ORIGINALS,
    CoverageCounts,
    CoverageRecord,
    FolderContents,
    MissingKind,
    TreeContents,
)
from immich_backup_exporter.domain.immich import FOLDERS, DumpOutcome
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings
from immich_backup_exporter.domain.state import ContentsFacts, CoverageFacts

from .baseline import baseline

_SIZED = (*(folder for folder in FOLDERS if folder != "backups"), ORIGINALS)
"""What has a usual size. Dumps come and go, and have a baseline of their own."""
_DEFAULT = {"originals": ("library", "upload", "profile"), "database": ("backups",)}
_ALIKE = 3
"""Snapshots in a row that held files in a folder make it one that is used."""
_KEPT_SHARE = 0.8
"""Of the originals before: with fewer, an empty folder was not just moved into the other."""

Trees = Mapping[str, TreeContents]
Coverages = Mapping[str, CoverageRecord]


def contents_facts(
    plan: PlanSettings, known: Sequence[Snapshot], usable: Sequence[Snapshot], trees: Trees, coverages: Coverages
) -> ContentsFacts | None:
    """What is in the newest usable snapshot whose contents are known; ``known`` are all, forgotten ones too."""
    newest = next((snapshot for snapshot in reversed(usable) if _is_known(trees.get(snapshot.tree))), None)
    if newest is None:
        return None
    found = trees[newest.tree]
    answer, verdict = found.answer, found.verdict
    before = [
        trees[snapshot.tree]
        for snapshot in known
        if snapshot.time < newest.time and _is_known(trees.get(snapshot.tree))
    ]
    decided = verdict is not None and verdict.outcome is not DumpOutcome.UNDECIDED
    return ContentsFacts(
        snapshot=newest,
        folders=answer.folders,
        size_baselines={
            folder: value
            for folder in _SIZED
            if (value := baseline([folder_size(one.answer.folders, folder) for one in before])) is not None
        },
        required={folder: _is_required(plan, folder, found, coverages.get(newest.tree), before) for folder in FOLDERS},
        missing_paths=tuple(path for path in plan.required_paths if path in answer.missing_paths),
        dumps=answer.dumps,
        dump=answer.dump,
        dump_valid=verdict.outcome is DumpOutcome.VALID if verdict is not None and decided else None,
        dump_sentence=None if verdict is None or verdict.outcome is DumpOutcome.VALID else verdict.sentence,
        sentence=answer.sentence,
    )


def coverage_facts(known: Sequence[Snapshot], usable: Sequence[Snapshot], coverages: Coverages) -> CoverageFacts | None:
    """How the newest usable snapshot that was compared with a dump came out."""
    for newest in reversed(usable):
        record = coverages.get(newest.tree)
        if record is not None and record.counts is not None:
            before = [
                found.counts.assets
                for snapshot in known
                if snapshot.time < newest.time
                and (found := coverages.get(snapshot.tree)) is not None
                and found.counts is not None
            ]
            return CoverageFacts(snapshot=newest, record=record, counts=record.counts, assets_baseline=baseline(before))
    return None


def folder_size(folders: Mapping[str, FolderContents], folder: str) -> int:
    """Bytes in one of Immich's folders, or in ``originals``."""
    return sum(folders[name].size_bytes for name in (ORIGINAL_FOLDERS if folder == ORIGINALS else (folder,)))


def comparable(snapshots: Sequence[Snapshot], tree: str, dump: str, coverages: Coverages) -> list[str] | None:
    """The trees whose missing items make those of ``tree`` persistent: of this dump's first snapshot, and of the one
    before.

    A snapshot is judged by a dump only if it is the first after it: later ones lack whatever was deleted or moved
    since.
    ``snapshots`` are the plan's, oldest first. ``None``: there was no other dump before.
    """
    firsts: dict[str, str] = {}
    for snapshot in snapshots:
        told = dump if snapshot.tree == tree else None
        if told is None and (record := coverages.get(snapshot.tree)) is not None and record.counts is not None:
            told = record.dump
        if told is not None:
            firsts.setdefault(told, snapshot.tree)
        if snapshot.tree == tree:
            break
    if dump not in firsts:
        return None
    order = list(firsts)
    at = order.index(dump)
    return [firsts[dump], firsts[order[at - 1]]] if at > 0 else None


def _is_known(contents: TreeContents | None) -> bool:
    return contents is not None and contents.answer.known


def _is_required(
    plan: PlanSettings,
    folder: str,
    found: TreeContents,
    coverage: CoverageRecord | None,
    before: Sequence[TreeContents],
) -> bool:
    """Whether files must be in a folder: because they are, because the live disk or the database says so, or because
    they always were.
    """
    if plan.required_folders is not None:
        return folder in plan.required_folders
    if not any(folder in _DEFAULT[part] for part in plan.holds):
        return False
    if found.answer.folders[folder].files:
        return True
    if folder == "backups" and found.answer.dumps:
        return False  # the dumps are somewhere else
    if found.settled_folders is not None and folder in found.settled_folders:
        return True
    if folder in ORIGINAL_FOLDERS and coverage is not None and coverage.counts is not None:
        return _has_assets(folder, coverage.counts, coverage.gone)
    if found.settled_folders is not None:
        return False
    if folder == "profile" and coverage is not None and coverage.counts is not None:
        return coverage.counts.missing.get(MissingKind.PROFILE, 0) > 0
    return _was_always_there(folder, found, before[-_ALIKE:])


def _has_assets(folder: str, counts: CoverageCounts, gone: int | None) -> bool:
    """Whether the database has assets in a folder that is empty, which neither moved nor vanished.

    Files that moved to the other folder since the dump was made are ones that no row knows. Where the agent cannot see
    what vanished, only assets that were a day old count: others may have been uploaded, dumped and deleted in an hour.
    """
    if gone is None:
        return counts.settled_missing.get(folder, 0) > counts.unknown_files
    return counts.folder_missing.get(folder, 0) > counts.unknown_files + gone


def _was_always_there(folder: str, found: TreeContents, before: Sequence[TreeContents]) -> bool:
    if not before or not all(one.answer.folders[folder].files for one in before):
        return False
    if folder not in ORIGINAL_FOLDERS:
        return True
    return _originals(found) < _KEPT_SHARE * _originals(before[-1])


def _originals(contents: TreeContents) -> int:
    return sum(contents.answer.folders[folder].files for folder in ORIGINAL_FOLDERS)
