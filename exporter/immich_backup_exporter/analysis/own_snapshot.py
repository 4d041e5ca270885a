"""Which snapshots a run can have made, where it did not name them: whether a success left one, and whose one is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from immich_backup_exporter.domain.clock import AHEAD_TOLERANCE
from immich_backup_exporter.domain.records import RepositoryRecord, Run
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.runs import NoSnapshot, RunReport

from .vanishing import Removal

SLACK = timedelta(seconds=2)
"""Times may have been noted in whole seconds, and a process takes a moment to start."""

HEARD_WITHIN = timedelta(seconds=10)
"""A report is read this long after it was made at most, where nothing is wrong."""

_BOTH_REPORTED_WITHIN = timedelta(minutes=1)
_UNKNOWN_START = timedelta(days=1)
_REPLACED_WITHIN = timedelta(days=1)

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A snapshot of the run's plan, and what the agent saw of it."""

    snapshot: Snapshot
    ids: tuple[str, ...]
    """Its own, and those of the snapshots that it was made from by `tag` or `rewrite`."""
    listed: bool
    seen: datetime
    """Since when it was certainly listed, by our clock."""


def begun(snapshot: Snapshot) -> datetime | None:
    """When making it began, by the clock of its host; ``None`` where nobody noted that.

    `--time` sets a snapshot's time, to whole seconds; a summary (since restic 0.17) has the real one beside it.
    """
    if snapshot.backup_start is not None:
        return snapshot.backup_start
    return snapshot.time if snapshot.time.microsecond else None


def windows(run: Run, before: Iterable[Run]) -> tuple[Window, ...]:
    """Between which times its snapshots were begun; none while it works. ``before``: those of its job count.

    By the clock of the run's host, and by ours where that is wrong. Two of each where the clock was set back meanwhile:
    reckoned from the start, and from the end.
    """
    if run.noted_start is None and run.noted_end is None:
        return _windows(run, run.started, run.ended, before)
    by_host = _windows(run, run.noted_start or run.started, run.noted_end or run.ended, before)
    heard = None if run.started is None else run.started - HEARD_WITHIN  # by ours it is when the report was read
    return by_host + _windows(run, heard, run.ended, before)


def _windows(run: Run, start: datetime | None, end: datetime | None, before: Iterable[Run]) -> tuple[Window, ...]:
    if run.end is None or run.ended is None or end is None:
        return ()
    seconds, ended = run.end.duration_seconds, run.ended
    if start is None and seconds is not None:
        start = end - _reckoned(seconds) - _precision(seconds)
    if start is None:
        ends = [one.ended for one in before if one.job == run.job and one.ended is not None and one.ended < ended]
        return ((max([end - _UNKNOWN_START, *ends]), end),)
    if run.started is None or seconds is None or end - start >= _reckoned(seconds):
        return ((min(start, end), max(start, end)),)  # it may have slept with its machine meanwhile
    return (start, start + _reckoned(seconds)), (end - _reckoned(seconds), end)


def _reckoned(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, 1e7))


def _precision(seconds: float) -> timedelta:
    """A duration that somebody wrote down may have been rounded to hours or minutes."""
    return timedelta(seconds=next((unit for unit in (3600, 60) if seconds and seconds % unit == 0), 1))


def contains(found: Iterable[Window], time: datetime, before: timedelta, after: timedelta | None = None) -> bool:
    return any(since - before <= time <= until + (before if after is None else after) for since, until in found)


def says_why_no_snapshot(report: RunReport) -> bool:
    """Whether it wrote none because nothing had changed."""
    return not report.snapshot_ids and report.no_snapshot is NoSnapshot.UNCHANGED


def may_lack_one(report: RunReport) -> bool:
    """Whether it may have written none because nothing had changed; nobody said so."""
    return not report.snapshot_ids and report.no_snapshot in (NoSnapshot.UNLESS_CHANGED, NoSnapshot.PERHAPS)


def snapshot_missing(
    run: Run,
    others: Sequence[Run],
    record: RepositoryRecord,
    candidates: Iterable[Candidate],
    unread_since: datetime | None = None,
    forgotten: Sequence[Removal] = (),
) -> bool:
    """Whether a successful backup run lacks the snapshot that it must have made.

    ``record`` is what a look at the repository after the run's end found, ``candidates`` are the snapshots of the
    job's plan in it (of the whole repository where it has none). ``others`` are all other runs that named snapshots or
    may have made some of this plan; ``unread_since`` is when a snapshot that restic cannot read was first listed. Of a
    run that named several, one of this plan is enough: the others may lie elsewhere. ``forgotten`` is what runs removed
    from the repository: one that they removed before the agent could see it was there.
    """
    end = run.end
    if end is None or says_why_no_snapshot(end) or may_lack_one(end):
        return False
    candidates = list(candidates)
    if end.snapshot_ids:
        named = [one for one in record.snapshots if _is_one_of(end.snapshot_ids, (one.id, one.original))]
        if named:  # what was copied or rewritten may be of another plan than what it was made from
            ids = {id_ for candidate in candidates for id_ in candidate.ids}
            return not any(one.id in ids or one.original is not None for one in named)
        if _is_one_of(end.snapshot_ids, record.unreadable):
            return False
        return not _was_replaced(run, candidates, forgotten)
    if end.no_snapshot is not None:
        return True
    if unread_since is not None and _since_it_began(run, unread_since):
        return False
    return not any(own_snapshots(run, others, candidates)) and not _was_replaced(run, candidates, forgotten)


def _is_one_of(named: tuple[str, ...], ids: Iterable[str | None]) -> bool:
    return any(id_ is not None and id_.startswith(named) for id_ in ids)


def _was_replaced(run: Run, candidates: Iterable[Candidate], forgotten: Iterable[Removal]) -> bool:
    """Whether a later backup took its place, and a `forget` removed it before the agent's first look.

    Of several backups of a day, hour or week `forget` keeps the newest. The run's own script forgets, or another run
    did since. Only the first verdict asks: what the agent saw missing once was not made.
    """
    if run.snapshot_missing is not None or run.end is None or run.ended is None:
        return False
    ended = run.ended
    if run.end.removed_snapshots is None and not any(removal.until > ended for removal in forgotten):
        return False
    return any(
        candidate.listed and ended < (begun(candidate.snapshot) or candidate.snapshot.time) <= ended + _REPLACED_WITHIN
        for candidate in candidates
    )


def own_snapshots(run: Run, others: Sequence[Run], candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The snapshots that the run may have made, although it named none.

    Where somebody noted the run's times on its host seconds decide, and a snapshot that was forgotten since was there.
    Where only calls told of it clocks may differ by minutes, so what the agent saw counts too: what is listed no more,
    or was listed before the run began, is not the run's.
    """
    others = [other for other in others if not _is_reported_twice(run, other)]
    before = [other for other in others if other.job == run.job]
    found, last_end = windows(run, before), _last_end_before(run, before)
    # A verdict that it is missing was made by looking after the end: what was begun later does not take it back.
    after = SLACK if run.snapshot_missing else AHEAD_TOLERANCE
    for candidate in candidates:
        time = begun(candidate.snapshot)
        one_clock = time is not None and run.started is not None and run.host is not None
        near = time is None or contains(found, time, SLACK)
        near = near or (not one_clock and time is not None and contains(found, time, AHEAD_TOLERANCE, after))
        if not near or not (one_clock or (candidate.listed and _since_it_began(run, candidate.seen))):
            continue
        inside = time is None or contains(found, time, timedelta(0))
        if not inside and time is not None and (time <= last_end or any(_was_making(one, time) for one in others)):
            continue
        if not any(_names(other, candidate.ids) for other in others):
            yield candidate


def _is_reported_twice(run: Run, other: Run) -> bool:
    """Two runs of a job at the same time are one, of which a wrapper and a hook told, each by itself."""
    if other.job != run.job or run.ended is None or other.ended is None:
        return False
    if run.host is not None and other.host is not None and run.host != other.host:
        return False
    began = run.began or run.ended - _BOTH_REPORTED_WITHIN
    other_began = other.began or other.ended - _BOTH_REPORTED_WITHIN
    return other_began <= run.ended and began <= other.ended


def _names(run: Run, ids: Iterable[str]) -> bool:
    named = run.end.snapshot_ids if run.end is not None else ()
    return bool(named) and any(id_.startswith(named) for id_ in ids)


def _last_end_before(run: Run, before: Iterable[Run]) -> datetime:
    """When the run before this one ended, by the clock of the same host."""
    began = run.noted_start or run.began
    ends = [one.noted_end or one.ended for one in before if one.host == run.host]
    return max((end for end in ends if end and began and end <= began), default=datetime.min.replace(tzinfo=UTC))


def _was_making(run: Run, time: datetime) -> bool:
    """Whether this other run, which named no snapshot, was at work then."""
    end = run.end
    if end is None or run.started is None or end.snapshot_ids or (end.no_snapshot and not may_lack_one(end)):
        return False
    return contains(windows(run, ()), time, timedelta(0))


def _since_it_began(run: Run, seen: datetime) -> bool:
    """Whether what was seen then for the first time may be of this run, by our clock."""
    if run.started is None:
        return True
    return seen > (run.started if run.unnamed else min(run.started, run.heard - HEARD_WITHIN))
