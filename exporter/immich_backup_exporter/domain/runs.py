"""Facts about runs of jobs, as those that executed them reported, and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_RUN = timedelta(days=1)
"""A run without a limit of its own is not taken for one in progress for longer; nor is a lock, or a job at work."""

BEAT_SECONDS = 30.0
"""How often a working wrapper gives a sign of life."""

SILENT_SECONDS = 300.0
"""A run that promised signs of life and gave none for this long is taken for dead."""

SIGINT, SIGTERM = 2, 15

SAMPLE, FILTERED = "sample", "filtered"
"""Parts of a repository that no later check can be asked for again: random packs, and those of some snapshots."""

_HEX = frozenset("0123456789abcdef")
_JOB_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


class Outcome(StrEnum):
    """How a run ended; the values of the label ``outcome``."""

    SUCCESS = "success"
    PARTIAL = "partial"  # exit 3 of restic: a snapshot was made although some source data could not be read
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"  # it started, and no end was reported
    SKIPPED = "skipped"  # nothing was tried: the disk was not there


class RunEvent(StrEnum):
    """What a report tells of a run."""

    START = "start"
    BEAT = "beat"  # a sign of life; only pushed, the spool uses the time of the start's file
    END = "end"


class NoSnapshot(StrEnum):
    """Why a run that named no snapshot made none, or need not have made one. The first two are restic's own words."""

    UNCHANGED = "unchanged"  # `--skip-if-unchanged`, since restic 0.17
    DRY_RUN = "dry_run"
    UNLESS_CHANGED = "unless_changed"  # it was restic, told to skip and to say nothing: it made one or nothing changed
    PERHAPS = "perhaps"  # something in the command was told to skip, and no report says what came of it


class CheckScope(StrEnum):
    """What a `restic check` looked at; the values of the label ``scope``."""

    STRUCTURE = "structure"
    DATA = "data"  # packs were read: all, or the part that `check_part` tells


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One report about one run. ``None``: not known. The command line is never in it, since it can hold a password."""

    run_id: str
    """32 hexadecimal digits, drawn at random or systemd's invocation id. With ``event``: the report's identity."""
    job: str
    event: RunEvent
    started: datetime | None = None
    """By the reporter's clock; known for every start."""
    ended: datetime | None = None
    """By the reporter's clock; known for every end."""
    sent: datetime | None = None
    """When the report was made, by the reporter's clock: compared with its arrival it tells of a wrong one."""
    duration_seconds: float | None = None
    """Measured by a clock that does not jump, where the reporter could."""
    host: str | None = None
    beat_seconds: float | None = None
    """The run gives a sign of life about this often. ``None``: it promises none, so its silence means nothing."""
    beat: int = 0
    """Number of signs of life so far; for ``BEAT``."""
    exit_code: int | None = None
    """0 to 255, as a shell would show it: 128 + n after signal n."""
    signal: int | None = None
    """The number of the signal that killed the process."""
    stopped_by: int | None = None
    """The number of the signal, of those that ask a process to end, that reached the run while it worked."""
    stated_outcome: Outcome | None = None
    """What the reporter says where the exit code does not tell; goes before it."""
    snapshot_ids: tuple[str, ...] = ()
    """Snapshots that restic said it saved, oldest first, the last 64: 64 hexadecimal digits, or their first 8."""
    no_snapshot: NoSnapshot | None = None
    """Why a backup of the run wrote no snapshot, or may have written none."""
    parent_id: str | None = None
    """The parent that the last backup named; restic tells it only in its plain output, as 8 digits."""
    unreadable_files: int | None = None
    """Source files that restic could not read while it archived (errors of its scan lose nothing)."""
    whole_ids: tuple[str, ...] = ()
    """Of ``snapshot_ids``, where the run did not end well: those for which restic read every source."""
    skipped_paths: int = 0
    """Sources that did not exist; restic 0.14 to 0.18 skip them and end with 0. They are ``unreadable_trees`` too."""
    unreadable_trees: int = 0
    """Sources that did not exist, and folders that could not be listed: what they hold was not counted."""
    files: int | None = None
    """Regular files that the last backup looked at."""
    bytes: int | None = None
    added_bytes: int | None = None
    """What the last backup stored, after deduplication and (since restic 0.17) compression."""
    damaged: bool | None = None
    """``True``: restic ended with "repository contains errors". ``False``: a check said that it found none."""
    check_errors: int | None = None
    """``num_errors`` of the last ``check --json``; not damage by itself: a lock counts as one too."""
    check_scope: CheckScope | None = None
    check_part: str | None = None
    """What the check was limited to: ``n/t`` of the packs, :data:`SAMPLE` or :data:`FILTERED`; ``None``: to nothing."""
    damaged_data: bool | None = None
    """Of a check that found damage: whether the contents of packs were damaged, or only the structure."""
    removed_snapshots: int | None = None
    """How many snapshots ``forget`` removed."""
    unremoved_snapshots: int = 0
    """How many snapshots ``forget`` could not remove; restic ends with 3 since 0.19, with 0 before."""
    restored_nothing: bool = False
    """``restore`` ended well although no path matched what it was told to include."""

    @property
    def outcome(self) -> Outcome | None:
        """``None`` for anything but an end."""
        if self.event is not RunEvent.END:
            return None
        if self.stated_outcome is not None:
            return self.stated_outcome
        outcome = outcome_of(self.exit_code, self.signal, self.stopped_by)
        if outcome is Outcome.SUCCESS and self.restored_nothing:
            return Outcome.FAILED
        if outcome is Outcome.SUCCESS and (self.skipped_paths or self.unremoved_snapshots):
            return Outcome.PARTIAL
        return outcome

    @property
    def snapshot_id(self) -> str | None:
        """The last snapshot that the run saved."""
        return self.snapshot_ids[-1] if self.snapshot_ids else None

    @property
    def seconds(self) -> float | None:
        """How long it ran, never negative."""
        if self.duration_seconds is not None:
            return self.duration_seconds
        if self.started is None or self.ended is None:
            return None
        return max(0.0, (self.ended - self.started).total_seconds())


def outcome_of(exit_code: int | None, signal: int | None = None, stopped_by: int | None = None) -> Outcome:
    """The meaning of how a command ended.

    3 is partial whatever the command: ``restic backup`` made a snapshot all the same, ``restic forget`` could not
    remove some; restic's own lines tell which. 130 is restic's own since 0.19 and, like 143, what a shell makes of
    SIGINT and SIGTERM. 0.18 ends with 1 when it is interrupted, so a failure after a request to end is an interruption
    too. Unknown codes are failures.
    """
    if signal is None and exit_code == 0:
        return Outcome.SUCCESS
    if signal is None and exit_code == 3:
        return Outcome.PARTIAL
    if signal in (SIGINT, SIGTERM) or exit_code in (128 + SIGINT, 128 + SIGTERM):
        return Outcome.INTERRUPTED
    if stopped_by in (SIGINT, SIGTERM):
        return Outcome.INTERRUPTED
    return Outcome.FAILED


def contradicts(stated: Outcome | None, exit_code: int | None, signal: int | None, stopped_by: int | None) -> bool:
    """Whether a stated outcome and an exit code cannot both be true.

    A run that was ended from outside may have failed (it took too long) or be called interrupted, whatever its code;
    only ``None`` for the code leaves everything open.
    """
    if stated is None or exit_code is None:
        return False
    if stated is Outcome.SKIPPED:  # the reporter has a code for it, which is any but that of a success
        return exit_code == 0
    shown = outcome_of(exit_code, signal, stopped_by)
    return stated is not shown and {stated, shown} != {Outcome.FAILED, Outcome.INTERRUPTED}


def few_enough_unreadable(report: RunReport, limit: int) -> bool | None:
    """Whether a run's backup lacks at most ``limit`` files; ``None`` where their number is not known."""
    if report.unreadable_trees or report.unreadable_files is None:
        return None
    return report.unreadable_files <= limit


def part_of(text: str) -> tuple[int, int] | None:
    """``n`` and ``t`` of ``n/t``, from 1 to ``t``: restic reads the same packs for the same two numbers."""
    number, slash, total = text.partition("/")
    if not (slash and number.isascii() and number.isdigit() and total.isascii() and total.isdigit() and len(text) < 10):
        return None
    return (int(number), int(total)) if 1 <= int(number) <= int(total) else None


def is_check_part(text: str) -> bool:
    """Whether it is a value of ``check_part``."""
    return text in (SAMPLE, FILTERED) or part_of(text) is not None


def is_run_id(text: str) -> bool:
    """32 lower-case hexadecimal digits."""
    return len(text) == 32 and _HEX.issuperset(text)


def is_snapshot_id(text: str) -> bool:
    """8 to 64 lower-case hexadecimal digits."""
    return 8 <= len(text) <= 64 and _HEX.issuperset(text)


def is_job_name(text: str) -> bool:
    """1 to 64 of letters, digits, ``_``, ``-`` and ``.``, not beginning with ``-`` or ``.``: safe in a file's name."""
    return 1 <= len(text) <= 64 and text[0] not in "-." and _JOB_CHARACTERS.issuperset(text)


@dataclass(frozen=True, slots=True)
class Sign:
    """The newest sign of life of a run, and when *this* process saw that it was new.

    ``token`` is whatever changes with each sign: the time of the start's file in the spool, or the number of a pushed
    beat. Only whether it changed matters, so no two clocks are ever compared.
    """

    token: int
    seen_monotonic: float


def look_for_life(previous: Sign | None, token: int, monotonic: float) -> Sign:
    """The sign to remember after a look that found ``token`` at ``monotonic`` seconds of a clock that never jumps."""
    if previous is not None and previous.token == token:
        return previous
    return Sign(token, monotonic)


def is_silent(sign: Sign, monotonic: float, beat_seconds: float | None) -> bool:
    """Whether a run without an end must have died with its machine or its wrapper.

    A run that promised no beats is never silent. Judged anew at each look: a beat or the end that arrives later makes
    an earlier verdict of *crashed* wrong, and the caller says so.
    """
    if beat_seconds is None:
        return False
    return monotonic - sign.seen_monotonic > max(SILENT_SECONDS, 5 * beat_seconds)


def run_outcome(reports: Iterable[RunReport], *, silent: bool, superseded: bool = False) -> Outcome | None:
    """What is known of one run from all its reports: its outcome, or ``None`` while it works.

    An end decides, whenever it arrives. Without one a run has crashed once it is ``silent``, or, where it promised no
    beats, once a later run of the same job has started (``superseded``; jobs that may overlap have to beat).
    """
    known = list(reports)
    for report in known:
        if report.outcome is not None:
            return report.outcome
    beats = any(report.beat_seconds is not None for report in known)
    return Outcome.CRASHED if silent or (superseded and not beats) else None
