"""What can go wrong with a year: one fault of one kind and of a random size, and what the rules must make of it.

To add a kind: write a function that changes a :class:`Scene`'s year and says what has to fire, and add it to
:data:`KINDS`. A fault is *harmful* where a rule has to find it, and *harmless* where its size lies on the other side of
what is allowed, and every rule has to stay silent.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.immich import FOLDERS, DumpKind
from immich_backup_exporter.domain.settings import (
    AgentSettings,
    JobKind,
    JobSettings,
    PlanSettings,
    RepositorySettings,
)

from .habits import Style, Task
from .habits import repository as declared_repository
from .mishaps import outage, put_dump, restart
from .site import Site
from .year import DumpRun, Run, Year

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

SLACK = 4 * MINUTE
"""A scrape, an evaluation, and what a poll itself takes."""

Alert = tuple[str, str]
"""Name and severity."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """An alert that has to fire: not before its condition holds, and soon after."""

    alert: str
    severity: str
    since: datetime
    by: datetime


@dataclass(kw_only=True)
class Fault:
    """What was done to a year, and what has to come of it."""

    moment: datetime
    """When it went wrong."""
    over: datetime
    """When all is well again."""
    size: str
    due: list[Due] = field(default_factory=list)
    also: set[Alert] = field(default_factory=set)
    """What may fire too, since it is just as true."""
    blind: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """When the agent could not see a repository: what was backed up meanwhile is not known until later."""
    lasting: bool = False
    """It is not mended: what fires may go on."""


@dataclass
class Scene:
    """A healthy year in which something is about to go wrong, and chance."""

    year: Year
    chance: random.Random
    harmful: bool
    earliest: datetime
    latest: datetime

    @property
    def style(self) -> Style:
        return self.year.style

    def moment(self) -> datetime:
        """Any time, but not near a holiday: what is paused is another matter."""
        for _ in range(1000):
            moment = self.year.moment(self.chance, self.earliest, self.latest)
            if not any(
                since - timedelta(days=4) <= moment.date() <= until + timedelta(days=4)
                for since, until in self.style.holidays
            ):
                return moment
        raise AssertionError("it is always holiday")

    def idle(self, length: timedelta) -> datetime:
        """A moment from which on nothing is at work for so long."""
        for _ in range(2000):
            moment = self.moment()
            if not self.year.is_busy(moment - 5 * MINUTE, moment + length):
                return moment
        raise AssertionError(f"{self.style.name} never rests for {length}")

    def minutes(self, least: float, most: float) -> timedelta:
        return timedelta(seconds=int(60 * self.chance.uniform(least, most)))

    def any_repository(self) -> RepositorySettings:
        return self.chance.choice(self.style.settings.repositories)

    def repository(self, name: str) -> RepositorySettings:
        return next(one for one in self.style.settings.repositories if one.name == name)

    def task(self, *kinds: JobKind, reported: bool = False) -> Task:
        found = [one for one in self.style.tasks if one.kind in kinds and (one.job is not None or not reported)]
        return self.chance.choice(found)

    def plan(self, task: Task) -> PlanSettings:
        return next(one for one in self.repository(task.repository).plans if one.name == task.plan)

    def job(self, task: Task) -> JobSettings:
        return next(one for one in self.style.settings.jobs if one.name == task.job)

    def look(self, task: Task) -> timedelta:
        """How long it takes until the agent has seen what a task did."""
        return self.repository(task.repository).poll_interval + SLACK

    def run_after(self, task: Task, moment: datetime) -> Run:
        return next(run for run in self.year.runs if run.task is task and run.start >= moment)

    def runs_after(self, task: Task, moment: datetime) -> list[Run]:
        return [run for run in self.year.runs if run.task is task and run.start >= moment]

    def drop(self, *runs: Run) -> None:
        self.year.runs = [run for run in self.year.runs if run not in runs]

    def clear(self, run: Run) -> None:
        """Let nothing else work on the repository while this run does: its own task leaves out, others wait."""
        for other in list(self.year.runs):
            same = other.task.repository == run.task.repository and not other.stranger and other is not run
            if not same or run.end < other.start or other.end < run.start:
                continue
            if other.task is run.task:
                self.drop(other)
            else:
                other.start = run.end + 5 * MINUTE

    def dump_after(self, moment: datetime) -> DumpRun:
        return next(dump for dump in self.year.dumps if dump.start >= moment)


def _hours(length: timedelta) -> str:
    minutes = length / MINUTE
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 72 * 60 else f"{minutes / 1440:.1f} d"


# --- the agent


def exporter_down(scene: Scene) -> Fault:
    """The agent's process is gone."""
    longest = 60 if scene.style.reports in ("http", "record") else 600
    length = scene.minutes(13, longest) if scene.harmful else scene.minutes(1, 8)
    moment = scene.idle(min(length, HOUR))
    scene.year.calm(moment - HOUR, moment + length + HOUR)
    restart(scene.year, moment, length, clean=scene.chance.random() < 0.5)
    due = [Due(alert="ExporterDown", severity="critical", since=moment, by=moment + 10 * MINUTE + SLACK)]
    return Fault(moment=moment, over=moment + length, size=_hours(length), due=due if scene.harmful else [])


def exporter_vanished(scene: Scene) -> Fault:
    """The agent runs, but Prometheus does not know of it any more."""
    length = scene.minutes(16, 900) if scene.harmful else scene.minutes(1, 6)
    moment = scene.moment()
    scene.year.calm(moment - HOUR, moment + length + HOUR)
    scene.year.during(moment, length, lambda site: site.recorder.vanish(), lambda site: site.answer())
    due = [Due(alert="ExporterDown", severity="critical", since=moment, by=moment + 15 * MINUTE + SLACK)]
    return Fault(moment=moment, over=moment + length, size=_hours(length), due=due if scene.harmful else [])


def poll_stalled(scene: Scene) -> Fault:
    """A look at a repository does not come back."""
    repository = scene.any_repository()
    interval, patience = repository.poll_interval, repository.unreachable_after
    limit = 5 * interval + 15 * MINUTE
    length = limit + interval + scene.minutes(10, 600) if scene.harmful else scene.minutes(1, interval / MINUTE)
    moment = scene.moment()
    scene.year.calm(moment - HOUR, moment + length + HOUR)

    def hang(site: Site) -> None:
        site.repositories[repository.name].hangs_until = moment + length

    scene.year.do(moment, hang)
    fault = Fault(
        moment=moment, over=moment + length, size=_hours(length), blind={repository.name: (moment, moment + length)}
    )
    if scene.harmful:
        begins = moment - interval
        fault.due = [
            Due(alert="PollStalled", severity="critical", since=begins, by=moment + 6 * interval + 15 * MINUTE + SLACK)
        ]
        if length + interval > patience:
            fault.also |= {("RepositoryUnreachable", "warning"), ("RepositoryUnreachable", "critical")}
            fault.also |= {("NeverSucceeded", "critical")}
    return fault


def clock_skew(scene: Scene) -> Fault:
    """The agent's clock is wrong."""
    seconds = scene.chance.uniform(135, 540) if scene.harmful else scene.chance.uniform(5, 105)
    sign = scene.chance.choice((1, -1))
    length = scene.minutes(30, 2 * 1440)
    moment = scene.moment()
    scene.year.during(moment, length, lambda site: site.set_clock(sign * seconds), lambda site: site.set_clock(0.0))
    due = [Due(alert="ClockSkew", severity="warning", since=moment, by=moment + 10 * MINUTE + SLACK)]
    return Fault(moment=moment, over=moment + length, size=f"{sign * seconds:+.0f} s", due=due if scene.harmful else [])


def reload_refused(scene: Scene) -> Fault:
    """A new configuration is wrong."""
    length = scene.minutes(10, 2 * 1440) if scene.harmful else scene.minutes(0.5, 3)
    moment = scene.moment()
    scene.year.calm(moment - HOUR, moment + length + HOUR)

    def refuse(site: Site, refused: bool) -> None:
        if site.agent is not None:
            site.agent.refuse(refused)

    scene.year.during(moment, length, lambda site: refuse(site, True), lambda site: refuse(site, False))
    due = [Due(alert="ConfigReloadFailed", severity="warning", since=moment, by=moment + 5 * MINUTE + SLACK)]
    return Fault(moment=moment, over=moment + length, size=_hours(length), due=due if scene.harmful else [])


def state_not_writable(scene: Scene) -> Fault:
    """The disk with the agent's state is full."""
    task = scene.task(JobKind.BACKUP)
    run = scene.run_after(task, scene.moment())
    moment = run.end - 10 * MINUTE if scene.harmful else run.end - MINUTE
    length = scene.minutes(60, 2 * 1440) if scene.harmful else scene.minutes(1.5, 3.5)
    scene.year.calm(moment - HOUR, moment + length + HOUR)

    def fill(site: Site, full: bool) -> None:
        if site.agent is not None:
            site.agent.fill_disk(full)

    scene.year.during(moment, length, lambda site: fill(site, True), lambda site: fill(site, False))
    by = run.end + scene.look(task) + 5 * MINUTE + 15 * MINUTE + SLACK
    due = [Due(alert="StateNotWritable", severity="warning", since=moment, by=by)]
    return Fault(moment=moment, over=moment + length, size=_hours(length), due=due if scene.harmful else [])


def exporter_restarting(scene: Scene) -> Fault:
    """The agent dies again and again."""
    number, pause = scene.chance.randint(4, 9), scene.minutes(4, 17)
    if not scene.harmful:
        number, pause = scene.chance.choice(((2, pause), (3, pause), (number, scene.minutes(22, 60))))
    moment = scene.moment()
    over = moment + pause * number
    scene.year.calm(moment - 2 * HOUR, over + 2 * HOUR)
    for index in range(number):
        restart(scene.year, moment + pause * index, scene.minutes(0.2, 1.5), clean=False)
    fourth = moment + 3 * pause
    due = [Due(alert="ExporterRestarting", severity="warning", since=fourth, by=fourth + SLACK)]
    size = f"{number} times, every {_hours(pause)}"
    return Fault(moment=moment, over=over, size=size, due=due if scene.harmful else [])


# --- repositories


def unreachable(scene: Scene) -> Fault:
    """A repository is away."""
    repository = scene.any_repository()
    interval, patience = repository.poll_interval, repository.unreachable_after
    reason = scene.chance.choice(
        (
            FailureReason.UNREACHABLE,
            FailureReason.TIMEOUT,
            FailureReason.PROTOCOL,
            FailureReason.DAMAGED,
            FailureReason.RESTIC_MISSING,
            FailureReason.UNKNOWN,
        )
    )
    most = max(1.0, (patience - 2 * interval) / MINUTE)
    length = (
        patience + 15 * MINUTE + patience * min(8.0, scene.chance.expovariate(0.6))
        if scene.harmful
        else scene.minutes(most / 2, most)
    )
    moment = scene.moment()
    outage(scene.year, repository.name, moment, length, reason)
    over = moment + length
    fault = Fault(
        moment=moment,
        over=over + interval,
        size=f"{reason.value}, {_hours(length)} of {_hours(patience)}",
        blind={repository.name: (moment - interval, over + interval)},
    )
    if scene.harmful:
        late = moment + patience + 5 * MINUTE + SLACK
        fault.due.append(
            Due(alert="RepositoryUnreachable", severity="warning", since=moment - interval + patience, by=late)
        )
        if length > 2 * patience + 10 * MINUTE:
            fault.due.append(
                Due(
                    alert="RepositoryUnreachable",
                    severity="critical",
                    since=moment - interval + 2 * patience,
                    by=late + patience,
                )
            )
        fault.also = {("RepositoryUnreachable", "critical")}
    return fault


def access_denied(scene: Scene) -> Fault:
    """The agent may not read a repository any more."""
    repository = scene.any_repository()
    interval, patience = repository.poll_interval, repository.unreachable_after
    reasons = (
        FailureReason.WRONG_PASSWORD,
        FailureReason.UNAUTHORIZED,
        FailureReason.PERMISSION,
        FailureReason.NOT_FOUND,
    )
    reason = scene.chance.choice(reasons if scene.harmful else reasons[1:])
    moment = scene.moment()
    wait = 2 * interval + 5 * MINUTE + interval
    if reason is FailureReason.NOT_FOUND and patience > HOUR:
        wait = patience + 15 * MINUTE
    if reason is FailureReason.WRONG_PASSWORD:
        wait += DAY  # until restic has to open it, once a day
    length = wait + scene.minutes(20, 600) if scene.harmful else scene.minutes(0.5, 4)

    if reason is FailureReason.WRONG_PASSWORD:

        def shut(site: Site, why: FailureReason | None) -> None:
            site.repositories[repository.name].shut = why

        scene.year.during(moment, length, lambda site: shut(site, reason), lambda site: shut(site, None))
    else:
        outage(scene.year, repository.name, moment, length, reason)
    over = moment + length
    fault = Fault(
        moment=moment,
        over=over + 20 * MINUTE + interval,
        size=f"{reason.value}, {_hours(length)}",
        blind={repository.name: (moment - interval, over + 20 * MINUTE + interval)},
    )
    if scene.harmful:
        fault.due = [
            Due(alert="RepositoryAccessDenied", severity="critical", since=moment - interval, by=moment + wait + SLACK)
        ]
    return fault


def lock_stale(scene: Scene) -> Fault:
    """A lock stays whose owner is dead."""
    repository = scene.any_repository()
    interval = repository.poll_interval
    told = scene.style.ways[repository.name].lock_times
    late = 30 * MINUTE + 5 * MINUTE + (2 if told else 3) * interval
    length = late + scene.minutes(15, 4000) if scene.harmful else scene.minutes(5, 28)
    moment = scene.moment()
    scene.year.do(moment, lambda site: site.hold(repository.name, length, dead=True))
    due = [Due(alert="RepositoryLockStale", severity="warning", since=moment + 29 * MINUTE, by=moment + late + SLACK)]
    over = moment + length + interval
    return Fault(moment=moment, over=over, size=_hours(length), due=due if scene.harmful else [])


def check_failed(scene: Scene) -> Fault:
    """`restic check` finds damage, or could not lock the repository."""
    task = scene.task(JobKind.CHECK, reported=True)
    run = scene.run_after(task, scene.moment())
    run.exit_code, run.damaged = (1, True) if scene.harmful else (11, False)
    again = replace(run, start=run.end + scene.minutes(60, 3000), exit_code=0, damaged=False)
    scene.year.runs.append(again)
    by = run.end + 5 * MINUTE + SLACK
    fault = Fault(moment=run.end, over=again.end, size="damage" if scene.harmful else "could not lock")
    fault.also = {("JobFailed", "critical")}
    if scene.harmful:
        fault.due = [Due(alert="RepositoryCheckFailed", severity="critical", since=run.end, by=by)]
    return fault


def check_overdue(scene: Scene) -> Fault:
    """`restic check` does not run any more."""
    task = scene.task(JobKind.CHECK, reported=True)
    limit = scene.repository(task.repository).check_max_age
    assert limit is not None
    moment = scene.moment()
    last = [run for run in scene.year.runs_of(task) if run.end < moment][-1]
    following = scene.runs_after(task, moment)
    missed = scene.chance.randint(1, 2)
    again = following[missed] if scene.harmful else following[0]
    scene.drop(*following[: missed if scene.harmful else 0])
    if not scene.harmful:
        again.start = last.end + limit - scene.minutes(60, 600) - timedelta(seconds=again.seconds)
    due_at = last.end + limit
    fault = Fault(moment=following[0].start, over=again.end, size=f"{_hours(again.end - last.end)} of {_hours(limit)}")
    if scene.harmful:
        by = due_at + 5 * MINUTE + SLACK
        fault.due = [Due(alert="RepositoryCheckOverdue", severity="warning", since=due_at, by=by)]
        fault.also = {("JobOverdue", "warning")}
    return fault


def no_offsite(scene: Scene) -> Fault:
    """No repository is marked as off-site any more, though one is asked for."""
    moment, length = scene.moment(), scene.minutes(30, 3000)

    def change(offsite: bool, required: bool) -> Callable[[AgentSettings], AgentSettings]:
        def changed(settings: AgentSettings) -> AgentSettings:
            repositories = tuple(
                replace(one, offsite=offsite) if one.name == "away" else one for one in settings.repositories
            )
            return replace(settings, repositories=repositories, offsite_required=required)

        return changed

    required = scene.harmful
    scene.year.during(
        moment,
        length,
        lambda site: site.declare(change(False, required)),
        lambda site: site.declare(change(True, True)),
    )
    due = [Due(alert="NoOffsiteCopy", severity="info", since=moment, by=moment + 15 * MINUTE + SLACK)]
    return Fault(
        moment=moment,
        over=moment + length,
        size="required" if required else "not required",
        due=due if scene.harmful else [],
    )


# --- plans


def never_succeeded(scene: Scene) -> Fault:
    """Another repository is declared, and the first backup into it is a long time coming."""
    limit = scene.chance.choice((3 * HOUR, 26 * HOUR, 4 * DAY))
    moment = scene.moment()
    length = limit + scene.minutes(30, 2000) if scene.harmful else limit * scene.chance.uniform(0.1, 0.8)
    model = scene.task(JobKind.BACKUP)
    task = replace(model, repository="new", plan="new", job=None, skips_unchanged=False)
    shape = scene.run_after(model, moment)
    first = replace(shape, task=task, start=moment + length - timedelta(seconds=600), seconds=600.0, reported=False)
    scene.year.runs.append(first)
    scene.year.runs += [
        replace(first, start=first.start + limit * 0.9 * number) for number in range(1, 1 + int(DAY * 20 / limit))
    ]
    plan = replace(scene.plan(model), name="new", max_age=limit, min_history=None, tags=task.tags)

    async def declare(site: Site) -> None:
        site.add_repository("new")
        declared = declared_repository("new", plans=(plan,))
        await site.declare(lambda settings: replace(settings, repositories=(*settings.repositories, declared)))

    scene.year.do(moment, declare)
    due = [
        Due(alert="NeverSucceeded", severity="critical", since=moment + limit, by=moment + limit + 15 * MINUTE + SLACK)
    ]
    return Fault(
        moment=moment,
        over=moment + length + 10 * MINUTE,
        size=f"{_hours(length)} of {_hours(limit)}",
        due=due if scene.harmful else [],
    )


def stale(scene: Scene) -> Fault:
    """Backups do not run any more, for a while."""
    task = scene.task(JobKind.BACKUP)
    plan = scene.plan(task)
    runs = scene.runs_after(task, scene.moment())
    last = runs[0]
    if scene.harmful:
        longest = scene.chance.uniform(1.05, 4) * plan.max_age + 40 * MINUTE
        missed = next(index for index, run in enumerate(runs) if index and run.start - last.start > longest)
        scene.drop(*runs[1:missed])
        again = runs[missed]
    else:
        again = runs[1]
        slack = plan.max_age - (again.end - last.start) - 12 * MINUTE
        again.start += slack * scene.chance.uniform(0, 1) if slack > timedelta(0) else timedelta(0)
    gap = again.start - last.start
    fault = Fault(
        moment=runs[1].start, over=again.end + scene.look(task), size=f"{_hours(gap)} of {_hours(plan.max_age)}"
    )
    fault.also = {("JobOverdue", "warning")} if scene.style.name == "offsite" else set()
    if scene.harmful:
        for severity, factor in (("warning", 1), ("critical", 2)):
            since = last.start + factor * plan.max_age
            if since + 40 * MINUTE < again.start:
                fault.due.append(Due(alert="Stale", severity=severity, since=since, by=since + 15 * MINUTE + SLACK))
    return fault


def snapshots_vanished(scene: Scene) -> Fault:
    """Somebody deletes snapshots."""
    task = scene.task(JobKind.BACKUP)
    repository = scene.repository(task.repository)
    share = scene.chance.uniform(0.02, 0.35) if scene.harmful else scene.chance.uniform(0.75, 0.98)
    moment = scene.idle(30 * MINUTE)
    scene.year.calm(moment - HOUR, moment + HOUR)
    seed = scene.chance.random()

    def delete(site: Site) -> None:
        there = site.repositories[repository.name]
        own = sorted(
            (one for one in there.snapshots_by_id.values() if one.paths == task.paths and one.tags == task.tags),
            key=lambda one: one.time,
        )
        spare = own[1:-1]
        number = min(len(spare), round(len(own) * (1 - share)))
        there.remove([one.id for one in random.Random(seed).sample(spare, number)])

    scene.year.do(moment, delete)
    due = [
        Due(
            alert="SnapshotsVanished",
            severity="critical",
            since=moment,
            by=moment + scene.look(task) + 5 * MINUTE,
        )
    ]
    return Fault(
        moment=moment,
        over=moment + DAY,
        size=f"{share:.0%} left",
        due=due if scene.harmful else [],
        lasting=True,
    )


def suspiciously_small(scene: Scene) -> Fault:
    """Backups hold less than usual."""
    task = scene.task(JobKind.BACKUP)
    ratio = scene.plan(task).min_size_ratio
    share = (
        scene.chance.choice((0.0, scene.chance.uniform(0.001, ratio - 0.02)))
        if scene.harmful
        else scene.chance.uniform(ratio + 0.02, 1.1)
    )
    runs = scene.runs_after(task, scene.moment())
    number = scene.chance.randint(1, 3)
    what = scene.chance.choice(
        ("bytes", "files", "both") if scene.style.ways[task.repository].summaries else ("bytes",)
    )
    for run in runs[:number]:
        run.exit_code, run.unreadable = 0, 0
        run.size_of_usual = share if what in ("bytes", "both") else 1.0
        run.files_of_usual = share if what in ("files", "both") else 1.0
    by = runs[0].end + scene.look(task) + 5 * MINUTE
    due = [Due(alert="SuspiciouslySmall", severity="critical", since=runs[0].end, by=by)]
    return Fault(
        moment=runs[0].end,
        over=runs[number].end + scene.look(task),
        size=f"{what}: {share:.0%} of the usual, {number} times",
        due=due if scene.harmful else [],
    )


def snapshots_in_future(scene: Scene) -> Fault:
    """A backup is made by a machine whose clock is ahead."""
    task = scene.task(JobKind.BACKUP)
    run = scene.run_after(task, scene.moment())
    run.exit_code, run.unreadable = 0, 0
    interval = scene.repository(task.repository).poll_interval
    shortest = timedelta(seconds=run.seconds) + 30 * MINUTE + 2 * interval
    run.ahead = shortest + scene.minutes(1, 3000) if scene.harmful else scene.minutes(0.5, 8)
    by = run.end + scene.look(task) + 5 * MINUTE
    fault = Fault(
        moment=run.end,
        over=max(run.end, run.start + run.ahead) + scene.look(task),
        size=_hours(run.ahead),
        due=[Due(alert="SnapshotsInFuture", severity="warning", since=run.end, by=by)] if scene.harmful else [],
    )
    if scene.style.reports in ("http", "record"):
        # Such a report does not name the snapshot, which does not lie where the run was.
        fault.also = {("JobSucceededWithoutSnapshot", "critical")}
    return fault


def history_too_short(scene: Scene) -> Fault:
    """Somebody deletes the oldest snapshots."""
    task = scene.task(JobKind.BACKUP)
    history = scene.plan(task).min_history
    assert history is not None
    left = history * (scene.chance.uniform(0.2, 0.9) if scene.harmful else scene.chance.uniform(1.2, 2.0))
    moment = scene.idle(30 * MINUTE)

    def delete(site: Site) -> None:
        there = site.repositories[task.repository]
        there.remove([one.id for one in there.snapshots_by_id.values() if moment - one.time > left])

    scene.year.do(moment, delete)
    by = moment + scene.look(task) + 15 * MINUTE
    return Fault(
        moment=moment,
        over=moment + DAY,
        size=f"{_hours(left)} of {_hours(history)}",
        due=[Due(alert="HistoryTooShort", severity="info", since=moment, by=by)] if scene.harmful else [],
        also={("SnapshotsVanished", "critical")} if scene.harmful else set(),
        lasting=True,
    )


def plan_ambiguous(scene: Scene) -> Fault:
    """A second machine backs up as the first one does; or the first one gets another name."""
    task = scene.task(JobKind.BACKUP)
    moment = scene.moment()
    runs = scene.runs_after(task, moment)
    if not scene.harmful:
        for run in (run for run in scene.year.runs if run.start >= moment and not run.stranger):
            run.host = "renamed"
        return Fault(moment=moment, over=runs[1].end, size="another name", lasting=False)
    number = scene.chance.randint(3, 6)
    pause = min(scene.plan(task).max_age / 3, runs[1].start - runs[0].end) * scene.chance.uniform(0.2, 0.8)
    second = [replace(run, start=run.end + pause, host="other", reported=False) for run in runs[:number]]
    scene.year.runs += second
    over = second[-1].end + scene.plan(task).max_age + scene.look(task)
    by = max(runs[1].end, second[0].end) + scene.look(task) + 15 * MINUTE
    return Fault(
        moment=second[0].end,
        over=over,
        size=f"{number} times",
        due=[Due(alert="PlanAmbiguous", severity="warning", since=second[0].end, by=by)],
    )


# --- the upload location and its dumps


def upload_location_missing(scene: Scene) -> Fault:
    """A disk is not mounted."""
    length = scene.minutes(30, 240) if scene.harmful else scene.minutes(1, 7)
    moment = scene.idle(length + 10 * MINUTE)
    folders = scene.chance.sample(FOLDERS, scene.chance.randint(1, len(FOLDERS)))

    def lose(site: Site, lost: bool) -> None:
        if len(folders) == len(FOLDERS):
            site.dumps.unmounted = lost
        site.dumps.markers.update(dict.fromkeys(folders, not lost))

    scene.year.during(moment, length, lambda site: lose(site, True), lambda site: lose(site, False))
    by = moment + 5 * MINUTE + 15 * MINUTE + SLACK
    return Fault(
        moment=moment,
        over=moment + length + 5 * MINUTE,
        size=f"{len(folders)} folders, {_hours(length)}",
        due=[Due(alert="UploadLocationMissing", severity="critical", since=moment, by=by)] if scene.harmful else [],
    )


def dump_missing(scene: Scene) -> Fault:
    """Somebody deletes the dumps: all, or all but the newest."""
    moment = scene.idle(HOUR)
    scene.year.calm(moment - HOUR, moment + HOUR)

    def delete(site: Site) -> None:
        routine = sorted(name for name in site.dumps.files if name.startswith("immich-db-backup"))
        site.dumps.remove(routine if scene.harmful else routine[:-1])

    scene.year.do(moment, delete)
    again = scene.dump_after(moment)
    by = moment + 5 * MINUTE + 15 * MINUTE + SLACK
    return Fault(
        moment=moment,
        over=again.start + timedelta(seconds=again.seconds) + 6 * MINUTE,
        size="all" if scene.harmful else "all but one",
        due=[Due(alert="DumpMissing", severity="critical", since=moment, by=by)] if scene.harmful else [],
    )


def _dump_end(dump: DumpRun) -> datetime:
    return dump.start + timedelta(seconds=dump.seconds)


def _max_dump_age(scene: Scene) -> timedelta:
    assert scene.style.settings.dump is not None
    return scene.style.settings.dump.max_age


def dump_stale(scene: Scene) -> Fault:
    """Immich makes no dumps for a while."""
    limit = _max_dump_age(scene)
    last = scene.dump_after(scene.moment())
    following = [dump for dump in scene.year.dumps if dump.start > last.start]
    if scene.harmful:
        longest = limit * scene.chance.uniform(1.05, 3) + 40 * MINUTE
        again = next(dump for dump in following if dump.start - _dump_end(last) > longest)
        scene.year.dumps = [dump for dump in scene.year.dumps if not last.start < dump.start < again.start]
    else:
        again = following[0]
        again.start = _dump_end(last) + limit - scene.minutes(25, 60) - timedelta(seconds=again.seconds)
    since = _dump_end(last) + limit
    gap = _dump_end(again) - _dump_end(last)
    due = [Due(alert="DumpStale", severity="critical", since=since, by=since + 15 * MINUTE + SLACK)]
    return Fault(
        moment=following[0].start,
        over=_dump_end(again) + 6 * MINUTE,
        size=f"{_hours(gap)} of {_hours(limit)}",
        due=due if scene.harmful else [],
    )


def dump_invalid(scene: Scene) -> Fault:
    """A dump is cut off; or only one that somebody put there."""
    first = scene.dump_after(scene.moment())
    following = [dump for dump in scene.year.dumps if dump.start >= first.start]
    number = scene.chance.randint(1, 3)
    if scene.harmful:
        for dump in following[:number]:
            dump.whole = False
    else:
        name = f"uploaded-immich-db-backup-{first.start:%Y%m%dT%H%M%S}-v2.4.0-pg14.19.sql.gz"
        put_dump(scene.year, first.start, name, DumpKind.UPLOADED)
    end = _dump_end(first)
    due = [Due(alert="DumpInvalid", severity="critical", since=end, by=end + 5 * MINUTE + 5 * MINUTE + SLACK)]
    return Fault(
        moment=end,
        over=_dump_end(following[number]) + 6 * MINUTE,
        size=f"{number} dumps" if scene.harmful else "an uploaded one",
        due=due if scene.harmful else [],
    )


def dump_unverified(scene: Scene) -> Fault:
    """A dump may not be read."""
    dump = scene.dump_after(scene.moment())
    length = scene.minutes(80, 600) if scene.harmful else scene.minutes(5, 45)
    end = _dump_end(dump)

    def forbid(site: Site, forbidden: bool) -> None:
        site.dumps.unreadable = forbidden

    scene.year.during(end - MINUTE, length, lambda site: forbid(site, True), lambda site: forbid(site, False))
    by = end + HOUR + 2 * 5 * MINUTE + 5 * MINUTE + SLACK
    due = [Due(alert="DumpUnverified", severity="warning", since=end + HOUR, by=by)]
    before = [one for one in scene.year.dumps if one.start < dump.start][-1]
    late = end + length - _dump_end(before) > _max_dump_age(scene)
    return Fault(
        moment=end,
        over=end + length + 20 * MINUTE,
        size=_hours(length),
        due=due if scene.harmful else [],
        also={("DumpStale", "critical")} if late else set(),  # the newest that is known to be whole is too old
    )


def dump_small(scene: Scene) -> Fault:
    """A dump is whole, but holds less than usual."""
    assert scene.style.settings.dump is not None
    ratio = scene.style.settings.dump.min_size_ratio
    share = scene.chance.uniform(0.01, ratio - 0.02) if scene.harmful else scene.chance.uniform(ratio + 0.02, 1.1)
    first = scene.dump_after(scene.moment())
    following = [dump for dump in scene.year.dumps if dump.start >= first.start]
    number = scene.chance.randint(1, 3)
    for dump in following[:number]:
        dump.size_of_usual = share
    end = _dump_end(first)
    due = [Due(alert="DumpSuspiciouslySmall", severity="warning", since=end, by=end + 10 * MINUTE + SLACK)]
    return Fault(
        moment=end,
        over=_dump_end(following[number]) + 6 * MINUTE,
        size=f"{share:.0%} of the usual, {number} times",
        due=due if scene.harmful else [],
    )


def dump_unfinished(scene: Scene) -> Fault:
    """A dump dies, and leaves its `.tmp` until the next one succeeds."""
    dump = scene.dump_after(scene.moment())
    before = [one for one in scene.year.dumps if one.start < dump.start][-1]
    dump.dies_after = dump.seconds * scene.chance.uniform(0.1, 0.9)
    length = scene.minutes(150, 600) if scene.harmful else scene.minutes(20, 70)
    written = dump.start + timedelta(seconds=dump.dies_after)
    again = replace(dump, start=written + length - timedelta(seconds=dump.seconds), dies_after=None)
    scene.year.dumps.append(again)
    since = written + 2 * HOUR
    due = [Due(alert="DumpUnfinished", severity="warning", since=since, by=since + 10 * MINUTE + SLACK)]
    late = _dump_end(again) - _dump_end(before) > _max_dump_age(scene)
    return Fault(
        moment=written,
        over=_dump_end(again) + 6 * MINUTE,
        size=_hours(length),
        due=due if scene.harmful else [],
        also={("DumpStale", "critical")} if late else set(),
    )


# --- jobs


def _again(scene: Scene, run: Run, pause: timedelta) -> Run:
    """Somebody runs the job once more, by hand."""
    again = replace(
        run,
        start=run.end + pause,
        seconds=min(run.seconds, 1500.0),
        exit_code=0,
        unreadable=0,
        snapshot=True,
        dies_after=None,
        silent=None,
    )
    scene.year.runs.append(again)
    return again


def _job_ends_badly(scene: Scene, alert: Alert, exit_code: int) -> Fault:
    """One run ends so; harmless where the job is paused."""
    task = scene.task(JobKind.BACKUP, reported=True)
    run = scene.run_after(task, scene.moment())
    run.exit_code, run.unreadable, run.snapshot = exit_code, 0, False
    following = scene.runs_after(task, run.start + timedelta(seconds=1))
    limit = following[0].start - run.end
    again = _again(scene, run, limit * scene.chance.uniform(0.3, 0.6))
    scene.clear(again)
    if not scene.harmful:
        back = again.end + 10 * MINUTE
        scene.year.do(run.start - 20 * MINUTE, lambda site: site.pause(back))
    by = run.end + 5 * MINUTE + SLACK
    return Fault(
        moment=run.end,
        over=again.end + scene.look(task),
        size=f"exit code {exit_code}" + ("" if scene.harmful else ", paused"),
        due=[Due(alert=alert[0], severity=alert[1], since=run.end, by=by)] if scene.harmful else [],
    )


def job_failed(scene: Scene) -> Fault:
    """A backup fails."""
    return _job_ends_badly(scene, ("JobFailed", "critical"), scene.chance.choice((1, 2, 10, 11, 12, 127, 137)))


def job_interrupted(scene: Scene) -> Fault:
    """Somebody ends a backup."""
    return _job_ends_badly(scene, ("JobInterrupted", "info"), scene.chance.choice((130, 143)))


def job_crashed(scene: Scene) -> Fault:
    """A backup's machine goes down; or gives no sign of life for a few minutes."""
    task = scene.task(JobKind.BACKUP, reported=True)
    run = scene.run_after(task, scene.moment())
    run.seconds = max(run.seconds, 900.0)
    following = scene.runs_after(task, run.start + timedelta(seconds=1))
    dies_after = run.seconds * scene.chance.uniform(0.1, 0.6)
    died = run.start + timedelta(seconds=dies_after)
    if not scene.harmful:
        run.silent = dies_after, scene.chance.uniform(60, 210)
        return Fault(moment=died, over=run.end, size=f"silent for {run.silent[1]:.0f} s")
    run.dies_after = dies_after
    again = _again(scene, run, (following[0].start - run.end) * scene.chance.uniform(0.3, 0.6))
    scene.clear(again)
    by = died + timedelta(seconds=300 + 60) + 5 * MINUTE + SLACK
    return Fault(
        moment=died,
        over=again.end + scene.look(task),
        size=f"after {_hours(timedelta(seconds=dies_after))}",
        due=[Due(alert="JobCrashed", severity="critical", since=died, by=by)],
    )


def job_partial(scene: Scene) -> Fault:
    """A backup could not read some files: more than are allowed, or not."""
    task = scene.task(JobKind.BACKUP, reported=True)
    allowed = scene.plan(task).max_unreadable_files
    run = scene.run_after(task, scene.moment())
    run.exit_code = 3
    run.unreadable = (
        allowed + scene.chance.randint(1, 500) if scene.harmful else scene.chance.randint(1, max(1, allowed))
    )
    following = scene.runs_after(task, run.start + timedelta(seconds=1))
    again = _again(scene, run, (following[0].start - run.end) * scene.chance.uniform(0.3, 0.6))
    scene.clear(again)
    by = run.end + 5 * MINUTE + SLACK
    return Fault(
        moment=run.end,
        over=again.end + scene.look(task),
        size=f"{run.unreadable} files of {allowed}",
        due=[Due(alert="JobPartial", severity="warning", since=run.end, by=by)] if scene.harmful else [],
    )


def job_overrunning(scene: Scene) -> Fault:
    """A backup takes longer than it may; or nearly as long."""
    task = scene.task(JobKind.BACKUP, reported=True)
    limit = scene.job(task).max_duration
    assert limit is not None
    run = scene.run_after(task, scene.moment())
    length = limit + scene.minutes(15, 120) if scene.harmful else limit * scene.chance.uniform(0.5, 0.95)
    run.seconds = length.total_seconds()
    scene.clear(run)
    since = run.start + limit
    due = [Due(alert="JobOverrunning", severity="warning", since=since, by=since + 5 * MINUTE + SLACK)]
    return Fault(
        moment=run.start,
        over=run.end + scene.look(task),
        size=f"{_hours(length)} of {_hours(limit)}",
        due=due if scene.harmful else [],
    )


def job_overdue(scene: Scene) -> Fault:
    """A job's reports do not arrive, though it runs."""
    task = scene.task(*JobKind, reported=True)
    limit = scene.job(task).max_age
    assert limit is not None
    runs = scene.runs_after(task, scene.moment())
    last = runs[0]
    longest = limit * scene.chance.uniform(1.02, 2) + 30 * MINUTE
    number = next(index for index, run in enumerate(runs) if index and run.start - last.end > longest)
    if not scene.harmful:
        number = max(index for index, run in enumerate(runs[:40]) if run.end - last.end < limit - 10 * MINUTE)
        number = max(number, 1)
    for run in runs[1:number]:
        run.reported = False
    again = runs[number]
    since = last.end + limit
    fault = Fault(moment=runs[1].end, over=again.end, size=f"{_hours(again.end - last.end)} of {_hours(limit)}")
    if scene.harmful:
        fault.due = [Due(alert="JobOverdue", severity="warning", since=since, by=since + 15 * MINUTE + SLACK)]
    if task.kind is JobKind.CHECK:
        fault.also = {("RepositoryCheckOverdue", "warning")}
    return fault


def job_without_snapshot(scene: Scene) -> Fault:
    """A backup says success, and leaves no snapshot; or its report is all that is late."""
    task = scene.task(JobKind.BACKUP, reported=True)
    run = scene.run_after(task, scene.moment())
    run.exit_code, run.unreadable, run.snapshot = 0, 0, not scene.harmful
    following = scene.runs_after(task, run.start + timedelta(seconds=1))
    again = _again(scene, run, (following[0].start - run.end) * scene.chance.uniform(0.3, 0.6))
    scene.clear(again)
    by = run.end + scene.look(task) + 5 * MINUTE
    return Fault(
        moment=run.end,
        over=again.end + scene.look(task),
        size="none" if scene.harmful else "two runs close together",
        due=[Due(alert="JobSucceededWithoutSnapshot", severity="critical", since=run.end, by=by)]
        if scene.harmful
        else [],
    )


# --- all of them


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault, and in which styles of use it can happen."""

    make: Callable[[Scene], Fault]
    fits: Callable[[Style], bool] = lambda _: True
    fits_harmless: Callable[[Style], bool] | None = None

    @property
    def name(self) -> str:
        return self.make.__name__

    def styles(self, styles: tuple[Style, ...], *, harmful: bool) -> list[Style]:
        fits = self.fits if harmful or self.fits_harmless is None else self.fits_harmless
        return [style for style in styles if fits(style)]


def _has_dumps(style: Style) -> bool:
    return style.dump is not None


def _reports(kind: JobKind, *ways: str) -> Callable[[Style], bool]:
    return lambda style: style.reports in ways and any(one.kind is kind and one.job for one in style.tasks)


def _reports_unreadable(style: Style) -> bool:
    return style.name == "wrapped"


def _wants_history(style: Style) -> bool:
    return any(plan.min_history for repository in style.settings.repositories for plan in repository.plans)


def _checks_often(style: Style) -> bool:
    return style.name == "weekly"


_ALL_WAYS = ("spool", "http", "record")

KINDS = (
    Kind(make=exporter_down),
    Kind(make=exporter_vanished),
    Kind(make=poll_stalled),
    Kind(make=clock_skew),
    Kind(make=reload_refused),
    Kind(make=state_not_writable),
    Kind(make=exporter_restarting),
    Kind(make=unreachable),
    Kind(make=access_denied),
    Kind(make=lock_stale),
    Kind(make=check_failed, fits=_reports(JobKind.CHECK, "spool", "record")),
    Kind(make=check_overdue, fits=_checks_often),
    Kind(make=no_offsite, fits=lambda style: style.settings.offsite_required),
    Kind(make=never_succeeded),
    Kind(make=stale),
    Kind(make=snapshots_vanished),
    Kind(make=suspiciously_small),
    Kind(make=snapshots_in_future),
    Kind(make=history_too_short, fits=_wants_history),
    Kind(make=plan_ambiguous, fits=lambda style: style.name not in ("cloud", "offsite")),
    Kind(make=upload_location_missing, fits=_has_dumps),
    Kind(make=dump_missing, fits=_has_dumps),
    Kind(make=dump_stale, fits=_has_dumps),
    Kind(make=dump_invalid, fits=_has_dumps),
    Kind(make=dump_unverified, fits=_has_dumps),
    Kind(make=dump_small, fits=_has_dumps),
    Kind(make=dump_unfinished, fits=_has_dumps),
    Kind(make=job_failed, fits=_reports(JobKind.BACKUP, *_ALL_WAYS)),
    Kind(make=job_interrupted, fits=_reports(JobKind.BACKUP, *_ALL_WAYS)),
    Kind(make=job_crashed, fits=_reports(JobKind.BACKUP, "spool")),
    Kind(make=job_partial, fits=_reports(JobKind.BACKUP, *_ALL_WAYS), fits_harmless=_reports_unreadable),
    Kind(make=job_overrunning, fits=_reports(JobKind.BACKUP, *_ALL_WAYS)),
    Kind(make=job_overdue, fits=_reports(JobKind.BACKUP, *_ALL_WAYS)),
    Kind(make=job_without_snapshot, fits=_reports(JobKind.BACKUP, *_ALL_WAYS)),
)
