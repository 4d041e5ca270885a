"""`record`: reports a run that something else executed (systemd, resticprofile, Backrest, a cron script)."""

import argparse
import hashlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import (
    CheckScope,
    NoSnapshot,
    Outcome,
    RunEvent,
    RunReport,
    contradicts,
    is_job_name,
    is_run_id,
    is_snapshot_id,
    outcome_of,
)
from immich_backup_exporter.jobs.command_line import subset_facts
from immich_backup_exporter.jobs.delivery import Delivery
from immich_backup_exporter.jobs.options import DEFAULT_SPOOL, SPOOL_VARIABLE
from immich_backup_exporter.jobs.reporter import host_name
from immich_backup_exporter.words import ENGLISH

PUSH_SECONDS = 15.0

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 1e9
_BADNESS = (Outcome.SUCCESS, Outcome.PARTIAL, Outcome.INTERRUPTED, Outcome.FAILED)
_STATED = [outcome.value for outcome in Outcome if outcome is not Outcome.CRASHED]
_FAILED_RESULTS = frozenset({"timeout", "watchdog", "oom-kill", "resources", "protocol", "start-limit-hit"})
"""systemd ended the job, or could not run it: a failure, although the signal alone would be an interruption."""


class UsageError(Exception):
    """The arguments do not make a report; the message says which and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


def main(arguments: Sequence[str], clock: Clock | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Exit 0 once the report is in the spool or accepted by an agent, 1 where it is lost, 2 for wrong arguments."""
    clock = clock or SystemClock()
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        report = _report(options, clock.now(), os.environ if environment is None else environment)
    except UsageError as error:
        parser.error(ENGLISH.render(error.message))
    if report is None:
        return 0
    delivery = Delivery(
        clock,
        options.spool_dir,
        push_urls=options.push_urls,
        push_token_file=options.push_token_file,
        push_seconds=PUSH_SECONDS,
    )
    if report.event is RunEvent.START:
        delivery.start(report)
    else:
        delivery.end(report)
    complaint = delivery.finish(report)
    if complaint is not None:
        sys.stderr.write(f"immich-backup-exporter record: {ENGLISH.render(complaint)}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="immich-backup-exporter record",
        description="Records a run that something else executed.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--job", required=True, metavar="NAME", help="the job's name, as the agent's configuration declares it")
    add("--event", choices=["start", "end"], default="end", help="what happened just now (default: end)")
    add("--run-id", metavar="ID", help="any text that names this run; the same id is the same run, reported once")
    add("--exit-code", type=int, metavar="N", help="exit code of the command, 128 + n after signal n")
    add("--skipped-exit-code", type=int, metavar="N", help="with this exit code the command says that it tried nothing")
    add("--outcome", choices=_STATED, help="how it ended, where no exit code tells")
    add("--start", metavar="TIME", help="when it started: RFC 3339 with offset, or Unix seconds")
    add("--end", metavar="TIME", help="when it ended (default: now)")
    add("--duration", metavar="TIME", help="how long it took, such as 90s, 26m or 1h; instead of --start")
    add("--snapshot", action="append", default=[], metavar="ID", help="a snapshot that it made")
    add("--unchanged", action="store_true", help="restic made no snapshot because nothing had changed")
    add("--unless-changed", action="store_true", help="restic was told to make no snapshot where nothing had changed")
    add("--unreadable-files", type=int, metavar="N", help="source files that could not be read")
    add("--read-data", action="store_true", help="it was a check that read all data")
    add("--read-data-subset", metavar="N/T", help="it was a check that read this part of the data")
    add("--damaged", action="store_true", help="it was a check that found damage")
    add("--systemd", action="store_true", help="take result and run from ExecStopPost='s environment")
    add(
        "--spool-dir",
        default=os.environ.get(SPOOL_VARIABLE) or DEFAULT_SPOOL,
        metavar="DIR",
        help=f"where to leave the report for the agent (default: ${SPOOL_VARIABLE}, else {DEFAULT_SPOOL})",
    )
    add("--push.url", action="append", default=[], dest="push_urls", metavar="URL", help="also send it to this agent")
    add("--push.token-file", dest="push_token_file", metavar="FILE", help="holds the token for --push.url")
    return parser


def _report(options: argparse.Namespace, now: datetime, environment: Mapping[str, str]) -> RunReport | None:
    """``None``: systemd says that the job was skipped by a condition, which is no run."""
    if not is_job_name(options.job):
        raise UsageError(Message("record.bad_job"))
    for snapshot in options.snapshot:
        if not is_snapshot_id(snapshot):
            raise UsageError(Message("record.bad_snapshot"))
    if options.unreadable_files is not None and options.unreadable_files < 0:
        raise UsageError(Message("record.negative_files"))
    run_id = _run_id(options, environment)
    event = RunEvent(options.event)
    if event is RunEvent.START:
        started = _time("--start", options.start) or now
        return RunReport(run_id=run_id, job=options.job, event=event, started=started, host=host_name())
    ended = _time("--end", options.end) or now
    exit_code, number, outcome = options.exit_code, None, Outcome(options.outcome) if options.outcome else None
    if options.systemd:
        if environment.get("SERVICE_RESULT", environment.get("MONITOR_SERVICE_RESULT")) == "exec-condition":
            return None
        exit_code, number, stated = _systemd_result(environment)
        outcome = outcome or stated
    if exit_code is not None:
        if not -64 <= exit_code <= 255:
            raise UsageError(Message("record.bad_exit_code"))
        if exit_code < 0:  # as Python and Go programs write the death by a signal
            exit_code, number = 128 - exit_code, -exit_code
    if exit_code not in (None, 0) and exit_code == options.skipped_exit_code:
        outcome = Outcome.SKIPPED
    if outcome is Outcome.SKIPPED and exit_code == 0:
        exit_code = None
    if exit_code is None and outcome is None:
        raise UsageError(Message("record.no_outcome"))
    if outcome is not None and contradicts(outcome, exit_code, number, None):
        # The worse of the two: a refused report would be a failure that the agent never hears of.
        if _BADNESS.index(outcome) < _BADNESS.index(outcome_of(exit_code, number)):
            outcome = None
        else:
            exit_code, number = None, None
    subset = subset_facts(options.read_data_subset) if options.read_data_subset else {}
    return RunReport(
        run_id=run_id,
        job=options.job,
        event=event,
        started=_time("--start", options.start),
        ended=ended,
        duration_seconds=_duration(options),
        host=host_name(),
        exit_code=exit_code,
        signal=number,
        stated_outcome=outcome,
        snapshot_ids=tuple(options.snapshot[-64:]),
        no_snapshot=_no_snapshot(options),
        unreadable_files=options.unreadable_files,
        damaged=True if options.damaged else None,
        check_scope=CheckScope.DATA if options.read_data or subset else None,
        check_part=str(subset["check_part"]) if "check_part" in subset else None,
    )


def _no_snapshot(options: argparse.Namespace) -> NoSnapshot | None:
    if options.unchanged:
        return NoSnapshot.UNCHANGED
    return NoSnapshot.UNLESS_CHANGED if options.unless_changed and not options.snapshot else None


def _run_id(options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """The same run always gets the same id, so a report that is made twice counts once."""
    given = options.run_id
    if given is None and options.systemd:
        given = environment.get("INVOCATION_ID", environment.get("MONITOR_INVOCATION_ID"))
    if not given:  # an empty one is a shell's substitution that failed: it must not make all runs one
        return os.urandom(16).hex()
    if is_run_id(given):
        return str(given)
    text = f"{options.job}\n{given}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:32]


def _systemd_result(environment: Mapping[str, str]) -> tuple[int | None, int | None, Outcome | None]:
    """Exit code, signal and outcome from the variables of ``ExecStopPost=`` or ``OnFailure=`` (``MONITOR_...``).

    Source: systemd.exec(5): ``$EXIT_CODE`` is ``exited``, ``killed`` or ``dumped``, and ``$EXIT_STATUS`` a number in
    the first case, the name of a signal in the others; both are missing where no process ran.
    """

    def variable(name: str) -> str | None:
        return environment.get(name, environment.get(f"MONITOR_{name}"))

    result = variable("SERVICE_RESULT")
    if result is None:
        raise UsageError(Message("record.no_systemd"))
    outcome = Outcome.FAILED if result in _FAILED_RESULTS else None
    status = variable("EXIT_STATUS") or ""
    if variable("EXIT_CODE") == "exited" and status.isdigit() and int(status) <= 255:
        return int(status), None, outcome
    number = getattr(signal, f"SIG{status.removeprefix('SIG')}", None)
    if variable("EXIT_CODE") in ("killed", "dumped") and isinstance(number, signal.Signals):
        return 128 + number, int(number), outcome
    return None, None, Outcome.SUCCESS if result == "success" else Outcome.FAILED


def _duration(options: argparse.Namespace) -> float | None:
    """In seconds. The start that follows from it is the agent's affair: it may have been rounded."""
    if options.duration is None:
        return None
    if options.start is not None:
        raise UsageError(Message("record.start_and_duration"))
    text = options.duration
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise UsageError(Message("record.bad_duration"))
    return seconds


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise ValueError
        return time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(Message("record.bad_time", option=name)) from None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
