"""What a plan's newest snapshots hold, and what of it should be there: from what is known by tree."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from immich_backup_exporter.domain.contents import (
    ORIGINAL_FOLDERS,
    ORIGINALS,
    CoverageCounts,
    CoverageKey,
    CoverageRecord,
    FolderContents,
    MissingKind,
    TreeContents,
)
from immich_backup_exporter.domain.immich import FOLDERS, DumpOutcome
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings
from immich_backup_exporter.domain.state import ContentsFacts, CoverageFacts

from .baseline import usual

_SIZED = (*(folder for folder in FOLDERS if folder != "backups"), ORIGINALS)
"""What has a usual size. Dumps come and go, and have a baseline of their own."""
_DEFAULT = {"originals": ("library", "upload", "profile"), "database": ("backups",)}
_ALIKE = 3
"""Snapshots in a row that held files in a folder make it one that is used."""
_KEPT_SHARE = 0.8
"""Of the originals before: with fewer, an empty folder was not just moved into the other."""

Trees = Mapping[str, TreeContents]
Covered = Callable[[Snapshot], CoverageRecord | None]
"""How a snapshot compares with the dump that belongs to it, where that is known."""


def contents_facts(
    plan: PlanSettings,
    known: Sequence[Snapshot],
    usable: Sequence[Snapshot],
    trees: Trees,
    covered: Covered,
    accepted_since: datetime | None = None,
) -> ContentsFacts | None:
    """What is in the newest usable snapshot whose contents are known; ``known`` are all, forgotten ones too.

    The sizes of ``accepted_since`` are the usual ones from then on.
    """
    newest = next((snapshot for snapshot in reversed(usable) if _is_known(trees.get(snapshot.tree))), None)
    if newest is None:
        return None
    found = trees[newest.tree]
    answer, verdict = found.answer, found.verdict
    timed = [
        (snapshot.time, trees[snapshot.tree])
        for snapshot in known
        if snapshot.time < newest.time and _is_known(trees.get(snapshot.tree))
    ]
    before = [contents for _, contents in timed]
    # External libraries are backed up alone as well: such a plan never held anything of Immich's own.
    beside = plan.holds_external and not any(one.answer.holds_immich for one in (found, *before))
    sizes = {
        folder: usual(
            [(time, folder_size(one.answer.folders, folder)) for time, one in timed],
            folder_size(answer.folders, folder),
            accepted_since,
        )
        for folder in _SIZED
    }
    decided = verdict is not None and verdict.outcome is not DumpOutcome.UNDECIDED
    return ContentsFacts(
        snapshot=newest,
        folders=answer.folders,
        size_baselines={folder: value for folder, value in sizes.items() if value is not None},
        required={
            folder: not beside and _is_required(plan, folder, found, covered(newest), before) for folder in FOLDERS
        },
        missing_paths=tuple(path for path in plan.required_paths if path in answer.missing_paths),
        dumps=None if beside else answer.dumps,
        dump=answer.dump,
        dump_valid=verdict.outcome is DumpOutcome.VALID if verdict is not None and decided else None,
        dump_sentence=None if verdict is None or verdict.outcome is DumpOutcome.VALID else verdict.sentence,
        sentence=answer.sentence,
    )


def coverage_facts(
    known: Sequence[Snapshot],
    usable: Sequence[Snapshot],
    covered: Covered,
    accepted_since: datetime | None = None,
) -> CoverageFacts | None:
    """How the newest usable snapshot that was compared with a dump came out.

    What the one of ``accepted_since`` came to is usual from then on, and what had gone from the live disk accepted.
    """
    for newest in reversed(usable):
        record = covered(newest)
        if record is not None and record.counts is not None:
            before = [
                (snapshot.time, found)
                for snapshot in known
                if snapshot.time < newest.time and (found := covered(snapshot)) is not None and found.counts is not None
            ]
            assets = [(time, found.counts.assets) for time, found in before if found.counts is not None]
            return CoverageFacts(
                snapshot=newest,
                record=record,
                counts=record.counts,
                assets_baseline=usual(assets, record.counts.assets, accepted_since),
                accepted_gone=_accepted_gone([*before, (newest.time, record)], accepted_since),
            )
    return None


def _accepted_gone(covered: Sequence[tuple[datetime, CoverageRecord]], accepted_since: datetime | None) -> int:
    then = [record for time, record in covered if accepted_since is not None and time <= accepted_since]
    return then[-1].persistent_gone or 0 if then else 0


def unknown_since(
    plan: PlanSettings,
    usable: Sequence[Snapshot],
    trees: Trees,
    covered: Covered,
    *,
    paired: bool = False,
    told: bool = False,
) -> datetime | None:
    """Since which snapshot nobody knows what the plan's newest ones hold; ``None`` where the newest is known.

    The first after the newest known one, so that hourly snapshots, each of them young, do not hide that none is looked
    into. Of a plan of which none ever was, the newest. ``paired``: another plan holds the dump; ``told``: what is wrong
    with that dump is told of that plan.
    """
    waiting: Snapshot | None = None
    for snapshot in reversed(usable):
        contents = trees.get(snapshot.tree)
        elsewhere = paired and is_elsewhere(plan, contents)
        if _is_settled(plan, contents, covered(snapshot), elsewhere=elsewhere, told=told):
            return waiting.time if waiting is not None else None
        waiting = snapshot
    return usable[-1].time if usable else None


def is_elsewhere(plan: PlanSettings, contents: TreeContents | None) -> bool:
    """Whether a plan that is paired takes the dump from the other plan: it does where it has none that counts."""
    return contents is None or contents.answer.dump is None or "database" not in plan.holds


def _is_settled(
    plan: PlanSettings, contents: TreeContents | None, coverage: CoverageRecord | None, *, elsewhere: bool, told: bool
) -> bool:
    """Whether everything is known that can be: with no dump to compare with, or one that is not whole, that is told
    elsewhere.
    """
    if contents is None or not contents.answer.known:
        return False
    if not elsewhere and contents.answer.dump is not None and contents.verdict is None:
        return False
    if "originals" not in plan.holds or (elsewhere and told):
        return True
    if not elsewhere and lacks_a_whole_dump(contents):
        return True
    return coverage is not None and coverage.counts is not None


def lacks_a_whole_dump(contents: TreeContents) -> bool:
    """Whether it is certain that there is nothing to compare with."""
    invalid = contents.verdict is not None and contents.verdict.outcome is DumpOutcome.INVALID
    return contents.answer.known and (contents.answer.dump is None or invalid)


def folder_size(folders: Mapping[str, FolderContents], folder: str) -> int:
    """Bytes in one of Immich's folders, or in ``originals``."""
    return sum(folders[name].size_bytes for name in (ORIGINAL_FOLDERS if folder == ORIGINALS else (folder,)))


def comparable(
    snapshots: Sequence[Snapshot], target: Snapshot, dump: str, covered: Covered
) -> tuple[CoverageKey, ...] | None:
    """What is missing from ``target`` and was in these, too, is persistent: this dump's first snapshot, where that is
    another one, and the first of the dump before.

    A snapshot is judged by a dump only if it is the first after it: later ones lack whatever was deleted or moved
    since. ``snapshots`` are the plan's, oldest first. ``None``: there was no other dump before.
    """
    firsts: dict[str, tuple[datetime, str]] = {}
    for snapshot in snapshots:
        if snapshot.time >= target.time:
            break
        record = covered(snapshot)
        if record is not None and record.counts is not None:
            firsts.setdefault(record.dump, (record.dump_time, snapshot.tree))
    _, first = firsts.pop(dump, (None, target.tree))
    if not firsts:
        return None
    before = max(firsts, key=firsts.__getitem__)
    own: tuple[CoverageKey, ...] = ((first, dump),) if first != target.tree else ()
    return (*own, (firsts[before][1], before))


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
    if not found.answer.holds_immich and folder in ORIGINAL_FOLDERS:
        return True  # no Immich is so new that it lacks the folders
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
