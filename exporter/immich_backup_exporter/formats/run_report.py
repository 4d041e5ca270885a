"""The written form of a run report: one JSON object, in the spool's files and in what is pushed.

Version 1: the fields of ``RunReport`` by name, times as RFC 3339 (Unix seconds are read too), unknown fields ignored.
"""

import json
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from immich_backup_exporter.domain.errors import ExplainedError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import (
    CheckScope,
    NoSnapshot,
    Outcome,
    RunEvent,
    RunReport,
    contradicts,
    is_check_part,
    is_job_name,
    is_run_id,
    is_snapshot_id,
)

from .restic_output import MAX_SNAPSHOT_IDS

VERSION = 1

PATH = "/api/v1/runs"
"""Where an agent takes reports."""

MAX_BYTES = 16 * 1024
"""Of one report; the largest that this program writes has about 10 KiB."""

E = TypeVar("E", bound=StrEnum)


class ReportError(ExplainedError):
    """The bytes are no report. The message repeats nothing of what was sent."""


def encode(report: RunReport) -> bytes:
    """One line of JSON. Fields that are not known, and those that are as they are for most, are left out."""
    written: dict[str, object] = {"version": VERSION}
    for field in fields(report):
        value = getattr(report, field.name)
        if value != field.default:
            written[field.name] = _time_text(value) if isinstance(value, datetime) else value
    return json.dumps(written, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def decode(data: bytes) -> RunReport:
    """The report in ``data``. Raises :class:`ReportError`, and nothing else, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise ReportError(Message("run_reports.too_large", limit=MAX_BYTES))
    try:
        written = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ReportError(Message("run_reports.not_json")) from None
    if not isinstance(written, dict):
        raise ReportError(Message("run_reports.not_object"))
    version = _whole(written, "version", 1, 1 << 31)
    if version is None:
        raise ReportError(Message("run_reports.no_version"))
    if version > VERSION:
        raise ReportError(Message("run_reports.newer_version"))
    report = _report(written)
    if report.event is RunEvent.START and report.started is None:
        raise ReportError(Message("run_reports.no_started"))
    if report.event is RunEvent.END and report.ended is None:
        raise ReportError(Message("run_reports.no_ended"))
    if report.event is RunEvent.END and report.exit_code is None and report.stated_outcome is None:
        raise ReportError(Message("run_reports.no_outcome"))
    if report.signal is not None and report.exit_code not in (None, 128 + report.signal):
        raise ReportError(Message("run_reports.signal_contradicts"))
    if contradicts(report.stated_outcome, report.exit_code, report.signal, report.stopped_by):
        raise ReportError(Message("run_reports.outcome_contradicts"))
    return report


def _report(written: dict[str, Any]) -> RunReport:
    run_id = _text(written, "run_id", 32)
    if run_id is None or not is_run_id(run_id):
        raise ReportError(Message("run_reports.bad_run_id"))
    job = _text(written, "job", 64)
    if job is None or not is_job_name(job):
        raise ReportError(Message("run_reports.bad_job"))
    event = _choice(written, "event", RunEvent)
    if event is None:
        raise ReportError(Message("run_reports.no_event"))
    stated = _choice(written, "stated_outcome", Outcome)
    if stated is Outcome.CRASHED:
        raise ReportError(Message("run_reports.stated_crashed"))
    parent_id = _text(written, "parent_id", 64)
    if parent_id is not None and not is_snapshot_id(parent_id):
        raise ReportError(Message("run_reports.bad_parent_id"))
    check_part = _text(written, "check_part", 16)
    if check_part is not None and not is_check_part(check_part):
        raise ReportError(Message("run_reports.bad_check_part"))
    return RunReport(
        run_id=run_id,
        job=job,
        event=event,
        started=_time(written, "started"),
        ended=_time(written, "ended"),
        sent=_time(written, "sent"),
        duration_seconds=_number(written, "duration_seconds", 0.0, 1e9),
        host=_text(written, "host", 255),
        beat_seconds=_number(written, "beat_seconds", 0.001, 86400.0),
        beat=_whole(written, "beat", 0, 1 << 62) or 0,
        exit_code=_whole(written, "exit_code", 0, 255),
        signal=_whole(written, "signal", 1, 64),
        stopped_by=_whole(written, "stopped_by", 1, 64),
        stated_outcome=stated,
        snapshot_ids=_snapshot_ids(written, "snapshot_ids"),
        no_snapshot=_choice(written, "no_snapshot", NoSnapshot),
        parent_id=parent_id,
        unreadable_files=_whole(written, "unreadable_files", 0, 1 << 62),
        unreadable_trees=_whole(written, "unreadable_trees", 0, 1 << 62) or 0,
        whole_ids=_snapshot_ids(written, "whole_ids"),
        skipped_paths=_whole(written, "skipped_paths", 0, 1 << 62) or 0,
        files=_whole(written, "files", 0, 1 << 62),
        bytes=_whole(written, "bytes", 0, 1 << 62),
        added_bytes=_whole(written, "added_bytes", 0, 1 << 62),
        damaged=_flag(written, "damaged"),
        check_errors=_whole(written, "check_errors", 0, 1 << 62),
        check_scope=_choice(written, "check_scope", CheckScope),
        check_part=check_part,
        damaged_data=_flag(written, "damaged_data"),
        removed_snapshots=_whole(written, "removed_snapshots", 0, 1 << 62),
        unremoved_snapshots=_whole(written, "unremoved_snapshots", 0, 1 << 62) or 0,
        restored_nothing=_flag(written, "restored_nothing") or False,
    )


def _time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time(written: dict[str, Any], name: str) -> datetime | None:
    value = written.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) <= 40:
            time = datetime.fromisoformat(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            time = datetime.fromtimestamp(value, UTC)
        else:
            raise ValueError
        if time.tzinfo is None or not 1970 <= time.astimezone(UTC).year < 3000:
            raise ValueError
        return time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ReportError(Message("run_reports.bad_time", field=name)) from None


def _text(written: dict[str, Any], name: str, longest: int) -> str | None:
    value = written.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ReportError(Message("run_reports.bad_text", field=name, longest=longest))
    return value


def _whole(written: dict[str, Any], name: str, least: int, most: int) -> int | None:
    value = written.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ReportError(Message("run_reports.bad_whole_number", field=name, least=least, most=most))
    return value


def _number(written: dict[str, Any], name: str, least: float, most: float) -> float | None:
    value = written.get(name)
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
        raise ReportError(Message("run_reports.bad_number", field=name, least=f"{least:g}", most=f"{most:g}"))
    return float(value)


def _flag(written: dict[str, Any], name: str) -> bool | None:
    value = written.get(name)
    if value is not None and not isinstance(value, bool):
        raise ReportError(Message("run_reports.bad_flag", field=name))
    return value


def _choice(written: dict[str, Any], name: str, kind: type[E]) -> E | None:
    value = written.get(name)
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError:
        raise ReportError(Message("run_reports.bad_choice", field=name, known=tuple(kind))) from None


def _snapshot_ids(written: dict[str, Any], name: str) -> tuple[str, ...]:
    value = written.get(name)
    if value is None:
        return ()
    if (
        not isinstance(value, list)
        or len(value) > MAX_SNAPSHOT_IDS
        or not all(isinstance(one, str) and is_snapshot_id(one) for one in value)
    ):
        raise ReportError(Message("run_reports.bad_snapshot_ids", field=name, most=MAX_SNAPSHOT_IDS))
    return tuple(value)
