"""Runs of jobs, how many there were of each outcome, and which files of the spool were taken in."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from immich_backup_exporter.domain.records import DROPPED_KEPT, RUNS_KEPT, Run, RunsChange, RunsRecord
from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, Outcome, RunEvent, RunReport

from .rows import Write, facts, replacement, select
from .values import (
    Value,
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

_TIME = "max(coalesce(ended, started, heard), coalesce(comes_after + 1, 0))"  # as Run.time, in microseconds

_COUNT = """INSERT INTO job_count (job, outcome, count) VALUES (?, ?, ?)
    ON CONFLICT (job, outcome) DO UPDATE SET count = max(count, excluded.count)"""

_PRUNE = f"""DELETE FROM job_run WHERE job = ? AND run_id IN (
    SELECT run_id FROM job_run WHERE job = ? ORDER BY {_TIME} DESC, heard DESC LIMIT -1 OFFSET ?)"""  # noqa: S608

_DROP = f"""INSERT OR IGNORE INTO job_run_dropped (job, run_id)
    SELECT job, run_id FROM job_run WHERE job = ? ORDER BY {_TIME} DESC, heard DESC LIMIT -1 OFFSET ?"""  # noqa: S608

_PRUNE_DROPPED = """DELETE FROM job_run_dropped WHERE rowid IN (
    SELECT rowid FROM job_run_dropped WHERE job = ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)"""

_END = (
    "ended", "end_heard", "duration_seconds", "exit_code", "signal", "stopped_by", "stated_outcome", "snapshot_ids",
    "no_snapshot", "parent_id", "unreadable_files", "unreadable_trees", "files", "bytes", "added_bytes", "damaged",
    "check_errors", "check_scope", "removed_snapshots", "whole_ids", "skipped_paths", "check_part", "damaged_data",
    "unremoved_snapshots", "restored_nothing",
)  # fmt: skip
"""The columns of an end: a run that is not known to have ended has nothing in them."""


def load(connection: sqlite3.Connection) -> RunsRecord:
    """Everything, each job's runs oldest first."""
    runs = select(connection, f"SELECT * FROM job_run ORDER BY {_TIME}, heard")  # noqa: S608 - constants only
    counts = select(connection, "SELECT job, outcome, count FROM job_count")
    taken = select(connection, "SELECT name FROM spool_taken")
    dropped = select(connection, "SELECT job, run_id FROM job_run_dropped ORDER BY rowid")
    return RunsRecord(
        runs=tuple(facts(runs, _run)),
        counts=dict(facts(counts, _count)),
        taken=frozenset(facts(taken, lambda row: to_text(row["name"]))),
        dropped=tuple(facts(dropped, lambda row: (to_text(row["job"]), to_text(row["run_id"])))),
    )


def save(change: RunsChange) -> Write:
    """The rows of the runs, those that are dropped for them, the counts, and what was read of the spool."""
    jobs = sorted({run.job for run in change.runs})
    return (
        *replacement("job_run", [_values(run) for run in change.runs]),
        (_COUNT, [(from_text(job), outcome.value, count) for (job, outcome), count in sorted(change.counts.items())]),
        (_DROP, [(from_text(job), RUNS_KEPT) for job in jobs]),
        (_PRUNE_DROPPED, [(from_text(job), DROPPED_KEPT) for job in jobs]),
        (_PRUNE, [(from_text(job), from_text(job), RUNS_KEPT) for job in jobs]),
        ("INSERT OR IGNORE INTO spool_taken (name) VALUES (?)", [(from_text(name),) for name in sorted(change.taken)]),
        ("DELETE FROM spool_taken WHERE name = ?", [(from_text(name),) for name in sorted(change.vanished)]),
    )


def _values(run: Run) -> Mapping[str, Value]:
    return {
        "job": from_text(run.job),
        "run_id": run.run_id,
        "heard": from_time(run.heard),
        "started": from_optional_time(run.started),
        "host": from_optional_text(run.host),
        "beat_seconds": run.beat_seconds,
        "unnamed": run.unnamed,
        "crashed": run.crashed,
        "snapshot_missing": run.snapshot_missing,
        "noted_start": from_optional_time(run.noted_start),
        "noted_end": from_optional_time(run.noted_end),
        "comes_after": from_optional_time(run.comes_after),
        **(dict.fromkeys(_END) if run.end is None else _end_values(run.end, run)),
    }


def _end_values(end: RunReport, run: Run) -> dict[str, Value]:
    return {
        "ended": from_optional_time(end.ended),
        "end_heard": from_optional_time(run.end_heard),
        "duration_seconds": end.duration_seconds,
        "exit_code": end.exit_code,
        "signal": end.signal,
        "stopped_by": end.stopped_by,
        "stated_outcome": end.stated_outcome,
        "snapshot_ids": from_texts(end.snapshot_ids),
        "no_snapshot": end.no_snapshot,
        "parent_id": end.parent_id,
        "unreadable_files": from_integer(end.unreadable_files),
        "unreadable_trees": from_integer(end.unreadable_trees) or 0,
        "files": from_integer(end.files),
        "bytes": from_integer(end.bytes),
        "added_bytes": from_integer(end.added_bytes),
        "damaged": end.damaged,
        "check_errors": from_integer(end.check_errors),
        "check_scope": end.check_scope,
        "removed_snapshots": from_integer(end.removed_snapshots),
        "whole_ids": from_texts(end.whole_ids),
        "skipped_paths": from_integer(end.skipped_paths) or 0,
        "check_part": end.check_part,
        "damaged_data": end.damaged_data,
        "unremoved_snapshots": from_integer(end.unremoved_snapshots) or 0,
        "restored_nothing": end.restored_nothing,
    }


def _run(row: sqlite3.Row) -> Run:
    run = Run(
        job=to_text(row["job"]),
        run_id=to_text(row["run_id"]),
        heard=to_time(row["heard"]),
        started=to_optional_time(row["started"]),
        host=to_optional_text(row["host"]),
        beat_seconds=to_optional_float(row["beat_seconds"]),
        unnamed=bool(to_integer(row["unnamed"])),
        crashed=bool(to_integer(row["crashed"])),
        snapshot_missing=to_optional_flag(row["snapshot_missing"]),
        noted_start=to_optional_time(row["noted_start"]),
        noted_end=to_optional_time(row["noted_end"]),
        comes_after=to_optional_time(row["comes_after"]),
    )
    if row["ended"] is None:
        return run
    return replace(run, end=_end(run, row), end_heard=to_optional_time(row["end_heard"]))


def _end(run: Run, row: sqlite3.Row) -> RunReport:
    outcome, no_snapshot, scope = row["stated_outcome"], row["no_snapshot"], row["check_scope"]
    return RunReport(
        run_id=run.run_id,
        job=run.job,
        event=RunEvent.END,
        started=run.started,
        ended=to_time(row["ended"]),
        duration_seconds=to_optional_float(row["duration_seconds"]),
        host=run.host,
        beat_seconds=run.beat_seconds,
        exit_code=to_optional_integer(row["exit_code"]),
        signal=to_optional_integer(row["signal"]),
        stopped_by=to_optional_integer(row["stopped_by"]),
        stated_outcome=None if outcome is None else Outcome(outcome),
        snapshot_ids=to_texts(row["snapshot_ids"]),
        no_snapshot=None if no_snapshot is None else NoSnapshot(no_snapshot),
        parent_id=to_optional_text(row["parent_id"]),
        unreadable_files=to_optional_integer(row["unreadable_files"]),
        unreadable_trees=to_integer(row["unreadable_trees"]),
        files=to_optional_integer(row["files"]),
        bytes=to_optional_integer(row["bytes"]),
        added_bytes=to_optional_integer(row["added_bytes"]),
        damaged=to_optional_flag(row["damaged"]),
        check_errors=to_optional_integer(row["check_errors"]),
        check_scope=None if scope is None else CheckScope(scope),
        removed_snapshots=to_optional_integer(row["removed_snapshots"]),
        whole_ids=() if row["whole_ids"] is None else to_texts(row["whole_ids"]),
        skipped_paths=to_optional_integer(row["skipped_paths"]) or 0,
        check_part=to_optional_text(row["check_part"]),
        damaged_data=to_optional_flag(row["damaged_data"]),
        unremoved_snapshots=to_optional_integer(row["unremoved_snapshots"]) or 0,
        restored_nothing=bool(to_optional_integer(row["restored_nothing"])),
    )


def _count(row: sqlite3.Row) -> tuple[tuple[str, Outcome], int]:
    return (to_text(row["job"]), Outcome(row["outcome"])), to_integer(row["count"])
