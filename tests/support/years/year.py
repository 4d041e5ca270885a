"""A year as it is meant to be: every run, dump and small mishap, drawn from a seed before anything happens."""

import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from immich_backup_exporter.domain.settings import JobKind

from . import mishaps
from .habits import Style, Task

if TYPE_CHECKING:
    from .site import Site

Do = Callable[["Site"], Awaitable[None] | None]

FIRST_DAY = date(2025, 1, 1)
DAYS = 365


@dataclass(eq=False)
class Run:
    """One execution of a task. A fault changes what is written here."""

    task: Task
    start: datetime
    seconds: float
    host: str
    version: str
    stranger: bool = False
    exit_code: int = 0
    unreadable: int = 0
    snapshot: bool = True
    """Whether it leaves one."""
    size_of_usual: float | None = None
    """Its snapshot has so much of the median size of the 14 before it; ``None``: what the library has."""
    files_of_usual: float | None = None
    ahead: timedelta = timedelta(0)
    """By how much its machine's clock is wrong."""
    reported: bool = True
    dies_after: float | None = None
    """After so many seconds it is killed together with whoever would report it."""
    leaves_lock: bool = False
    silent: tuple[float, float] | None = None
    """After how many seconds it gives no sign of life, and for how many."""
    damaged: bool = False
    """A check finds damage."""

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


@dataclass(eq=False)
class DumpRun:
    """One dump that Immich makes."""

    start: datetime
    seconds: float
    size_bytes: int
    keep: int
    whole: bool = True
    size_of_usual: float | None = None
    dies_after: float | None = None
    """After so many seconds it stops, and its `.tmp` stays."""


@dataclass(eq=False)
class Deed:
    """Something that happens at a moment, and what ends it."""

    at: datetime
    do: Do
    until: datetime
    undo: Do | None = None


@dataclass
class Library:
    """How large the library is at any time."""

    times: list[datetime] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def at(self, moment: datetime) -> tuple[int, int]:
        """Bytes and files."""
        return self.sizes[max(0, bisect_right(self.times, moment) - 1)]


@dataclass
class Year:
    """Everything that will happen to one installation."""

    style: Style
    seed: int
    began: datetime
    """When the installation began to be backed up."""
    start: datetime
    """When the agent was set up."""
    end: datetime
    library: Library
    runs: list[Run] = field(default_factory=list)
    dumps: list[DumpRun] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def do(self, at: datetime, do: Do) -> None:
        """Let something happen."""
        self.deeds.append(Deed(at, do, at))

    def during(self, at: datetime, length: timedelta, do: Do, undo: Do) -> None:
        """Let something be so for a while."""
        self.deeds.append(Deed(at, do, at + length, undo))

    def calm(self, since: datetime, until: datetime) -> None:
        """Let no mishap happen between two moments."""
        self.deeds = [deed for deed in self.deeds if deed.until < since or until < deed.at]

    def runs_of(self, task: Task) -> list[Run]:
        return [run for run in self.runs if run.task is task]

    def is_busy(self, since: datetime, until: datetime) -> bool:
        """Whether anything is at work between two moments."""
        working: list[Run | DumpRun] = [*self.runs, *self.dumps]
        return any(one.start <= until and since <= one.start + timedelta(seconds=one.seconds) for one in working)

    def moment(self, randomness: random.Random, since: datetime, until: datetime) -> datetime:
        return since + timedelta(seconds=int(randomness.random() * (until - since).total_seconds()))

    def idle_moment(self, randomness: random.Random, since: datetime, until: datetime, minutes: float) -> datetime:
        """A moment around which nothing is at work for so many minutes."""
        for _ in range(1000):
            moment = self.moment(randomness, since, until)
            if not self.is_busy(moment - timedelta(minutes=5), moment + timedelta(minutes=minutes)):
                return moment
        raise AssertionError(f"{self.style.name} never rests for {minutes} minutes")


def healthy_year(style: Style, seed: int, days: int = DAYS) -> Year:
    """The same for the same arguments, whatever else was drawn before."""
    randomness = random.Random(f"{style.name}/{seed}")
    zone = ZoneInfo(style.zone)
    start = _midnight(FIRST_DAY, zone) + timedelta(hours=randomness.uniform(8, 20))
    first = FIRST_DAY - timedelta(days=style.history_days)
    year = Year(
        style=style,
        seed=seed,
        began=min(start, _midnight(first, zone)),
        start=start,
        end=_midnight(FIRST_DAY + timedelta(days=days), zone),
        library=_library(style, randomness, first, zone),
    )
    for day in (first + timedelta(days=number) for number in range(style.history_days + days)):
        year.runs += _runs(style, randomness, day, zone, year.began)
        year.dumps += _dumps(style, randomness, day, zone, year)
    _stretch(style, year)
    mishaps.add(year, randomness)
    return year


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _runs(style: Style, randomness: random.Random, day: date, zone: ZoneInfo, began: datetime) -> Iterator[Run]:
    host = next((name for since, name in reversed(style.renames) if day >= since), "photos")
    version = f"restic 0.{16 + (day - date(2024, 9, 1)).days // 120}.0"
    away = any(since <= day < until for since, until in style.holidays)
    for stranger, tasks in ((False, style.tasks), (True, style.strangers)):
        for task in tasks:
            for start in task.times.on(day, zone):
                seconds = 60 * randomness.uniform(*task.minutes)
                late = timedelta(seconds=randomness.randrange(20))
                vanishing, most = task.unreadable
                unreadable = randomness.randint(1, most) if randomness.random() < vanishing else 0
                run = Run(
                    task=task,
                    start=start + late,
                    seconds=seconds,
                    host="desk" if stranger else host,
                    version=version,
                    stranger=stranger,
                    exit_code=3 if unreadable else 0,
                    unreadable=unreadable,
                )
                if start >= began and (stranger or not away):
                    yield run


def _dumps(style: Style, randomness: random.Random, day: date, zone: ZoneInfo, year: Year) -> Iterator[DumpRun]:
    habit = style.dump
    if habit is None:
        return
    fewer = style.keeps_fewer_dumps_from
    keep = 5 if fewer is not None and day >= fewer else habit.keep
    for start in habit.times.on(day, zone):
        _, files = year.library.at(start)
        size = habit.size_bytes * files / style.growth.files * randomness.uniform(0.97, 1.03)
        if start >= year.began:
            yield DumpRun(start=start, seconds=60 * randomness.uniform(*habit.minutes), size_bytes=int(size), keep=keep)


def _stretch(style: Style, year: Year) -> None:
    """The one backup that takes hours."""
    if style.long_backup is None:
        return
    day, hours = style.long_backup
    zone = ZoneInfo(style.zone)
    first = next(
        run
        for run in year.runs
        if run.task.kind is JobKind.BACKUP and not run.stranger and run.start >= _midnight(day, zone)
    )
    first.seconds = hours * 3600
    year.runs = [
        run
        for run in year.runs
        if run is first or run.task.repository != first.task.repository or not first.start <= run.start <= first.end
    ]


def _library(style: Style, randomness: random.Random, first: date, zone: ZoneInfo) -> Library:
    """One size a day, from the first day to the last."""
    growth = style.growth
    days = (FIRST_DAY - first).days + DAYS
    weeks = range(0, DAYS - 14, 7)
    quiet = set(randomness.sample(weeks, growth.quiet_weeks // 2 * 2)) if growth.quiet_weeks else set()
    quiet_days = {week + day for week in quiet for day in range(14)}
    imports = dict(zip(randomness.sample(range(20, DAYS), len(growth.imports)), growth.imports, strict=True))
    trashes = set(randomness.sample(range(20, DAYS), growth.trashes))
    size, files = float(growth.size_bytes), float(growth.files)
    library = Library()
    for number in range(days):
        day = number - (FIRST_DAY - first).days
        if day not in quiet_days:
            much = randomness.expovariate(1.0)
            size += growth.daily_bytes * much
            files += growth.daily_files * much
        if day in imports:
            size, files = size * imports[day], files * imports[day]
        if day in trashes:
            rest = 1 - randomness.uniform(0.02, 0.1)
            size, files = size * rest, files * rest
        library.times.append(_midnight(first + timedelta(days=number), zone))
        library.sizes.append((int(size), int(files)))
    return library
