"""An installation that lives: it does what a year says, and runs the real agent beside it."""

import asyncio
import inspect
import shutil
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.runs import NoSnapshot, RunEvent, RunReport
from immich_backup_exporter.domain.settings import AgentSettings, JobKind, PlanSettings

from .agent import SimulatedAgent, open_state
from .clock import SiteClock, until
from .habits import Keep, Task, Way
from .outside import BEAT_SECONDS, DumpFolder, SimulatedRepository, Spool, hexadecimal
from .recorder import Recorder
from .year import DumpRun, Run, Year

PlanName = tuple[str, str]
"""Repository and plan."""

_USUAL = 14
_PUSH_PAUSE_SECONDS = 20.0
_PUSH_ATTEMPTS = 200


class Site:
    """Everything that there is at one moment. Times are the true ones, whatever the agent's clock says."""

    def __init__(self, year: Year, expressions: Sequence[str], folder: Path, agent_from: datetime) -> None:
        style = year.style
        self.year = year
        self.clock = SiteClock(year.began)
        self.settings: AgentSettings = replace(style.settings, state_dir=str(folder), spool_dir="/spool")
        self.repositories: dict[str, SimulatedRepository] = {}
        for one in style.settings.repositories:
            self.add_repository(one.name)
        self.dumps = DumpFolder(self.clock)
        self.spool = Spool(self.clock)
        self.recorder = Recorder(self.clock, agent_from, expressions)
        self.agent: SimulatedAgent | None = None
        self.installed = False
        """Whether there is an agent at all, running or not."""
        self.version = 1
        self.points: dict[PlanName, list[tuple[datetime, datetime]]] = {}
        """What is true of each plan's complete backups: when each began and when it was there."""
        self.incomplete: set[str] = set()
        """Snapshots that are no complete backups."""
        self.sizes: dict[PlanName, list[tuple[int, int]]] = {}
        self.folder = folder
        self.next_happening = year.began
        """Until then nothing begins or ends but what is under way."""
        self.at_work = 0
        """How many runs are under way. One that died counts for another day: its agent may take it for working."""
        self._broken: dict[str, list[FailureReason]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._agent_from = agent_from

    def add_repository(self, name: str) -> SimulatedRepository:
        way = self.year.style.ways.get(name, Way())
        made = self.repositories[name] = SimulatedRepository(
            name,
            self.clock,
            backend=way.backend,
            lock_times=way.lock_times,
            summaries=way.summaries,
            list_seconds=way.list_seconds,
        )
        return made

    # --- living

    async def live(self, end: datetime, checkpoints: Mapping[datetime, Callable[[], None]] | None = None) -> None:
        """Let everything happen until ``end``. The agent is installed when its time has come."""
        happens: list[tuple[datetime, Callable[[], object]]] = [
            *((run.start, lambda run=run: self._begin(self._run(run))) for run in self.year.runs),
            *((dump.start, lambda dump=dump: self._begin(self._dump(dump))) for dump in self.year.dumps),
            *((deed.at, lambda deed=deed: deed.do(self)) for deed in self.year.deeds),
            *((deed.until, lambda deed=deed: deed.undo(self)) for deed in self.year.deeds if deed.undo),
            *((checkpoints or {}).items()),
            (self._agent_from, self._install),
        ]
        for at, do in sorted(happens, key=lambda one: one[0]):
            self.next_happening = min(at, end)
            if at >= end:
                break
            await until(self.clock, at)
            done = do()
            if inspect.isawaitable(done):
                await done
            for task in [task for task in self._tasks if task.done()]:
                self._tasks.remove(task)
                task.result()
        await until(self.clock, end)
        await self.stop_agent(clean=True)

    def _begin(self, work: "asyncio.Future[None] | object") -> None:
        assert inspect.iscoroutine(work)
        self._tasks.add(asyncio.create_task(work))

    # --- the agent

    async def _install(self) -> None:
        self.installed = True
        await self.start_agent()

    async def start_agent(self, *, upgraded: bool = False) -> None:
        self.version += upgraded
        if not self.installed or self.agent is not None:
            return
        self.recorder.process_began()
        self.agent = SimulatedAgent(self, open_state(self.folder, self.clock))
        self.agent.start()

    async def stop_agent(self, *, clean: bool) -> None:
        if self.agent is not None:
            agent, self.agent = self.agent, None
            await agent.stop(clean=clean)
            self.recorder.process_ended()

    def answer(self) -> None:
        """Scrapes reach the agent again, if it is there."""
        if self.agent is not None:
            self.recorder.answer()

    def set_clock(self, ahead: float) -> None:
        self.clock.ahead = ahead
        if self.agent is not None:
            self.recorder.clock_changed()

    async def declare(self, change: Callable[[AgentSettings], AgentSettings]) -> None:
        """Change the configuration, and let the agent read it again."""
        self.settings = change(self.settings)
        if self.agent is not None:
            await self.agent.take(self.settings)

    async def pause(self, back: datetime) -> None:
        """Every plan and job is paused; dumps go on."""

        def paused(settings: AgentSettings) -> AgentSettings:
            repositories = tuple(
                replace(one, plans=tuple(replace(plan, paused_until=back) for plan in one.plans))
                for one in settings.repositories
            )
            jobs = tuple(replace(job, paused_until=back) for job in settings.jobs)
            return replace(settings, repositories=repositories, jobs=jobs)

        await self.declare(paused)

    # --- repositories

    def break_repository(self, name: str, reason: FailureReason) -> None:
        self._broken.setdefault(name, []).append(reason)
        self.repositories[name].broken = reason

    def mend_repository(self, name: str, reason: FailureReason) -> None:
        reasons = self._broken.get(name, [])
        if reason in reasons:
            reasons.remove(reason)
        self.repositories[name].broken = reasons[-1] if reasons else None

    def hold(self, name: str, length: timedelta, *, dead: bool = False) -> None:
        """A lock for a while; ``dead``: nobody refreshes it."""
        repository = self.repositories[name]
        hold = repository.lock()
        hold.dead_since = self.clock.truth() if dead else None
        asyncio.get_running_loop().call_later(length.total_seconds(), repository.release, hold)

    def retag(self, name: str) -> None:
        """`restic tag` on everything: each snapshot is replaced by one with another id."""
        repository = self.repositories[name]
        for old in list(repository.snapshots_by_id.values()):
            repository.add(replace(old, id=repository.new_id(), original=old.original or old.id))
            repository.remove([old.id])

    def plan(self, name: PlanName) -> PlanSettings:
        return next(
            plan
            for repository in self.settings.repositories
            for plan in repository.plans
            if (repository.name, plan.name) == name
        )

    # --- runs

    async def pass_seconds(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)

    async def _run(self, run: Run) -> None:
        self.at_work += 1
        try:
            await self._perform(run)
        finally:
            self.at_work -= 1

    async def _perform(self, run: Run) -> None:
        repository = self.repositories[run.task.repository]
        reporter = _Reporter(self, run)
        await reporter.start()
        hold = repository.lock()
        if run.silent is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(run.silent[0], reporter.die)
            loop.call_later(sum(run.silent), reporter.revive)
        if run.dies_after is not None:
            await asyncio.sleep(run.dies_after)
            reporter.die()
            hold.dead_since = self.clock.truth()
            if not run.leaves_lock:
                repository.release(hold)
            await asyncio.sleep(86400)
            return
        await asyncio.sleep(run.seconds)
        repository.release(hold)
        work = {JobKind.BACKUP: self._back_up, JobKind.COPY: self._copy, JobKind.FORGET: self._forget}
        await reporter.end(work.get(run.task.kind, _nothing)(run))

    def _back_up(self, run: Run) -> dict[str, object]:
        task = run.task
        plan: PlanName = task.repository, task.plan or ""
        size, files = self._measure(run, plan)
        if task.skips_unchanged and self._is_unchanged(task, size, files) and run.exit_code == 0:
            newest = self._newest(task)
            self.points[plan].append((run.start, self.clock.truth()))
            return {"no_snapshot": NoSnapshot.UNCHANGED, "parent_id": newest.id[:8] if newest else None}
        if not run.snapshot:
            return {}
        repository = self.repositories[task.repository]
        made = Snapshot(
            id=repository.new_id(),
            time=run.start + run.ahead,
            tree=hexadecimal("tree", task.repository, run.start, run.host),
            hostname=run.host,
            paths=task.paths,
            tags=task.tags,
            program_version=run.version,
            size_bytes=size,
            files=files,
            added_bytes=size // 1000,
            duration_seconds=run.seconds,
        )
        repository.add(made)
        if not run.stranger:
            self.sizes.setdefault(plan, []).append((size, files))
            allowed = self.plan(plan).max_unreadable_files if run.unreadable else 0
            if run.ahead or run.exit_code not in (0, 3) or run.unreadable > allowed:
                self.incomplete.add(made.id)
            else:
                self.points.setdefault(plan, []).append((run.start, self.clock.truth()))
        return {
            "snapshot_ids": (made.id,),
            "files": files,
            "bytes": size,
            "unreadable_files": run.unreadable,
        }

    def _measure(self, run: Run, plan: PlanName) -> tuple[int, int]:
        size, files = self.year.library.at(run.start)
        moves = self.year.style.moves_files_on
        if moves is not None and run.start.date() == moves:
            files += files // 10  # caught in the middle of the move: some files are in both places
        if run.task.part == "database":
            size, files = size // 1500, 15
        elif not run.task.skips_unchanged:
            files += run.start.timetuple().tm_yday  # dumps, logs, whatever comes with each day
        usual = self.sizes.get(plan, [])[-_USUAL:]
        if run.size_of_usual is not None:
            size = int(statistics.median(one for one, _ in usual) * run.size_of_usual)
        if run.files_of_usual is not None:
            files = int(statistics.median(one for _, one in usual) * run.files_of_usual)
        return size, files

    def _newest(self, task: Task) -> Snapshot | None:
        own = [one for one in self.repositories[task.repository].snapshots_by_id.values() if one.paths == task.paths]
        return max(own, key=lambda one: one.time, default=None)

    def _is_unchanged(self, task: Task, size: int, files: int) -> bool:
        newest = self._newest(task)
        return newest is not None and (newest.size_bytes, newest.files) == (size, files)

    def _copy(self, run: Run) -> dict[str, object]:
        task = run.task
        assert task.source is not None
        source, target = self.repositories[task.source], self.repositories[task.repository]
        there = {one.original for one in target.snapshots_by_id.values()}
        copied = []
        for snapshot in sorted(source.snapshots_by_id.values(), key=lambda one: one.time):
            if {snapshot.id, snapshot.original} & there - {None}:
                continue
            if snapshot.hostname != run.host or snapshot.paths != task.paths:
                continue
            made = replace(snapshot, id=target.new_id(), original=snapshot.id)
            target.add(made)
            copied.append(made)
        plan: PlanName = task.repository, task.plan or ""
        whole = [one.time for one in copied if one.original not in self.incomplete]
        if whole:
            self.points.setdefault(plan, []).append((max(whole), self.clock.truth()))
        if copied:
            self.sizes.setdefault(plan, []).append((copied[-1].size_bytes or 0, copied[-1].files or 0))
        return {"snapshot_ids": tuple(one.id for one in copied)[-64:]}

    def _forget(self, run: Run) -> dict[str, object]:
        task = run.task
        assert task.keep is not None
        repository = self.repositories[task.repository]
        zone = ZoneInfo(self.year.style.zone)
        groups: dict[tuple[str, tuple[str, ...]], list[Snapshot]] = {}
        for one in repository.snapshots_by_id.values():
            groups.setdefault((one.hostname, one.paths), []).append(one)
        removed: set[str] = set()
        for (host, _), group in groups.items():
            if host == run.host or not run.stranger:
                removed |= {one.id for one in group} - kept(group, task.keep, zone)
        repository.remove(removed)
        return {"removed_snapshots": len(removed)}

    # --- dumps

    async def _dump(self, dump: DumpRun) -> None:
        folder, zone = self.dumps, ZoneInfo(self.year.style.zone)
        name = f"immich-db-backup-{dump.start.astimezone(zone):%Y%m%dT%H%M%S}-v2.4.0-pg14.19.sql.gz"
        temporary = f"{name}.tmp"
        folder.put(temporary, dump.size_bytes // 2, named=dump.start)
        folder.being_written = temporary
        await asyncio.sleep(dump.seconds if dump.dies_after is None else dump.dies_after)
        folder.scan()
        folder.being_written = None
        if dump.dies_after is not None:
            return
        routine = sorted(one for one in folder.files if one.startswith("immich-db-backup-") and one.endswith(".gz"))
        size = dump.size_bytes
        if dump.size_of_usual is not None:
            usual = [folder.files[one].size_bytes for one in routine[-_USUAL:]]
            size = int(statistics.median(usual) * dump.size_of_usual)
        if not dump.whole:
            folder.bad.add(name)
        folder.put(name, size, named=dump.start)
        folder.remove([temporary, *[one for one in folder.files if one.endswith(".tmp")]])
        folder.remove(sorted([*routine, name])[: -dump.keep])

    # --- state

    def save_state(self, target: Path) -> None:
        """Keep a copy of what the agent's state store holds now."""
        for file in self.folder.iterdir():
            if file.name.endswith(".sqlite3"):
                shutil.copy(file, target)


class _Reporter:
    """How a run's reports reach the agent."""

    def __init__(self, site: Site, run: Run) -> None:
        self._site = site
        self._run = run
        self._job = run.task.job if run.reported else None
        self._id = hexadecimal("run", run.task.repository, run.task.job, run.start, digits=32)
        self._way = site.year.style.reports

    @property
    def _spooled(self) -> bool:
        return self._job is not None and self._way == "spool"

    async def start(self) -> None:
        if self._job is None:
            return
        started = self._run.start
        if self._spooled:
            report = RunReport(
                run_id=self._id, job=self._job, event=RunEvent.START, started=started, beat_seconds=BEAT_SECONDS
            )
            self._site.spool.put(report)
            self._poke()
        elif self._way == "http":
            await self._push(lambda agent, job: agent.answers.begin_run(job))

    async def end(self, facts: Mapping[str, object]) -> None:
        run = self._run
        if self._job is None:
            return
        if self._way == "http":
            await self._push(lambda agent, job: agent.answers.finish_run(job, run.exit_code))
            return
        told = dict(facts)
        if self._way == "record":
            told = {key: value for key, value in told.items() if key == "no_snapshot"}
        if run.task.kind is JobKind.CHECK:
            told |= {"damaged": run.damaged if run.exit_code in (0, 1) else None, "check_scope": run.task.scope}
        now = self._site.clock.truth()
        report = RunReport(
            run_id=self._id,
            job=self._job,
            event=RunEvent.END,
            started=run.start,
            ended=now,
            duration_seconds=(now - run.start).total_seconds(),
            exit_code=run.exit_code,
            **told,  # type: ignore[arg-type]
        )
        if self._spooled:
            self._site.spool.put(report)
            self._poke()
        else:
            await self._push(lambda agent, _: agent.answers.take_run(report))

    def die(self) -> None:
        if self._spooled:
            self._site.spool.die(self._id)

    def revive(self) -> None:
        if self._spooled and self._id in self._site.spool.working:
            self._site.spool.revive(self._id)

    def _poke(self) -> None:
        if self._site.agent is not None:
            self._site.agent.poke()

    async def _push(self, call: "Callable[[SimulatedAgent, str], object]") -> None:
        """As a script does: until the agent answers, for an hour or so. Before there is an agent nobody pushes."""
        assert self._job is not None
        for _ in range(_PUSH_ATTEMPTS if self._site.installed else 0):
            if self._site.agent is not None:
                done = call(self._site.agent, self._job)
                assert inspect.isawaitable(done)
                await done
                return
            await asyncio.sleep(_PUSH_PAUSE_SECONDS)


def _nothing(_: Run) -> dict[str, object]:
    return {}


def kept(group: Sequence[Snapshot], keep: Keep, zone: ZoneInfo) -> set[str]:
    """The ids that `restic forget` would keep of one group of snapshots."""
    ids: set[str] = set()
    newest_first = sorted(group, key=lambda one: one.time, reverse=True)
    ids |= {one.id for one in newest_first[: keep.last]}
    for number, bucket in (
        (keep.hourly, "%Y%m%d%H"),
        (keep.daily, "%Y%m%d"),
        (keep.weekly, "%G%V"),
        (keep.monthly, "%Y%m"),
    ):
        seen: dict[str, str] = {}
        for one in newest_first:
            seen.setdefault(one.time.astimezone(zone).strftime(bucket), one.id)
        ids |= set(list(seen.values())[:number])
    return ids
