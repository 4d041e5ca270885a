"""What the state store keeps, and the changes that are written to it.

Whatever is immutable is written once; a source that did not change writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from .contents import CoverageKey, CoverageRecord, TreeContents
from .immich import DumpFile, DumpVerdict
from .repository import RepositorySize, Snapshot, TreeSize
from .runs import CheckScope, Outcome, RunReport

RUNS_KEPT = 500
"""Of each job, the newest."""

DROPPED_KEPT = 5000
"""Ids of dropped runs, of each job: a report that comes again must not make one of them new."""

STARTS_KEPT = 20
"""Of the agent, the newest: a crash loop must not fill the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A listed snapshot id that restic did not return: asked for again only after a while."""

    attempts: int
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecord:
    """How many snapshots a plan had when ``newest_id`` became its newest."""

    plan: str
    """What the plan's counts are kept under: its name, and what selects its snapshots."""
    newest_id: str
    time: datetime
    count: int
    noted: datetime | None = None
    """When they were counted, by the agent's clock; ``None`` for what versions before this wrote."""

    @property
    def since(self) -> datetime:
        """From when on the count was right."""
        return self.noted or self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Between which two successful looks a snapshot ceased to be listed."""

    after: datetime
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """An operator said that what there is now is what is meant."""

    time: datetime
    """When it was said; also tells one acceptance from another."""
    reason: str = ""
    since: datetime
    """The time of the newest snapshot or dump then: what is older is no measure any more."""
    count: int | None = None
    """How many snapshots there were; ``None`` for dumps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRequest:
    """An operator asks to take what there is now for what is usual."""

    time: datetime
    reason: str = ""
    repository: str | None = None
    """With ``plan``: whose snapshots; without either: the dumps."""
    plan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """What the last conclusive `restic check` of one scope found."""

    time: datetime
    success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRecord:
    """Everything kept of one repository, by its restic repository id."""

    snapshots: tuple[Snapshot, ...] = ()
    """All that are listed, and the newest of those that were forgotten since."""
    present: frozenset[str] = frozenset()
    """Ids of those that the last successful listing held."""
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict)
    tree_sizes: Mapping[str, TreeSize] = field(default_factory=dict)
    counts: tuple[CountRecord, ...] = ()
    """Oldest first."""
    last_poll_success: datetime | None = None
    last_open_success: datetime | None = None
    size: RepositorySize | None = None
    size_time: datetime | None = None
    checks: Mapping[CheckScope, CheckRecord] = field(default_factory=dict)
    read_parts: Mapping[str, CheckRecord] = field(default_factory=dict)
    """What checks found that read a part of the data, by ``check_part``."""
    since: datetime | None = None
    """When it was first found in the place of another repository: reports from before are about that one."""
    gone: Mapping[str, Gone] = field(default_factory=dict)
    """By id, when known snapshots ceased to be listed, where that was noted."""
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)
    """By plan, the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryChange:
    """What one poll learned. ``None`` and empty mean: as before."""

    added: tuple[Snapshot, ...] = ()
    """Snapshots never seen before; they are present."""
    gone: frozenset[str] = frozenset()
    """Known ids that are listed no more."""
    gone_when: Gone | None = None
    """When those in ``gone`` ceased to be listed."""
    back: frozenset[str] = frozenset()
    """Known ids that are listed again."""
    unreadable: Mapping[str, Unreadable] | None = None
    """The whole new set."""
    tree_sizes: Mapping[str, TreeSize] = field(default_factory=dict)
    counts: tuple[CountRecord, ...] = ()
    last_poll_success: datetime | None = None
    last_open_success: datetime | None = None
    size: RepositorySize | None = None
    size_time: datetime | None = None
    checks: Mapping[CheckScope, CheckRecord] = field(default_factory=dict)
    read_parts: Mapping[str, CheckRecord] = field(default_factory=dict)
    since: datetime | None = None
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self != RepositoryChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDump:
    """One version of one dump file (its fingerprint), and the verdict on it once there is one."""

    file: DumpFile
    first_seen: datetime
    finished: bool
    """Not named ``*.tmp`` and seen to stand still."""
    gone: bool = False
    """No longer in the folder, or replaced by another version of itself."""
    verdict: DumpVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job: everything that was reported of it, and what the agent concluded."""

    job: str
    run_id: str
    """With ``job``: the run's identity. systemd's invocation id is the same for all commands of a unit."""
    heard: datetime
    """When the agent first heard of it, by its own clock."""
    started: datetime | None = None
    """As far as it is believed: by the agent's clock where the reporter's was found to be wrong."""
    host: str | None = None
    beat_seconds: float | None = None
    """``None``: it promises no signs of life."""
    unnamed: bool = False
    """Its starter was given no run id: its end will only name the job."""
    end: RunReport | None = None
    """With the run's ``started``, ``host`` and ``beat_seconds`` in it."""
    end_heard: datetime | None = None
    noted_start: datetime | None = None
    """By the reporter's clock, where ``started`` is not: what restic noted on that host is to be compared with this."""
    noted_end: datetime | None = None
    comes_after: datetime | None = None
    """It came after a run whose ``time`` is this, whatever the clocks said."""
    crashed: bool = False
    """It was taken for dead. An end that arrives all the same goes before this."""
    snapshot_missing: bool | None = None
    """Whether it said success and no snapshot followed; ``None`` while undecided, and for what makes none."""

    @property
    def outcome(self) -> Outcome | None:
        """``None`` while it works."""
        if self.end is not None:
            return self.end.outcome
        return Outcome.CRASHED if self.crashed else None

    @property
    def ended(self) -> datetime | None:
        return self.end.ended if self.end else None

    @property
    def began(self) -> datetime | None:
        """Its start, if only by how long it took until its end."""
        if self.started is None and self.end is not None and self.ended is not None and self.end.seconds is not None:
            return self.ended - timedelta(seconds=min(self.end.seconds, 1e7))
        return self.started

    @property
    def time(self) -> datetime:
        """What the order of runs goes by: the end or, of a run without one, the last that is certain of it."""
        told = self.ended or self.started or self.heard
        return told if self.comes_after is None else max(told, self.comes_after + timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsRecord:
    """Everything kept of the runs of jobs."""

    runs: tuple[Run, ...] = ()
    """The newest :data:`RUNS_KEPT` of each job, oldest first."""
    counts: Mapping[tuple[str, Outcome], int] = field(default_factory=dict)
    """By job and outcome: how often a run was found to have it, ever. Dropping old runs leaves them as they are."""
    taken: frozenset[str] = frozenset()
    """Names of the spool's files whose reports were taken in."""
    dropped: tuple[tuple[str, str], ...] = ()
    """Job and run id of the newest :data:`DROPPED_KEPT` of each job that are kept no more, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsChange:
    """Runs to insert, or to replace by job and run id, with the counts that follow; a count never falls."""

    runs: tuple[Run, ...] = ()
    counts: Mapping[tuple[str, Outcome], int] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    """Files of the spool whose reports are in ``runs``, or are no news."""
    vanished: frozenset[str] = frozenset()
    """Files that were taken in and are in the spool no more."""

    def __bool__(self) -> bool:
        return bool(self.runs or self.counts or self.taken or self.vanished)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsRecord:
    """Everything kept of what is in snapshots, by the id of the tree, but for the missing items themselves."""

    trees: Mapping[str, TreeContents] = field(default_factory=dict)
    coverages: Mapping[CoverageKey, CoverageRecord] = field(default_factory=dict)


class Receipt(Enum):
    """What became of a report that was handed in."""

    TAKEN = "taken"
    KNOWN = "known"  # it was taken before, or is older than everything that is kept: it changes nothing
    UNDECLARED = "undeclared"  # no job of that name is declared
    NOT_KEPT = "not kept"  # it counts, but the state store could not write it down yet
