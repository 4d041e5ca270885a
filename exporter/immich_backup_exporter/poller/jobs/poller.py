"""Takes in reports of runs, out of the spool and over HTTP, judges what became of each run, publishes what is known."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.analysis.own_snapshot import says_why_no_snapshot, snapshot_missing
from immich_backup_exporter.analysis.runs import (
    in_order,
    is_forgotten,
    is_repeated_end,
    is_repeated_start,
    job_facts,
    last_success,
    merged,
    open_run,
    verdict,
)
from immich_backup_exporter.domain.clock import AHEAD_TOLERANCE, Clock, in_future
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Receipt, Run, RunsChange
from immich_backup_exporter.domain.runs import Outcome, RunEvent, RunReport
from immich_backup_exporter.domain.settings import JobKind, JobSettings
from immich_backup_exporter.domain.state import JobFacts, State
from immich_backup_exporter.metrics.collector import jobs_samples
from immich_backup_exporter.metrics.subject import Sample
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.repository_view import ReportedRepository
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.core.subjects import job_subject
from immich_backup_exporter.poller.ports import SpoolReader, Store
from immich_backup_exporter.poller.source import Phase, Source

from .heartbeats import PUSH, SPOOL, Heartbeats, Key
from .ledger import RunLedger
from .spooling import Moment, SpoolWatch

LOOK_INTERVAL = timedelta(seconds=5)

_CHANGING = (JobKind.BACKUP, JobKind.COPY, JobKind.FORGET, JobKind.PRUNE, JobKind.OTHER)
"""After these a repository holds other snapshots than before."""


class JobPoller(Source):
    """What is known of the declared jobs. One for the life of the agent: a reload changes what is declared.

    ``publish`` is handed the facts of all jobs, and how many reports in the spool are not believed, whenever one of
    them changed. ``new_run_id`` draws 32 hexadecimal digits.
    """

    name = "jobs"
    awaited = True
    phases = (Phase.REPORTS, Phase.CONCLUDE)

    def __init__(
        self,
        store: StoreAccess,
        clock: Clock,
        new_run_id: Callable[[], str],
        publish: Callable[[tuple[JobFacts, ...], int | None], None],
    ) -> None:
        self.ledger = RunLedger()
        self._store = store
        self._clock = clock
        self._new_run_id = new_run_id
        self._publish = publish
        self._declared: Mapping[str, JobSettings] = {}
        self._spool: SpoolReader | None = None
        self._watched: tuple[ReportedRepository, ...] = ()
        self._watch = SpoolWatch(None)
        self._published_rejected: int | None = None
        self._published_at: datetime | None = None
        self._heartbeats = Heartbeats()
        self._loaded = False
        self._heard: dict[Key, float] = {}
        self._first_heard: dict[Key, Moment] = {}
        self._repositories: Mapping[str, ReportedRepository] = {}
        self._since: dict[str, datetime] = {}
        self._changed: dict[Key, Run] = {}
        self._decided: dict[str, tuple[str, float]] = {}
        self._said: dict[str, tuple[str, Outcome | None]] = {}
        self._defects = Announcer(Message("job_polling.jobs"))

    # --- at start and at reload

    @property
    def subjects(self) -> frozenset[str]:
        """How the state store calls the declared jobs."""
        return frozenset(job_subject(name) for name in self._declared)

    def declare(
        self,
        jobs: Sequence[JobSettings],
        spool: SpoolReader | None = None,
        repositories: Iterable[ReportedRepository] = (),
    ) -> None:
        """Watch these jobs once :meth:`restore` is called. Runs on this machine report to ``spool``."""
        self._declared = {job.name: job for job in jobs}
        self._spool = spool
        self._watched = tuple(repositories)

    def restore(self, store: Store) -> None:
        """Begin with what is declared now. Runs that were at work when the agent ended have all their time again.

        What the state store holds is taken up once, since all that changes later goes through here. Repositories are
        restored after this, since they ask about the runs of their plans.
        """
        if not self._loaded:
            record = store.load_runs()
            self.ledger.fill(record)
            self._watch = SpoolWatch(None, record.taken)
            self._loaded = True
        self.ledger.jobs = self._declared
        now = self._clock.now()
        self._repositories = {poller.settings.name: poller for poller in self._watched}
        self._since = {name: store.expected_since(job_subject(name), now) for name in self.ledger.jobs}
        self._watch.close()
        self._watch = SpoolWatch(self._spool, self._watch.taken)
        self._published_rejected = None
        self._decided = {}
        self._said = {name: _last(self.ledger.of(name)) for name in self.ledger.jobs}
        self._published_at = now
        self._publish(self.facts(), None)

    def renew(self, store: Store) -> None:
        self.restore(store)

    async def close(self) -> None:
        """Let a look that hangs in a dead mount be."""
        self._watch.close()

    def facts(self) -> tuple[JobFacts, ...]:
        now = self._clock.now()
        return tuple(
            job_facts(job, self._since.get(name, now), self.ledger.of(name), self.ledger.counts(name), now)
            for name, job in self.ledger.jobs.items()
        )

    # --- reports

    async def poll(self) -> timedelta:
        """Look once, and say when to look again. Never raises but when it is cancelled."""
        try:
            could = await self._watch.look(self._take_spooled, self._watches_life, self._moment())
            self._heartbeats.listening(self._clock.monotonic(), could=could)
            await self._conclude()
        except Exception as error:  # noqa: BLE001 - a defect here must not end the watch over everything else
            self._defects.defect(error)
            self._defects.trouble(
                Message("job_polling.reading_reports"),
                Message("job_polling.defect", kind=type(error).__name__),
                Message("job_polling.defect_step"),
            )
            return LOOK_INTERVAL * 6
        self._defects.trouble(Message("job_polling.reading_reports"), None)
        return timedelta(0) if self._watch.more else LOOK_INTERVAL

    async def look_once(self, phase: Phase) -> None:
        """Read all reports; or only judge again: whether a successful run left its snapshot is known only then."""
        while not await self.poll() and phase is Phase.REPORTS:
            pass

    def samples(self, state: State) -> Iterable[Sample]:
        return jobs_samples(state)

    async def take(self, report: RunReport) -> Receipt:
        """A report that was pushed. Durable once this returns ``TAKEN`` or ``KNOWN``."""
        if report.job not in self.ledger.jobs:
            return Receipt.UNDECLARED
        # An end may have waited on its host until now, but not from before it was heard that its run works. One that is
        # some minutes old comes from a clock that is behind, or from an agent that was away: it matters little which.
        since = self._first_heard.get((report.job, report.run_id)) if report.event is RunEvent.END else None
        if report.event is not RunEvent.BEAT:
            report = replace(report, sent=report.sent or report.ended or report.started)
        if since is None and report.sent is not None and self._clock.now() - report.sent <= AHEAD_TOLERANCE:
            since = self._moment()
        new = self._merge(report, since)
        if report.event is not RunEvent.END:
            self._sign(report.job, report.run_id, PUSH, report.beat)
        return await self._kept(new)

    async def begin(self, job: str) -> Receipt:
        """A run has started, says a caller that knows no run id."""
        if job not in self.ledger.jobs:
            return Receipt.UNDECLARED
        # Before the answer, for which the caller waits: what is there now the run has not made.
        repository = self._repositories.get(self.ledger.jobs[job].repository or "")
        if repository is not None and self.ledger.jobs[job].kind is JobKind.BACKUP:
            await repository.note_listed()
        if is_repeated_start(self.ledger.of(job), self._clock.now()):
            return await self._kept(False)
        report = RunReport(run_id=self._new_run_id(), job=job, event=RunEvent.START, started=self._clock.now())
        return await self._kept(self._merge(report, self._moment(), unnamed=True))

    async def finish(self, job: str, exit_code: int | None) -> Receipt:
        """The run that was begun last has ended; or one has whose start was not told.

        Without an exit code it tried nothing.
        """
        now, runs = self._clock.now(), self.ledger.of(job)
        if job not in self.ledger.jobs:
            return Receipt.UNDECLARED
        run = open_run(runs)
        if run is None and is_repeated_end(runs, exit_code, now):
            return await self._kept(False)
        run_id = run.run_id if run else self._new_run_id()
        report = RunReport(run_id=run_id, job=job, event=RunEvent.END, ended=now, exit_code=exit_code)
        if exit_code is None:
            report = replace(report, stated_outcome=Outcome.SKIPPED)
        return await self._kept(self._merge(report, self._moment(), unnamed=True))

    async def _kept(self, new: bool) -> Receipt:
        await self._conclude()
        if not new:  # the first report like it may be on its way to the disk still
            await self._store.call(lambda store: store.flush())
        if self._store.waiting:
            return Receipt.NOT_KEPT
        return Receipt.TAKEN if new else Receipt.KNOWN

    def _take_spooled(self, report: RunReport, since: Moment | None) -> bool:
        if report.job not in self.ledger.jobs:
            return False
        self._merge(report, since)
        return True

    def _merge(self, report: RunReport, since: Moment | None, *, unnamed: bool = False) -> bool:
        """Take a report in that was made after ``since``, where that is known. Returns whether it tells anything."""
        moment, known = self._moment(), self.ledger.get(report.job, report.run_id)
        run = merged(
            known,
            report,
            moment.now,
            unnamed=unnamed,
            not_before=since.by(moment) if since else None,
            earlier=self._earlier(report.job, since, moment.now),
        )
        if run is None:
            return False
        if known is None and (
            self.ledger.was_dropped(run.job, run.run_id) or is_forgotten(run, self.ledger.of(run.job))
        ):
            return False
        key = run.job, run.run_id
        if run.end is None:
            self._heartbeats.expect(key, moment.monotonic)
        self._heard[key] = moment.monotonic
        self._first_heard.setdefault(key, moment)
        self._put(run)
        return True

    def _earlier(self, job: str, since: Moment | None, now: datetime) -> list[Run]:
        """The runs that came before whatever was made after ``since``; and those that only a wrong clock put ahead."""
        return [
            run
            for run in self.ledger.of(job)
            if in_future(run.time, now)
            or (since is not None and self._heard.get((job, run.run_id), 0.0) <= since.monotonic)
        ]

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.monotonic())

    def _watches_life(self, beats: Mapping[str, int] | None = None) -> bool:
        """Take in the spool's signs of life; tells whether there is a run to take them in for."""
        working = self._working()
        for run in working if beats else ():
            if beats is not None and run.run_id in beats:
                self._sign(run.job, run.run_id, SPOOL, beats[run.run_id])
        return bool(working)

    def _sign(self, job: str, run_id: str, source: str, token: int) -> None:
        run = self.ledger.get(job, run_id)
        if run is None or run.end is not None:
            return
        if self._heartbeats.heard((job, run_id), source, token, self._clock.monotonic()) and run.crashed:
            self._put(replace(run, crashed=False))

    def _working(self) -> list[Run]:
        """Declared jobs' runs without an end, those taken for dead too: a sign of life proves the opposite."""
        return [run for job in self.ledger.jobs for run in self.ledger.of(job) if run.end is None]

    def _put(self, run: Run) -> None:
        self.ledger.put(run)
        self._changed[run.job, run.run_id] = run

    # --- what follows

    async def _conclude(self) -> None:
        """Judge, publish, write down, and tell the repositories."""
        self._judge()
        self._decide()
        changed, self._changed = self._changed, {}
        if changed:
            self._heard = {key: at for key, at in self._heard.items() if self.ledger.get(*key) is not None}
            self._first_heard = {key: at for key, at in self._first_heard.items() if key in self._heard}
            self._say()
        now = self._clock.now()
        set_back = self._published_at is not None and now < self._published_at
        if changed or set_back or self._watch.rejected != self._published_rejected:
            self._published_at = now
            self._published_rejected = self._watch.rejected
            self._publish(self.facts(), self._watch.rejected)
        jobs = {run.job for run in changed.values()}
        change = RunsChange(
            runs=tuple(changed.values()),
            counts={(job, outcome): count for job in jobs for outcome, count in self.ledger.counts(job).items()},
            taken=self._watch.newly_taken(),
            vanished=self._watch.vanished(self._clock.monotonic()),
        )
        if change:
            await self._store.call(lambda store: store.save_runs(change))
        if changed:
            await self._tell(changed.values())
        await self._store.retry()

    def _judge(self) -> None:
        monotonic = self._clock.monotonic()
        working = self._working()
        for run in working:
            if run.crashed:
                continue
            silent = self._heartbeats.silent((run.job, run.run_id), monotonic, run.beat_seconds)
            if verdict(run, self.ledger.of(run.job), silent=silent) is Outcome.CRASHED:
                self._put(replace(run, crashed=True))
        self._heartbeats.forget_all_but({(run.job, run.run_id) for run in working})

    def _decide(self) -> None:
        """Whether the last successful run of each backup job made its snapshot.

        Decided by the first successful poll that began after its end was heard of; a snapshot that shows up later
        (some storage is slow to list) takes a verdict of missing back.
        """
        for name, job in self.ledger.jobs.items():
            repository = self._repositories.get(job.repository or "")
            if job.kind is not JobKind.BACKUP or repository is None:
                continue
            run = last_success(in_order(self.ledger.of(name)))
            if run is None or run.end is None or run.snapshot_missing is False:
                continue
            began = repository.success_began
            heard = self._heard.get((name, run.run_id))
            if not says_why_no_snapshot(run.end) and (began is None or (heard is not None and began <= heard)):
                continue
            if began is not None and self._decided.get(name) == (run.run_id, began):
                continue
            if began is not None:
                self._decided[name] = run.run_id, began
            missing = snapshot_missing(
                run,
                self.ledger.rivals(run, job),
                repository.record,
                repository.candidates(job.plan, self._backed_up_elsewhere(repository)),
                repository.unread_since(),
                self.ledger.removals(repository.settings.name, repository.record.since),
            )
            if missing is not run.snapshot_missing:
                self._put(replace(run, snapshot_missing=missing))

    def _backed_up_elsewhere(self, repository: ReportedRepository) -> frozenset[str]:
        """Snapshots that other repositories hold and jobs made there: here they are copies, and no backup's own."""
        names = {job.repository for job in self.ledger.jobs.values() if job.kind is JobKind.BACKUP}
        others = [one for name, one in self._repositories.items() if name in names and one is not repository]
        return frozenset(snapshot.id for one in others for snapshot in one.record.snapshots)

    async def _tell(self, changed: Iterable[Run]) -> None:
        ended = {run.job for run in changed if run.end is not None and run.snapshot_missing is None}
        jobs = [job for name, job in self.ledger.jobs.items() if name in ended]
        for poller in self._repositories.values():
            await poller.runs_changed()
            if any(job.repository == poller.settings.name and job.kind in _CHANGING for job in jobs):
                poller.hurry()

    def _say(self) -> None:
        """One line for each job whose last run is another one, or came to another end."""
        for name in self.ledger.jobs:
            last = _last(self.ledger.of(name))
            run = self.ledger.get(name, last[0])
            if last == self._said.get(name) or run is None:
                continue
            self._said[name] = last
            source = Message("job_polling.job", name=name)
            Announcer(source, job=name).told(_sentence(run), bad=run.outcome not in (Outcome.SUCCESS, Outcome.SKIPPED))


def _last(runs: Sequence[Run]) -> tuple[str, Outcome | None]:
    """The last run that ended or crashed."""
    concluded = [run for run in in_order(runs) if run.outcome is not None]
    return (concluded[-1].run_id, concluded[-1].outcome) if concluded else ("", None)


_OUTCOMES = {
    Outcome.SUCCESS: Message("job_polling.succeeded"),
    Outcome.PARTIAL: Message("job_polling.partial"),
    Outcome.FAILED: Message("job_polling.failed"),
    Outcome.INTERRUPTED: Message("job_polling.interrupted"),
    Outcome.SKIPPED: Message("job_polling.skipped"),
}


def _sentence(run: Run) -> Message:
    if run.end is None:
        return Message("job_polling.crashed")
    code, unreadable = run.end.exit_code, run.end.unreadable_files
    return Message(
        "job_polling.ended",
        outcome=_OUTCOMES[run.end.outcome or Outcome.FAILED],
        code=None if code is None else Message("job_polling.exit_code", code=code),
        files=Message("job_polling.unreadable_files", files=unreadable) if unreadable else None,
    )
