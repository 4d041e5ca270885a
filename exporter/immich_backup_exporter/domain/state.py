"""What the agent knows at one moment: an immutable picture, published by swapping one reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .contents import CoverageCounts, CoverageRecord, FolderContents
from .errors import FailureReason
from .findings import Finding
from .immich import DumpFile
from .messages import Text
from .records import Acceptance, CheckRecord
from .repository import CommandCount, Independence, RepositorySize, Snapshot
from .runs import CheckScope, Outcome
from .settings import AgentSettings, DumpSettings, JobSettings, PlanSettings, RepositorySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsFacts:
    """What the newest snapshot holds whose contents are known."""

    snapshot: Snapshot
    folders: Mapping[str, FolderContents]
    """Immich's six."""
    size_baselines: Mapping[str, float] = field(default_factory=dict)
    """By folder, and of ``originals``."""
    required: Mapping[str, bool] = field(default_factory=dict)
    missing_paths: tuple[str, ...] = ()
    dumps: int | None = 0
    dump: DumpFile | None = None
    dump_valid: bool | None = None
    dump_sentence: Text | None = None
    """What is wrong with it."""
    sentence: Text | None = None
    """What a person should know of the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFacts:
    """How the newest snapshot that was compared with a dump came out."""

    snapshot: Snapshot
    record: CoverageRecord
    counts: CoverageCounts
    assets_baseline: float | None = None
    accepted_gone: int = 0
    """How many of the originals that are gone from the live disk the user accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """What is known of one plan. Times, sizes and counts are of its selected snapshots."""

    settings: PlanSettings
    expected_since: datetime
    last_success: datetime | None = None
    """Recovery point of the newest complete backup."""
    last_success_unchanged: bool = False
    """That backup is a run that wrote no snapshot, because nothing had changed: it counts for some days only."""
    snapshots: int | None = None
    newest: Snapshot | None = None
    oldest: datetime | None = None
    size_bytes: int | None = None
    files: int | None = None
    size_delta_bytes: int | None = None
    files_delta: int | None = None
    size_baseline_bytes: float | None = None
    files_baseline: float | None = None
    snapshots_baseline: float | None = None
    sizes: tuple[int, ...] = ()
    """Known sizes of the newest snapshots, forgotten ones too, oldest first; the last is ``size_bytes``."""
    in_future: int | None = None
    hosts: int | None = None
    run_in_progress: bool | None = None
    contents: ContentsFacts | None = None
    coverage: CoverageFacts | None = None
    damaged: bool | None = None
    """Whether the newest snapshot could not be read twice, by new processes, while no prune was at work."""
    contents_unknown_since: datetime | None = None
    """Start of the first snapshot after the newest one whose contents and coverage are known, or of the newest where
    none ever were; ``None`` where the newest's are, or nothing is to be looked into."""
    inspection_sentence: Text | None = None
    """Why the newest snapshot is not known yet, or not wholly."""
    explanation: Text | None = None
    """Why it matches nothing, in a sentence."""
    accepted: Acceptance | None = None
    """The last time that the user accepted its size as normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFacts:
    """The locks that the last poll listed."""

    count: int
    oldest: datetime | None = None
    """When the lock that was not refreshed for longest was last refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What is known of one repository, and how the last look at it went."""

    settings: RepositorySettings
    backend: str
    expected_since: datetime
    up: bool | None = None
    """``None`` before this process's first poll."""
    failure: FailureReason | None = None
    failure_sentence: Text | None = None
    failure_next_step: Text | None = None
    last_poll: datetime | None = None
    last_poll_success: datetime | None = None
    last_open_success: datetime | None = None
    poll_duration_seconds: float | None = None
    polls: int = 0
    poll_failures: int = 0
    snapshots: int | None = None
    unreadable_snapshots: int | None = None
    """Listed, but not returned by restic."""
    locks: LockFacts | None = None
    size: RepositorySize | None = None
    commands: tuple[CommandCount, ...] = ()
    command_seconds: Mapping[str, float] = field(default_factory=dict)
    plans: tuple[PlanFacts, ...] = ()
    independence: Independence | None = None
    read_bytes: int = 0
    """What inspections had to read, since this process started."""
    checks: Mapping[CheckScope, CheckRecord] = field(default_factory=dict)
    """By scope: what the last conclusive `restic check` found, as reported."""

    @property
    def name(self) -> str:
        return self.settings.name


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFacts:
    """What is known of the database dumps."""

    settings: DumpSettings
    expected_since: datetime
    routine: int | None = None
    """Finished routine dumps."""
    newest: DumpFile | None = None
    postgres_version: str | None = None
    """Of the newest one, by its name, else by what it says itself."""
    size_delta_bytes: int | None = None
    size_baseline_bytes: float | None = None
    sizes: tuple[int, ...] = ()
    """Of the newest dumps of its kind, deleted ones too, oldest first; the last is the newest one's."""
    valid: bool | None = None
    """Of the newest one with a verdict."""
    last_valid: datetime | None = None
    unverified: int | None = None
    unfinished: int | None = None
    oldest_unfinished: datetime | None = None
    in_future: int | None = None
    out_of_sight: bool = False
    """The folder could not be looked at the last time: everything else is from before."""
    sentence: Text | None = None
    """What is wrong with the newest one, or why the folder cannot be looked at."""
    accepted: Acceptance | None = None
    """The last time that the user accepted their size as normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """What is known of one job, by the reports of its runs. *The last run* is the last that ended or crashed."""

    settings: JobSettings
    expected_since: datetime
    last_start: datetime | None = None
    last_end: datetime | None = None
    """The last that was reported: a crash has none."""
    last_success: datetime | None = None
    """When the last successful run ended."""
    last_exit_code: int | None = None
    last_duration_seconds: float | None = None
    durations: tuple[float, ...] = ()
    """How long the last runs took, in seconds, oldest first, where known."""
    last_unreadable_files: int | None = None
    last_outcome: Outcome | None = None
    last_success_snapshot_missing: bool | None = None
    running: bool = False
    running_since: datetime | None = None
    consecutive_failures: int = 0
    """Runs that failed or crashed since the last one that did not. Interrupted ones neither count nor clear."""
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    """Ever; outcomes without a run may be left out."""

    @property
    def name(self) -> str:
        return self.settings.name


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What the agent knows about itself."""

    version: str
    revision: str
    state_created: datetime
    state_write_failures: int = 0
    state_failing_since: datetime | None = None
    """Since when nothing could be written to the state store; ``None``: the last write succeeded."""
    starts: tuple[datetime, ...] = ()
    """When the agent was started lately, oldest first; the last is this process's own."""
    restic_version: str | None = None
    reload_successful: bool = True
    reload_success: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything, at one moment."""

    settings: AgentSettings
    agent: AgentFacts
    repositories: tuple[RepositoryFacts, ...] = ()
    upload_folders: Mapping[str, bool] | None = None
    dump: DumpFacts | None = None
    jobs: tuple[JobFacts, ...] = ()
    spool_rejected: int | None = None
    """Files in the spool that were not believed at the last look; ``None`` where there was none."""
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """What sources without facts of their own have found, by the source's name."""
    since: Mapping[str, datetime] = field(default_factory=dict)
    """When findings that are not ok began, by their ids."""
