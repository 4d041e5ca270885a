"""What the runs of a job amount to, and how reports become runs. Pure; nothing here knows who reported what where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.domain.records import RUNS_KEPT, Run
from immich_backup_exporter.domain.runs import (
    AHEAD_TOLERANCE,
    NoSnapshot,
    Outcome,
    RunEvent,
    RunReport,
    clamped,
    is_from_future,
    run_outcome,
)
from immich_backup_exporter.domain.settings import JobSettings
from immich_backup_exporter.domain.state import JobFacts

LONGEST_RUN = timedelta(days=1)
"""A run of a job without `max_duration` and without a history is not taken for one in progress for longer."""

REPEATED_WITHIN = timedelta(minutes=1)
"""A call that names no run and is made twice within this time is one whose answer was lost."""

_UNKNOWN_START = timedelta(days=1)
_BAD = (Outcome.FAILED, Outcome.CRASHED)
_GOOD = (Outcome.SUCCESS, Outcome.PARTIAL)


# --- from reports to runs


def believable(report: RunReport, now: datetime) -> RunReport:
    """The report with no time that lies ahead: a wrong clock is no reason to lose it, nor to believe it for days."""
    if not is_from_future(report, now):
        return report
    believed = clamped(report, now)
    if believed.started != report.started and believed.ended and report.duration_seconds is not None:
        # Both times were ahead, so the start was as long before the end as the run took.
        longest = min(report.duration_seconds, timedelta(days=365).total_seconds())
        believed = replace(believed, started=believed.ended - timedelta(seconds=longest))
    return believed


def merged(known: Run | None, report: RunReport, heard: datetime, *, unnamed: bool = False) -> Run | None:
    """The run with one more report in it; ``None`` where that tells nothing new (it came before, or comes too late).

    Reports may come in any order and any number of times. An end decides, also about a run that was taken for crashed.
    """
    report = believable(report, heard)
    run = known or Run(job=report.job, run_id=report.run_id, heard=heard, unnamed=unnamed)
    run = replace(
        run,
        started=run.started or report.started,
        host=run.host or report.host,
        beat_seconds=run.beat_seconds if run.beat_seconds is not None else report.beat_seconds,
    )
    end, end_heard = run.end, run.end_heard
    if end is None and report.event is RunEvent.END:
        end, end_heard = report, heard
    if end is not None:
        end = replace(end, started=run.started, host=run.host, beat_seconds=run.beat_seconds, beat=0)
    run = replace(run, end=end, end_heard=end_heard)
    return None if run == known else run


def in_order(runs: Iterable[Run], now: datetime) -> list[Run]:
    """Oldest first. What is dated ahead comes first: once a clock is right again it must not stay the newest."""
    return sorted(runs, key=lambda run: (run.time <= now + AHEAD_TOLERANCE, run.time, run.heard))


def is_forgotten(run: Run, kept: Sequence[Run]) -> bool:
    """Whether a run that is not among ``kept`` is older than all of them: it was dropped, or would be at once."""
    return len(kept) >= RUNS_KEPT and run.time <= min(one.time for one in kept)


def newest(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Those that are kept, oldest first."""
    return tuple(sorted(runs, key=lambda run: (run.time, run.heard))[-RUNS_KEPT:])


def is_superseded(run: Run, runs: Iterable[Run]) -> bool:
    """Whether a later run of the same job has begun since."""
    began = run.started or run.heard
    return any((other.started or other.time) > began for other in runs if other.run_id != run.run_id)


def verdict(run: Run, runs: Iterable[Run], *, silent: bool) -> Outcome | None:
    """How the run stands now: its outcome, or ``None`` while it works."""
    told = run.end or RunReport(
        run_id=run.run_id, job=run.job, event=RunEvent.START, started=run.started, beat_seconds=run.beat_seconds
    )
    return run_outcome((told,), silent=silent, superseded=is_superseded(run, runs))


# --- calls that name no run


def open_run(runs: Iterable[Run]) -> Run | None:
    """The run that the next end without a run id is about: the newest that was begun without one, if it works still."""
    unnamed = [run for run in runs if run.unnamed]
    latest = max(unnamed, key=lambda run: run.heard, default=None)
    return latest if latest is not None and latest.end is None else None


def is_repeated_start(runs: Iterable[Run], now: datetime) -> bool:
    run = open_run(runs)
    return run is not None and timedelta(0) <= now - run.heard <= REPEATED_WITHIN


def is_repeated_end(runs: Iterable[Run], exit_code: int, now: datetime) -> bool:
    """Whether an end that finds no open run is the last one again. Jobs that never report a start repeat nothing."""
    unnamed = [run for run in runs if run.unnamed]
    latest = max(unnamed, key=lambda run: run.heard, default=None)
    return (
        latest is not None
        and latest.started is not None
        and latest.end is not None
        and latest.end.exit_code == exit_code
        and latest.end_heard is not None
        and timedelta(0) <= now - latest.end_heard <= REPEATED_WITHIN
    )


# --- what a job's runs amount to


def job_facts(
    settings: JobSettings,
    expected_since: datetime,
    runs: Sequence[Run],
    counts: Mapping[Outcome, int],
    now: datetime,
) -> JobFacts:
    """What is known of one job."""
    ordered = in_order(runs, now)
    concluded = [run for run in ordered if run.outcome is not None]
    working = [run for run in ordered if run.outcome is None]
    facts = JobFacts(
        settings=settings,
        expected_since=expected_since,
        last_start=_latest((run.started for run in ordered), now),
        last_end=_latest((run.ended for run in ordered), now),
        running=bool(working),
        running_since=min((run.started or run.heard for run in working), default=None),
        consecutive_failures=_failures(concluded),
        counts=dict(counts),
    )
    if not concluded:
        return facts
    last = concluded[-1]
    success = last_success(concluded)
    return replace(
        facts,
        last_success=None if success is None else _latest((success.ended,), now),
        last_success_snapshot_missing=None if success is None else success.snapshot_missing,
        last_outcome=last.outcome,
        last_exit_code=last.end.exit_code if last.end else None,
        last_duration_seconds=last.end.seconds if last.end else None,
        last_unreadable_files=_unreadable_files(last.end) if last.end else None,
    )


def last_success(ordered: Sequence[Run]) -> Run | None:
    """The newest that succeeded; ``ordered`` oldest first."""
    return next((run for run in reversed(ordered) if run.outcome is Outcome.SUCCESS), None)


def is_in_progress(settings: JobSettings, runs: Sequence[Run], now: datetime) -> bool:
    """Whether a run is under way and has taken no longer than it may, or than any before it did."""
    past = [run.end.seconds for run in runs if run.end is not None and run.end.seconds is not None]
    longest = settings.max_duration or (timedelta(seconds=min(max(past), 1e7)) if past else LONGEST_RUN)
    return any(run.outcome is None and now - (run.started or run.heard) <= longest for run in runs)


def snapshot_window(run: Run, before: Sequence[Run]) -> tuple[datetime, datetime] | None:
    """Between which times a snapshot of this run was begun; ``before`` are the job's runs before it, oldest first."""
    if run.ended is None:
        return None
    if run.started is not None:
        return run.started, run.ended
    since = run.ended - _UNKNOWN_START
    return max((since, *(one.ended for one in before if one.ended is not None and one.ended < run.ended))), run.ended


def says_why_no_snapshot(report: RunReport) -> bool:
    """Whether it wrote none because nothing had changed."""
    return not report.snapshot_ids and report.no_snapshot is NoSnapshot.UNCHANGED


def _unreadable_files(end: RunReport) -> int | None:
    """Not known where a whole folder could not be read: it may have held any number."""
    return None if end.unreadable_trees else end.unreadable_files


def _failures(concluded: Sequence[Run]) -> int:
    count = 0
    for run in reversed(concluded):
        if run.outcome in _GOOD:
            break
        count += run.outcome in _BAD
    return count


def _latest(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The newest of those that are known and not ahead."""
    return max((time for time in times if time is not None and time <= now + AHEAD_TOLERANCE), default=None)
