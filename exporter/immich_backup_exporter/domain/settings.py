"""What was declared: the plain, frozen form of the configuration that everything below it works with."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from .messages import Text
from .repository import RepositoryAccess

PARTS: tuple[str, ...] = ("originals", "database")
"""What a plan can be meant to protect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """A named selection of one repository's snapshots, and what is expected of it."""

    name: str
    host: str | None = None
    tags: tuple[str, ...] = ()
    """All of them must be on the snapshot."""
    paths: tuple[str, ...] = ()
    """All of them must be among the snapshot's paths, as with ``restic snapshots --path``."""
    backed_up_as: str | None = None
    """The upload location as this plan's snapshots see it."""
    holds: tuple[str, ...] = PARTS
    max_age: timedelta = timedelta(hours=26)
    min_size_ratio: float = 0.8
    min_history: timedelta | None = None
    max_unreadable_files: int = 0
    """How many files a partial run may have left out for its snapshot to count as complete."""
    max_missing_assets: int = 0
    dump_max_age: timedelta | None = None
    """How old the dump in a snapshot may have been when that was made; ``None``: dumps are not watched."""
    required_folders: tuple[str, ...] | None = None
    """``None``: those that hold files."""
    required_paths: tuple[str, ...] = ()
    holds_external: bool = False
    """External libraries of Immich are declared to be in it, be it beside the rest or alone."""
    pair_with: tuple[str, str] | None = None
    """Repository and plan that hold the other part."""
    paused_until: datetime | None = None
    ignore_snapshots: tuple[str, ...] = ()
    """Ids, or beginnings of at least eight digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectSettings:
    """Looking into the newest snapshots of a repository."""

    enabled: bool = True
    max_lag: timedelta = timedelta(hours=26)
    max_bytes_per_day: int = 10 * 2**30
    hours: tuple[time, time] | None = None
    """From when to when it may be looked into, in Immich's zone; the end may lie on the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalMapping:
    """Where an external library of Immich is backed up."""

    container: str
    """As Immich sees it."""
    backed_up_as: str
    """As the plan's snapshots see it."""
    plan: str | None = None
    """``PLAN`` or ``REPOSITORY/PLAN``; ``None``: every plan that is looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSettings:
    """What is needed to understand what a snapshot holds, whether or not the agent sees the upload location."""

    timezone: str | None = None
    """IANA name of the zone of the times in dump names; ``None``: the system's."""
    also: tuple[str, ...] = ()
    """Glob patterns of dumps that something else makes, below the upload location or absolute."""
    external: tuple[ExternalMapping, ...] = ()
    external_ignored: bool = False
    """Said so, not only left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """One repository, how often to look at it and what is expected of it."""

    access: RepositoryAccess
    poll_interval: timedelta
    unreachable_after: timedelta = timedelta(hours=1)
    offsite: bool = False
    check_max_age: timedelta | None = None
    stats_interval: timedelta | None = timedelta(days=1)
    """How often to ask restic what the repository stores, at most; ``None``: never."""
    inspect: InspectSettings = InspectSettings()
    plans: tuple[PlanSettings, ...] = ()

    @property
    def name(self) -> str:
        return self.access.name


class JobKind(StrEnum):
    """What a job does."""

    BACKUP = "backup"
    CHECK = "check"
    COPY = "copy"
    FORGET = "forget"
    PRUNE = "prune"
    DRILL = "drill"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """A scheduled command that reports its runs, and what is expected of it."""

    name: str
    kind: JobKind
    repository: str | None = None
    """The short name of the repository that it works on."""
    plan: str | None = None
    """The plan of that repository that it works for."""
    max_age: timedelta | None = None
    """How long ago its last end may be; ``None``: nothing is expected."""
    max_duration: timedelta | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """The token that pushed run reports have to bring. At most one of the two is set; with none, none are taken."""

    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    """Read whenever a report comes, so that the token can be changed without a reload."""

    @property
    def enabled(self) -> bool:
        return self.token is not None or self.token_file is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpSettings:
    """What is expected of the database dumps."""

    folder: str
    """Immich's folder ``backups`` as this agent sees it."""
    upload_location: str
    timezone: str | None = None
    """IANA name of the zone of the times in dump names; ``None``: the system's."""
    also: tuple[str, ...] = ()
    """Glob patterns of dumps that something else makes, below the upload location or absolute."""
    max_age: timedelta = timedelta(hours=26)
    min_size_ratio: float = 0.5
    poll_interval: timedelta = timedelta(minutes=5)
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Everything that was declared, validated."""

    repositories: tuple[RepositorySettings, ...] = ()
    upload_location: str | None = None
    contents: ContentSettings = ContentSettings()
    dump: DumpSettings | None = None
    """``None``: dumps are not watched (no upload location, or turned off)."""
    jobs: tuple[JobSettings, ...] = ()
    push: PushSettings = PushSettings()
    offsite_required: bool = False
    state_dir: str = ""
    cache_dir: str = ""
    spool_dir: str = ""
    """Where runs on this machine leave their reports."""
    restic: str = "restic"
    """The program: a name on PATH or a path."""
    warnings: tuple[Text, ...] = field(default_factory=tuple)
    """Sentences that a person should read at start."""
