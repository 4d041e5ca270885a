"""How people back their photos up: what is scheduled when, and how a library grows."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import AgentSettings, InspectSettings, JobKind, RepositorySettings

GB = 10**9


@dataclass(frozen=True, kw_only=True)
class Times:
    """A schedule, in local time: on every day, or on one day of the week (Monday is 0) or of the month."""

    at: tuple[time, ...]
    weekday: int | None = None
    day: int | None = None

    def on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        if self.weekday not in (None, day.weekday()) or self.day not in (None, day.day):
            return []
        return sorted({datetime.combine(day, one, zone).astimezone(UTC) for one in self.at})


def daily(*at: str) -> Times:
    return Times(at=tuple(map(time.fromisoformat, at)))


def weekly(weekday: int, at: str) -> Times:
    return Times(at=(time.fromisoformat(at),), weekday=weekday)


def monthly(day: int, at: str) -> Times:
    return Times(at=(time.fromisoformat(at),), day=day)


def hourly(minute: int) -> Times:
    return Times(at=tuple(time(hour, minute) for hour in range(24)))


@dataclass(frozen=True, kw_only=True)
class Keep:
    """What `restic forget` keeps: the newest of so many hours, days, weeks and months."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


@dataclass(frozen=True, kw_only=True)
class Task:
    """A scheduled command. ``job``: under which name it reports its runs, if it does."""

    kind: JobKind
    repository: str
    times: Times
    minutes: tuple[float, float]
    """How long it takes, at least and at most."""
    plan: str | None = None
    job: str | None = None
    source: str | None = None
    """Of a copy: the repository that it copies from."""
    keep: Keep | None = None
    scope: CheckScope = CheckScope.STRUCTURE
    skips_unchanged: bool = False
    unreadable: tuple[float, int] = (0.0, 0)
    """In which share of its runs at most how many files vanish while they are read."""
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("/srv/immich",)
    part: str = "library"
    """What it backs up: the ``library`` or the ``database`` only."""


@dataclass(frozen=True, kw_only=True)
class DumpHabit:
    """Immich's own dumps, and how many it keeps."""

    times: Times
    keep: int = 14
    minutes: tuple[float, float] = (2, 6)
    size_bytes: int = 200_000_000


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A library, and what becomes of it in a year."""

    size_bytes: int = 300 * GB
    files: int = 80_000
    daily_bytes: int = 150_000_000
    daily_files: int = 40
    quiet_weeks: int = 6
    """Weeks without a new photo."""
    imports: tuple[float, ...] = ()
    """At random days the library grows to so much of its size at once."""
    trashes: int = 2
    """How often up to a tenth of it is deleted."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the agent reads one repository."""

    backend: str = "local"
    lock_times: bool = True
    summaries: bool = True
    list_seconds: float = 0.0
    outage_minutes: int = 40
    """The longest of the short outages that are no trouble."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """An installation: what is declared, what happens by schedule, and how the library grows."""

    name: str
    about: str
    settings: AgentSettings
    tasks: tuple[Task, ...]
    reports: str = "none"
    """How runs are reported: by the wrapper's ``spool``, by two ``http`` calls, by a ``record`` of their end."""
    dump: DumpHabit | None = DumpHabit(times=daily("02:00"))
    growth: Growth = Growth()
    ways: dict[str, Way] = field(default_factory=dict)
    zone: str = "Europe/Berlin"
    history_days: int = 120
    """How long it was backed up before the agent came."""
    same_machine: bool = True
    """Repository and agent restart together."""
    restarts: int = 40
    holidays: tuple[tuple[date, date], ...] = ()
    """Times in which nothing runs, declared as pauses."""
    long_backup: tuple[date, float] | None = None
    """A day on which a backup takes so many hours."""
    renames: tuple[tuple[date, str], ...] = ()
    """From which days on the machine has another name."""
    strangers: tuple[Task, ...] = ()
    """Another machine's backups into the same repository; no plan takes them."""
    keeps_fewer_dumps_from: date | None = None
    moves_files_on: date | None = None
    """The day on which the storage template is turned on: every file gets another name."""


def repository(name: str, **fields: object) -> RepositorySettings:
    """A declared repository. What is in snapshots is not simulated, so nobody looks into them."""
    access = RepositoryAccess(name=name, url=f"/backups/{name}", password="unused")
    inspect = InspectSettings(enabled=False)
    values = {"access": access, "poll_interval": timedelta(minutes=5), "inspect": inspect, **fields}
    return RepositorySettings(**values)  # type: ignore[arg-type]
