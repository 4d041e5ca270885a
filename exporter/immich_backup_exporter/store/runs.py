"""Runs of jobs as rows, and back."""

import sqlite3
from dataclasses import replace
from datetime import datetime
from typing import Any

from immich_backup_exporter.domain.records import RUNS_KEPT, Run, RunsChange, RunsRecord
from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, Outcome, RunEvent, RunReport

from .reading import facts
from .values import (
    Row,
    from_integer,
    from_optional_text,
    from_optional_time,
    from_text,
    from_texts,
    from_time,
    to_integer,
    to_optional_flag,
    to_optional_float,
    to_optional_integer,
    to_optional_text,
    to_optional_time,
    to_text,
    to_texts,
    to_time,
)
from .writing import Write

_COLUMNS = """job, run_id, heard, started, host, beat_seconds, unnamed, crashed, snapshot_missing,
    noted_start, noted_end, comes_after,
    ended, end_heard, duration_seconds, exit_code, signal, stopped_by, stated_outcome,
    snapshot_ids, no_snapshot, parent_id, unreadable_files, unreadable_trees, files, bytes, added_bytes,
    damaged, check_errors, check_scope, removed_snapshots"""

_TIME = "max(coalesce(ended, started, heard), coalesce(comes_after + 1, 0))"  # as Run.time, in microseconds

_RUN = f"INSERT OR REPLACE INTO job_run ({_COLUMNS}) VALUES ({', '.join('?' * len(_COLUMNS.split(',')))})"  # noqa: S608 - constants only

_COUNT = """INSERT INTO job_count (job, outcome, count) VALUES (?, ?, ?)
    ON CONFLICT (job, outcome) DO UPDATE SET count = max(count, excluded.count)"""

_PRUNE = f"""DELETE FROM job_run WHERE job = ? AND run_id IN (
    SELECT run_id FROM job_run WHERE job = ? ORDER BY {_TIME} DESC, heard DESC LIMIT -1 OFFSET ?)"""  # noqa: S608


def change(runs: RunsChange) -> Write:
    """The rows of the runs, those that are dropped for them, the counts, and what was read of the spool."""
    jobs = sorted({run.job for run in runs.runs})
    return (
        (_RUN, [_row(run) for run in runs.runs]),
        (_COUNT, [(from_text(job), outcome.value, count) for (job, outcome), count in sorted(runs.counts.items())]),
        (_PRUNE, [(from_text(job), from_text(job), RUNS_KEPT) for job in jobs]),
        ("INSERT OR IGNORE INTO spool_taken (name) VALUES (?)", [(from_text(name),) for name in sorted(runs.taken)]),
        ("DELETE FROM spool_taken WHERE name = ?", [(from_text(name),) for name in sorted(runs.vanished)]),
    )


def load(connection: sqlite3.Connection) -> RunsRecord:
    """Everything, each job's runs oldest first."""
    runs = connection.execute(f"SELECT {_COLUMNS} FROM job_run ORDER BY {_TIME}, heard")  # noqa: S608 - constants only
    counts = connection.execute("SELECT job, outcome, count FROM job_count")
    taken = connection.execute("SELECT name FROM spool_taken")
    return RunsRecord(
        runs=tuple(facts(runs, _run)), counts=dict(facts(counts, _count)), taken=frozenset(facts(taken, to_text))
    )


def _row(run: Run) -> Row:
    end = run.end
    return (
        from_text(run.job),
        run.run_id,
        from_time(run.heard),
        from_optional_time(run.started),
        from_optional_text(run.host),
        run.beat_seconds,
        run.unnamed,
        run.crashed,
        run.snapshot_missing,
        from_optional_time(run.noted_start),
        from_optional_time(run.noted_end),
        from_optional_time(run.comes_after),
        *(_NO_END if end is None else _end_row(end, run)),
    )


def _end_row(end: RunReport, run: Run) -> Row:
    return (
        from_optional_time(end.ended),
        from_optional_time(run.end_heard),
        end.duration_seconds,
        end.exit_code,
        end.signal,
        end.stopped_by,
        end.stated_outcome,
        from_texts(end.snapshot_ids),
        end.no_snapshot,
        end.parent_id,
        from_integer(end.unreadable_files),
        from_integer(end.unreadable_trees) or 0,
        from_integer(end.files),
        from_integer(end.bytes),
        from_integer(end.added_bytes),
        end.damaged,
        from_integer(end.check_errors),
        end.check_scope,
        from_integer(end.removed_snapshots),
    )


_NO_END: Row = (None,) * (_COLUMNS.count(",") + 1 - 12)


def _run(  # the columns in their order
    job: Any, run_id: Any, heard: Any, started: Any, host: Any, beat_seconds: Any, unnamed: Any, crashed: Any,
    snapshot_missing: Any, noted_start: Any, noted_end: Any, comes_after: Any, *end: Any,
) -> Run:  # fmt: skip
    run = Run(
        job=to_text(job),
        run_id=to_text(run_id),
        heard=to_time(heard),
        started=to_optional_time(started),
        host=to_optional_text(host),
        beat_seconds=to_optional_float(beat_seconds),
        unnamed=bool(to_integer(unnamed)),
        crashed=bool(to_integer(crashed)),
        snapshot_missing=to_optional_flag(snapshot_missing),
        noted_start=to_optional_time(noted_start),
        noted_end=to_optional_time(noted_end),
        comes_after=to_optional_time(comes_after),
    )
    ended, end_heard, *rest = end
    if ended is None:
        return run
    return replace(run, end=_end(run, to_time(ended), *rest), end_heard=to_optional_time(end_heard))


def _end(
    run: Run, ended: datetime, duration_seconds: Any, exit_code: Any, signal: Any, stopped_by: Any,
    stated_outcome: Any, snapshot_ids: Any, no_snapshot: Any, parent_id: Any, unreadable_files: Any,
    unreadable_trees: Any, files: Any, bytes_: Any, added_bytes: Any, damaged: Any, check_errors: Any,
    check_scope: Any, removed_snapshots: Any,
) -> RunReport:  # fmt: skip
    return RunReport(
        run_id=run.run_id,
        job=run.job,
        event=RunEvent.END,
        started=run.started,
        ended=ended,
        duration_seconds=to_optional_float(duration_seconds),
        host=run.host,
        beat_seconds=run.beat_seconds,
        exit_code=to_optional_integer(exit_code),
        signal=to_optional_integer(signal),
        stopped_by=to_optional_integer(stopped_by),
        stated_outcome=None if stated_outcome is None else Outcome(stated_outcome),
        snapshot_ids=to_texts(snapshot_ids),
        no_snapshot=None if no_snapshot is None else NoSnapshot(no_snapshot),
        parent_id=to_optional_text(parent_id),
        unreadable_files=to_optional_integer(unreadable_files),
        unreadable_trees=to_integer(unreadable_trees),
        files=to_optional_integer(files),
        bytes=to_optional_integer(bytes_),
        added_bytes=to_optional_integer(added_bytes),
        damaged=to_optional_flag(damaged),
        check_errors=to_optional_integer(check_errors),
        check_scope=None if check_scope is None else CheckScope(check_scope),
        removed_snapshots=to_optional_integer(removed_snapshots),
    )


def _count(job: Any, outcome: Any, count: Any) -> tuple[tuple[str, Outcome], int]:
    return (to_text(job), Outcome(outcome)), to_integer(count)
