"""Which of a plan's backups are complete, by the reports of its runs: the newest of them is the last success."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.records import Run
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.runs import NoSnapshot, Outcome, RunReport, few_enough_unreadable

from .own_snapshot import SLACK, begun, contains, says_why_no_snapshot, windows

UNCHANGED_COUNTS_FOR = timedelta(days=7)
"""How long a run that wrote no snapshot counts as a backup."""

_SLACK = timedelta(minutes=2)
"""By how much the clocks of a host and of whoever noted the run's times differ.

Only for partial runs, which must have made a snapshot. A restic that fails makes none, so a failed run is not blamed
for a good one that merely lies near it in time."""

_SHORT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRuns:
    """The ended runs that say something about a plan's backups, oldest first."""

    named: tuple[Run, ...] = ()
    """Of whatever job: those that named snapshots."""
    own: tuple[Run, ...] = ()
    """Of the jobs that are declared to back up this plan."""


NO_RUNS = PlanRuns()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint:
    """Where one could go back to."""

    time: datetime
    unchanged: bool = False
    """It is a run that found nothing changed since a snapshot that is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """One plan's snapshots, oldest first."""

    usable: Sequence[Snapshot]
    """Listed and not dated ahead."""
    present: Sequence[Snapshot]
    """Listed."""
    known: Sequence[Snapshot]
    """All that were ever seen."""


def recovery_point(
    backups: Backups,
    max_unreadable_files: int,
    runs: PlanRuns,
    now: datetime,
    proven: Collection[str] = frozenset(),
) -> RecoveryPoint | None:
    """The newest complete backup; ``None`` where there is none.

    ``proven`` are the trees that lack no original, by the rows of the database: a run that made such a one failed
    to read, or to do, what does not matter.
    """
    points = [
        RecoveryPoint(time=snapshot.time)
        for snapshot in _newest_complete(backups.usable, max_unreadable_files, runs, proven)
    ]
    unchanged = max((time for run in runs.own if (time := _unchanged(run, backups, now)) is not None), default=None)
    if unchanged is not None:
        points.append(RecoveryPoint(time=unchanged, unchanged=True))
    return max(points, key=lambda point: point.time, default=None)


def _newest_complete(usable: Sequence[Snapshot], limit: int, runs: PlanRuns, proven: Collection[str]) -> list[Snapshot]:
    namers = _by_prefix(runs.named)
    for snapshot in reversed(usable):
        reports = _naming(snapshot, namers) or _attributed(snapshot, runs.own)
        names = [one for one in (snapshot.id, snapshot.original) if one is not None]
        if all(_is_whole(report, names) or _is_complete(report, limit, snapshot.tree in proven) for report in reports):
            return [snapshot]
    return []


def _is_whole(report: RunReport, names: Iterable[str]) -> bool:
    """Whether restic said that it saved this very snapshot and read every source, whatever failed later in the run."""
    return bool(report.whole_ids) and any(name.startswith(report.whole_ids) for name in names)


def _is_complete(report: RunReport, limit: int, proven: bool) -> bool:
    """Whether a snapshot of the run that ended so is a complete backup.

    restic saves a snapshot last, so one of a run that was interrupted later is whole. One of a run that failed may be
    whole too, where it is known how many sources restic could not read: what failed is another command of the run.
    """
    if report.outcome in (Outcome.FAILED, Outcome.PARTIAL):
        return proven or few_enough_unreadable(report, limit) is True
    return True


def _by_prefix(runs: Iterable[Run]) -> Mapping[str, list[tuple[str, RunReport]]]:
    found: dict[str, list[tuple[str, RunReport]]] = {}
    for run in runs:
        if run.end is not None:
            for named in run.end.snapshot_ids:
                found.setdefault(named[:_SHORT], []).append((named, run.end))
    return found


def _naming(snapshot: Snapshot, namers: Mapping[str, list[tuple[str, RunReport]]]) -> list[RunReport]:
    """The reports that name it, or the snapshot that it was copied or rewritten from."""
    ids = [one for one in (snapshot.id, snapshot.original) if one is not None]
    return [end for one in ids for named, end in namers.get(one[:_SHORT], ()) if one.startswith(named)]


def _attributed(snapshot: Snapshot, own: Sequence[Run]) -> list[RunReport]:
    """Of the plan's runs that could not name what they made, the one that was at work when it was begun."""
    best: tuple[bool, datetime, RunReport] | None = None
    time = begun(snapshot) or snapshot.time
    for index, run in enumerate(own):
        end = run.end
        if end is None or end.snapshot_ids or end.no_snapshot is not None:
            continue
        if run.started is None and end.outcome is Outcome.FAILED:
            continue  # since when is not known, and a restic that fails makes no snapshot
        found = windows(run, own[:index])
        if not contains(found, time, _SLACK if end.outcome is Outcome.PARTIAL else SLACK):
            continue
        rank = contains(found, time, timedelta(0)), found[0][0], end
        if best is None or rank[:2] > best[:2]:
            best = rank
    return [best[2]] if best else []


def _unchanged(run: Run, backups: Backups, now: datetime) -> datetime | None:
    """The start of a run that vouches for a snapshot that is still there, while it counts."""
    end, started = run.end, run.began
    if end is None or end.outcome is not Outcome.SUCCESS or started is None:
        return None
    if not says_why_no_snapshot(end) and not _said_nothing_and_made_none(run, backups):
        return None
    if now - started > UNCHANGED_COUNTS_FOR or in_future(started, now):
        return None
    if end.parent_id is not None:
        vouched = any(snapshot.is_called(end.parent_id) for snapshot in backups.present)
    else:
        at = run.noted_start or started
        before = [snapshot.original or snapshot.id for snapshot in backups.known if snapshot.time <= at]
        vouched = bool(before) and before[-1] in {one.original or one.id for one in backups.present}
    return started if vouched else None


def _said_nothing_and_made_none(run: Run, backups: Backups) -> bool:
    """Of a restic that was told to be silent and to skip: its success means one of two things, and it is not this."""
    if run.end is None or run.end.no_snapshot is not NoSnapshot.UNLESS_CHANGED or run.snapshot_missing is not False:
        return False
    found = windows(run, ())
    return not any(contains(found, begun(snapshot) or snapshot.time, SLACK) for snapshot in backups.known)
