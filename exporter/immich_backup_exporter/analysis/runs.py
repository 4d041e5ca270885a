"""What the runs of a job amount to, and how reports become runs. Pure; nothing here knows who reported what where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.records import RUNS_KEPT, Run
from immich_backup_exporter.domain.runs import (
    LONGEST_RUN,
    Outcome,
    RunEvent,
    RunReport,
    run_outcome,
)
from immich_backup_exporter.domain.settings import JobSettings
from immich_backup_exporter.domain.state import JobFacts

from .baseline import DRAWN

REPEATED_WITHIN = timedelta(minutes=1)
"""A call that names no run and is made twice within this time is one whose answer was lost."""

ON_THE_WAY = timedelta(minutes=1)
"""Between a report's making and its arrival, where nothing keeps it."""

_LONGEST_SECONDS = timedelta(days=365).total_seconds()
_BAD = (Outcome.FAILED, Outcome.CRASHED)
_GOOD = (Outcome.SUCCESS, Outcome.PARTIAL)


# --- from reports to runs


def believable(report: RunReport, now: datetime, not_before: datetime | None = None) -> RunReport:
    """The report with its times by our clock, where the reporter's is found to be wrong; else as it is.

    It is wrong where the report was made, by it, after ``now`` or before ``not_before``, since when it must have been
    made; and where something else lies ahead. A wrong clock is no reason to lose a report, to believe it for days, or
    to take it for an old one.
    """
    sent = report.sent
    if sent is not None and (sent > now + ON_THE_WAY or (not_before is not None and sent < not_before - ON_THE_WAY)):
        report = _shifted(report, now - sent)
    started, ended = _not_ahead(report.started, now), _not_ahead(report.ended, now)
    if started != report.started and ended is not None and report.duration_seconds is not None:
        started = _before(ended, report.duration_seconds)
    return replace(report, started=started, ended=ended)


def _shifted(report: RunReport, by: timedelta) -> RunReport:
    started = None if report.started is None else report.started + by
    ended = None if report.ended is None else report.ended + by
    if started is not None and ended is not None and report.duration_seconds is not None:
        started = _before(ended, report.duration_seconds)  # the clock may have been right when the run began
    return replace(report, started=started, ended=ended)


def _not_ahead(time: datetime | None, now: datetime) -> datetime | None:
    return now if time is not None and in_future(time, now) else time


def _before(time: datetime, seconds: float) -> datetime:
    return time - timedelta(seconds=min(seconds, _LONGEST_SECONDS))


def merged(
    known: Run | None,
    report: RunReport,
    heard: datetime,
    *,
    unnamed: bool = False,
    not_before: datetime | None = None,
    earlier: Iterable[Run] = (),
) -> Run | None:
    """The run with one more report in it; ``None`` where that tells nothing new (it came before, or comes too late).

    Reports may come in any order and any number of times. An end decides, also about a run that was taken for crashed.
    ``not_before`` is since when the report must have been made, as in :func:`believable`; ``earlier`` are the runs of
    the job after which it certainly came.
    """
    believed = believable(report, heard, not_before)
    run = known or Run(job=report.job, run_id=report.run_id, heard=heard, unnamed=unnamed)
    if run.started is None and believed.started is not None:
        noted = report.started if believed.started != report.started else None
        run = replace(run, started=believed.started, noted_start=noted)
    run = replace(
        run,
        host=run.host or report.host,
        beat_seconds=run.beat_seconds if run.beat_seconds is not None else report.beat_seconds,
    )
    if run.end is None and report.event is RunEvent.END:
        noted = report.ended if believed.ended != report.ended else None
        run = replace(run, end=replace(believed, sent=None), end_heard=heard, noted_end=noted)
    if run.end is not None:
        end = replace(run.end, started=run.started, host=run.host, beat_seconds=run.beat_seconds, beat=0)
        run = replace(run, end=end)
    if run == known:
        return None
    newest_before = max((one.time for one in earlier if one.run_id != run.run_id), default=None)
    if newest_before is not None and run.time <= newest_before:
        run = replace(run, comes_after=newest_before)
    return run


def in_order(runs: Iterable[Run]) -> list[Run]:
    """Oldest first."""
    # Of those that arrived together and whose clock was wrong all times are that of the arrival.
    return sorted(runs, key=lambda run: (run.time, run.noted_end or run.time, run.heard))


def is_forgotten(run: Run, kept: Sequence[Run]) -> bool:
    """Whether a run that is not among ``kept`` is older than all of them: it was dropped, or would be at once."""
    return len(kept) >= RUNS_KEPT and run.time <= min(one.time for one in kept)


def newest(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Those that are kept, oldest first."""
    return tuple(in_order(runs)[-RUNS_KEPT:])


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


def is_repeated_end(runs: Iterable[Run], exit_code: int | None, now: datetime) -> bool:
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
    skipped = [run for run in runs if run.outcome is Outcome.SKIPPED]
    ordered = in_order(run for run in runs if run.outcome is not Outcome.SKIPPED)
    concluded = [run for run in ordered if run.outcome is not None]
    working = [run for run in ordered if run.outcome is None]
    facts = JobFacts(
        settings=settings,
        expected_since=expected_since,
        last_start=_latest((run.began for run in ordered), now),
        last_end=_latest((run.ended for run in ordered), now),
        running=bool(working),
        running_since=min((run.started or run.heard for run in working), default=None),
        consecutive_failures=_failures(concluded),
        counts=dict(counts),
        last_skipped=bool(skipped) and in_order([*skipped, *concluded])[-1].outcome is Outcome.SKIPPED,
    )
    if not concluded:
        return facts
    last = concluded[-1]
    seconds = [run.end.seconds for run in concluded[-DRAWN:] if run.end is not None]
    success = last_success(concluded)
    return replace(
        facts,
        last_success=None if success is None else _latest((success.ended,), now),
        last_success_snapshot_missing=None if success is None else success.snapshot_missing,
        last_outcome=last.outcome,
        last_exit_code=last.end.exit_code if last.end else None,
        last_duration_seconds=last.end.seconds if last.end else None,
        durations=tuple(value for value in seconds if value is not None),
        last_unreadable_files=_unreadable_files(last.end) if last.end else None,
        last_skipped_paths=last.end.skipped_paths if last.end else None,
        last_unremoved_snapshots=last.end.unremoved_snapshots if last.end else None,
        last_restored_nothing=last.end is not None and last.end.restored_nothing,
    )


def last_success(ordered: Sequence[Run]) -> Run | None:
    """The newest that succeeded; ``ordered`` oldest first."""
    return next((run for run in reversed(ordered) if run.outcome is Outcome.SUCCESS), None)


def is_in_progress(settings: JobSettings, runs: Sequence[Run], now: datetime) -> bool:
    """Whether a run is under way and has taken no longer than it may, or than any before it did."""
    past = [run.end.seconds for run in runs if run.end is not None and run.end.seconds is not None]
    longest = settings.max_duration or (timedelta(seconds=min(max(past), 1e7)) if past else LONGEST_RUN)
    return any(run.outcome is None and now - (run.started or run.heard) <= longest for run in runs)


def _unreadable_files(end: RunReport) -> int | None:
    """Not known where a whole folder could not be read: it may have held any number.

    Nor told where something else is why the run is partial: the plan's limit of files is no excuse for that.
    """
    return None if end.unreadable_trees or end.unremoved_snapshots else end.unreadable_files


def _failures(concluded: Sequence[Run]) -> int:
    count = 0
    for run in reversed(concluded):
        if run.outcome in _GOOD:
            break
        count += run.outcome in _BAD
    return count


def _latest(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The newest of those that are known and not ahead."""
    return max((time for time in times if time is not None and not in_future(time, now)), default=None)
