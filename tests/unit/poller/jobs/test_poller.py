import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError, SourceError
from immich_backup_exporter.domain.records import CheckRecord, Receipt
from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, Outcome, RunEvent, RunReport
from immich_backup_exporter.domain.settings import JobKind, JobSettings
from immich_backup_exporter.domain.state import JobFacts, RepositoryFacts
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from support.facts import NOW, end, hours_ago, job, plan, repository, run_id, snapshot, snapshot_id, start
from support.fakes import FakeRejected, FakeRepository, FakeSpool, HandClock
from support.logs import lines
from support.memory_store import MemoryStore
from support.words import message


@dataclass
class Bench:
    """The jobs' poller with everything around it; `restart` is what a new process finds."""

    spool: FakeSpool = field(default_factory=FakeSpool)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    reader: FakeRepository = field(default_factory=FakeRepository)
    jobs: tuple[JobSettings, ...] = (job(),)
    published: list[tuple[JobFacts, ...]] = field(default_factory=list)
    rejected: list[int | None] = field(default_factory=list)
    repositories: list[RepositoryFacts] = field(default_factory=list)
    lineage: Lineage = field(default_factory=Lineage)

    def start(self) -> "Bench":
        access = StoreAccess(self.store, lambda: None)
        numbers = count(1000)
        self.poller = JobPoller(access, self.clock, lambda: run_id(next(numbers)), self.publish)
        self.nas = RepositoryPoller(
            repository(),
            "/srv/immich",
            self.reader,
            access,
            self.clock,
            self.repositories.append,
            self.poller.ledger,
            self.lineage,
        )
        self.declare(*self.jobs)
        self.nas.restore(self.store)
        self.published.clear()
        self.rejected.clear()
        return self

    restart = start

    def publish(self, jobs: tuple[JobFacts, ...], rejected: int | None) -> None:
        self.published.append(jobs)
        self.rejected.append(rejected)

    def declare(self, *jobs: JobSettings) -> None:
        self.jobs = jobs
        self.poller.declare(jobs, self.spool, (self.nas,))
        self.poller.restore(self.store)

    @property
    def facts(self) -> JobFacts:
        return self.poller.facts()[0]

    async def wait(self, **duration: float) -> None:
        """Look every five seconds for so long."""
        for _ in range(int(timedelta(**duration).total_seconds() / 5)):
            self.clock.advance(seconds=5)
            await self.poller.poll()


def work(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run the test in an event loop, with a bench that has started."""

    async def prepared() -> None:
        await test(Bench().start())

    def run() -> None:
        asyncio.run(prepared())

    return run


def beat(number: int, beats: int, hours: float = 0.0) -> RunReport:
    return replace(start(number, hours=hours), event=RunEvent.BEAT, beat=beats)


# --- the spool


@work
async def test_reports_in_the_spool_become_facts_and_are_published(bench: Bench) -> None:
    bench.spool.put(start(1, hours=2), end(1, hours=2, exit_code=3, unreadable_files=2))
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.PARTIAL
    assert bench.facts.last_end == hours_ago(1.5)
    assert bench.facts.counts == {Outcome.PARTIAL: 1}
    assert bench.published[-1] == bench.poller.facts()


@work
async def test_a_spool_in_which_nothing_changed_is_not_read(bench: Bench) -> None:
    bench.spool.put(end(1))
    await bench.wait(minutes=1)
    looks, publications, writes = bench.spool.looks, len(bench.published), len(bench.store.saved_runs)
    await bench.wait(minutes=1)
    assert bench.spool.looks == looks == 2
    assert len(bench.published) == publications == 1
    assert len(bench.store.saved_runs) == writes == 1


@work
async def test_a_spool_is_read_now_and_then_even_if_its_time_never_changes(bench: Bench) -> None:
    await bench.wait(minutes=1)
    bench.spool.files["nightly.x.end.json"] = end(1)
    await bench.wait(minutes=3)
    assert bench.facts.last_outcome is Outcome.SUCCESS


@work
async def test_a_report_that_was_taken_in_is_not_read_again(bench: Bench) -> None:
    bench.spool.put(end(1))
    await bench.poller.poll()
    bench.spool.put(end(2))
    await bench.poller.poll()
    assert bench.spool.read == [f"nightly.{run_id(1)}.end.json", f"nightly.{run_id(2)}.end.json"]


@work
async def test_a_new_process_counts_what_is_still_in_the_spool_once(bench: Bench) -> None:
    bench.spool.put(start(1, hours=2), end(1, hours=2, exit_code=1))
    await bench.poller.poll()
    bench.restart()
    await bench.poller.poll()
    assert bench.facts.counts == {Outcome.FAILED: 1}
    assert bench.facts.consecutive_failures == 1


@work
async def test_runs_that_are_older_than_the_500_kept_do_not_come_back_from_the_spool(bench: Bench) -> None:
    bench.spool.put(*(end(number, hours=1000.0 - number) for number in range(510)))
    await bench.poller.poll()
    bench.restart()
    await bench.poller.poll()
    assert bench.facts.counts == {Outcome.SUCCESS: 510}
    assert len(bench.poller.ledger.of("nightly")) == 500


@work
async def test_an_acknowledged_report_that_comes_again_after_500_newer_runs_counts_once(bench: Bench) -> None:
    first = end(1, hours=0.5, ended=NOW, exit_code=1)
    assert await bench.poller.take(first) is Receipt.TAKEN
    for number in range(2, 502):
        await bench.poller.take(end(number, hours=0.5, ended=NOW))
    assert await bench.poller.take(first) is Receipt.KNOWN
    bench.restart()
    assert await bench.poller.take(first) is Receipt.KNOWN
    assert bench.facts.counts == {Outcome.FAILED: 1, Outcome.SUCCESS: 500}
    assert bench.facts.last_outcome is Outcome.SUCCESS


@work
async def test_a_clock_that_was_set_back_is_noticed_at_the_next_look(bench: Bench) -> None:
    await bench.poller.take(end(1, hours=0.5, ended=NOW))
    assert bench.published[-1][0].last_success == NOW
    bench.clock.jump(hours=-3)
    await bench.poller.poll()
    assert bench.published[-1][0].last_success is None


# --- nothing was tried


@work
async def test_a_skipped_run_neither_counts_nor_clears(bench: Bench) -> None:
    await bench.poller.take(end(1, hours=3, exit_code=1))
    await bench.poller.take(end(2, hours=1, exit_code=75, stated_outcome=Outcome.SKIPPED))
    facts = bench.facts
    assert (facts.last_outcome, facts.last_skipped, facts.last_exit_code) == (Outcome.FAILED, True, 1)
    assert (facts.last_end, facts.consecutive_failures) == (hours_ago(2.5), 1)
    assert facts.counts == {Outcome.FAILED: 1, Outcome.SKIPPED: 1}
    await bench.poller.take(end(3, hours=0.6))
    assert (bench.facts.last_outcome, bench.facts.last_skipped) == (Outcome.SUCCESS, False)


@work
async def test_a_call_can_say_that_nothing_was_tried(bench: Bench) -> None:
    await bench.poller.begin("nightly")
    assert await bench.poller.finish("nightly", None) is Receipt.TAKEN
    assert (bench.facts.last_outcome, bench.facts.last_skipped, bench.facts.running) == (None, True, False)


@work
async def test_a_dropped_run_dated_ahead_does_not_come_back_from_the_spool_and_hide_a_failure(bench: Bench) -> None:
    bench.spool.put(*(end(number, hours=1000.0 - number) for number in range(500)))
    await bench.poller.poll()
    bench.spool.put(end(600, hours=-9000, sent=NOW))
    await bench.poller.poll()
    bench.spool.put(*(end(number, hours=-1, ended=NOW) for number in range(700, 1200)))
    bench.clock.advance(hours=1)
    bench.spool.put(end(1300, hours=-1, ended=NOW + timedelta(hours=1), exit_code=1))
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.counts == {Outcome.SUCCESS: 1001, Outcome.FAILED: 1}
    bench.restart()
    bench.clock.advance(hours=1)
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.counts == {Outcome.SUCCESS: 1001, Outcome.FAILED: 1}


@work
async def test_files_that_left_the_spool_are_forgotten_after_an_hour_and_not_at_once(bench: Bench) -> None:
    bench.spool.put(end(1), end(2))
    await bench.poller.poll()
    files = dict(bench.spool.files)
    bench.spool.files.clear()
    await bench.wait(minutes=30)
    assert bench.store.load_runs().taken == files.keys()
    bench.spool.files.update(dict([files.popitem()]))
    await bench.wait(minutes=90)
    assert bench.store.load_runs().taken == bench.spool.files.keys()


@work
async def test_reports_of_an_undeclared_job_are_not_taken_for_read(bench: Bench) -> None:
    bench.spool.put(end(1, job="weekly"))
    await bench.poller.poll()
    assert bench.store.load_runs().taken == frozenset()


@work
async def test_a_state_store_that_was_lost_is_filled_from_the_spool_again(bench: Bench) -> None:
    bench.spool.put(end(1, hours=2, exit_code=1))
    await bench.poller.poll()
    bench.store = MemoryStore()
    bench.restart()
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.FAILED


@work
async def test_a_full_spool_is_read_in_parts_without_waiting_between(bench: Bench) -> None:
    bench.spool.most = 2
    bench.spool.put(*(end(number) for number in range(5)))
    assert await bench.poller.poll() == timedelta(0)
    assert await bench.poller.poll() == timedelta(0)
    assert await bench.poller.poll() == timedelta(seconds=5)
    assert bench.facts.counts == {Outcome.SUCCESS: 5}


@work
async def test_reports_of_a_job_that_is_declared_later_count_then(bench: Bench) -> None:
    bench.spool.put(end(1, hours=2, job="weekly"))
    await bench.wait(minutes=1)
    assert bench.facts.last_outcome is None
    bench.declare(job("weekly"))
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.SUCCESS


@pytest.mark.parametrize(
    "error", [SourceError(message("It is gone."), message("Make it.")), OSError("broken"), ValueError()]
)
def test_a_spool_that_cannot_be_read_ends_nothing(error: Exception) -> None:
    async def test() -> None:
        bench = Bench().start()
        bench.spool.error = error  # type: ignore[assignment]  # some are nothing that it may raise
        await bench.wait(seconds=15)
        bench.spool.error = None
        bench.spool.put(end(1))
        await bench.wait(minutes=1)
        assert bench.facts.last_outcome is Outcome.SUCCESS

    asyncio.run(test())


def test_trouble_with_the_spool_is_said_once() -> None:
    async def test() -> None:
        bench = Bench().start()
        bench.spool.error = SourceError(message("The spool folder does not exist."), message("Create it."))
        await bench.wait(minutes=1)
        bench.spool.error = None
        bench.spool.rejected = (FakeRejected("a", "It is a link."), FakeRejected("b", "It is a link."))
        bench.spool.put(end(1, job="nigthly"), end(2, job="nigthly"))
        await bench.wait(minutes=1)

    with capture_logs() as entries:
        asyncio.run(test())
    log = "\n".join(lines(entries))
    assert log.count("The spool folder does not exist.") == 1
    assert log.count("2 of its reports are not believed; a: It is a link.") == 1
    assert log.count("it holds reports of `nigthly`, which no job declares.") == 1


@work
async def test_reports_that_are_not_believed_are_counted_as_long_as_the_spool_can_be_read(bench: Bench) -> None:
    await bench.poller.poll()
    bench.spool.rejected = (FakeRejected("a", "It is a link."), FakeRejected("b", "It is a link."))
    bench.spool.put(end(1))
    await bench.wait(seconds=10)
    bench.spool.rejected = ()
    await bench.wait(seconds=10)
    bench.spool.error = SourceError(message("It is gone."), message("Make it."))
    await bench.wait(seconds=10)
    assert bench.rejected == [0, 2, 0, None]


# --- crashed, and still working


@work
async def test_a_run_that_gives_no_sign_of_life_for_five_minutes_has_crashed(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    bench.spool.beats = {run_id(1): 1}
    await bench.wait(minutes=5)
    assert bench.facts.running is True
    await bench.wait(seconds=15)
    assert bench.facts.running is False
    assert bench.facts.last_outcome is Outcome.CRASHED
    assert bench.facts.counts == {Outcome.CRASHED: 1}
    assert bench.facts.consecutive_failures == 1


@work
async def test_a_run_that_beats_works_for_days(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    for beats in range(200):
        bench.spool.beats = {run_id(1): beats}
        await bench.wait(minutes=4)
    assert bench.facts.running is True
    assert bench.facts.last_outcome is None


@work
async def test_an_end_that_arrives_late_revises_a_crash(bench: Bench) -> None:
    bench.spool.put(start(1, hours=1))
    await bench.wait(minutes=6)
    assert bench.facts.last_outcome is Outcome.CRASHED
    bench.spool.put(end(1, hours=1))
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.SUCCESS
    assert bench.facts.consecutive_failures == 0
    assert bench.facts.counts == {Outcome.CRASHED: 1, Outcome.SUCCESS: 1}


@work
async def test_a_sign_of_life_revises_a_crash_too(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    bench.spool.beats = {run_id(1): 1}
    await bench.wait(minutes=6)
    bench.spool.beats = {run_id(1): 2}
    await bench.poller.poll()
    assert bench.facts.running is True
    assert bench.facts.last_outcome is None


@work
async def test_a_crash_stays_one_in_a_new_process_although_its_file_is_still_there(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    bench.spool.beats = {run_id(1): 77}
    await bench.wait(minutes=6)
    bench.restart()
    await bench.wait(minutes=6)
    assert bench.facts.last_outcome is Outcome.CRASHED
    assert bench.facts.running is False
    assert bench.facts.counts == {Outcome.CRASHED: 1}


@work
async def test_a_run_has_its_five_minutes_anew_in_a_new_process(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    await bench.wait(minutes=4)
    bench.restart()
    await bench.wait(minutes=4)
    assert bench.facts.running is True
    await bench.wait(minutes=2)
    assert bench.facts.last_outcome is Outcome.CRASHED


@work
async def test_no_run_crashes_because_a_clock_is_set(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    bench.spool.beats = {run_id(1): 1}
    await bench.poller.poll()
    bench.clock.jump(days=3)
    await bench.wait(minutes=4)
    bench.clock.jump(days=-6)
    await bench.wait(seconds=30)
    assert bench.facts.running is True


@work
async def test_nobody_has_crashed_while_the_spool_could_not_be_read(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0))
    await bench.poller.poll()
    bench.spool.error = SourceError(message("It is gone."), message("Make it."))
    await bench.wait(minutes=30)
    bench.spool.error = None
    await bench.wait(minutes=4)
    assert bench.facts.running is True


# --- clocks


@work
async def test_a_failure_reported_by_a_clock_that_is_behind_is_the_last_run_all_the_same(bench: Bench) -> None:
    bench.spool.put(end(1, hours=1))
    await bench.wait(minutes=1)
    bench.spool.put(end(2, hours=50, sent=hours_ago(49.5), exit_code=1))
    await bench.wait(seconds=5)
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.last_end == NOW + timedelta(seconds=65)
    bench.restart()
    assert bench.facts.last_outcome is Outcome.FAILED


@work
async def test_reports_that_were_there_when_the_agent_began_are_ordered_by_their_own_times(bench: Bench) -> None:
    bench.spool.put(end(2, hours=1, sent=hours_ago(0.5)), end(1, hours=50, sent=hours_ago(49.5), exit_code=1))
    await bench.poller.poll()
    assert bench.facts.last_outcome is Outcome.SUCCESS
    assert bench.facts.last_end == hours_ago(0.5)


@work
async def test_a_failure_is_the_last_run_after_the_agents_own_clock_was_set_back(bench: Bench) -> None:
    bench.clock.jump(days=365)
    bench.spool.put(end(1, hours=-365 * 24))
    await bench.wait(minutes=1)
    bench.clock.jump(days=-365)
    bench.spool.put(end(2, hours=0.5, sent=NOW, exit_code=1))
    await bench.wait(minutes=1)
    assert bench.facts.last_outcome is Outcome.FAILED
    bench.restart()
    bench.clock.jump(days=400)
    assert bench.facts.last_outcome is Outcome.FAILED


@work
async def test_a_pushed_end_from_a_clock_behind_is_not_from_before_its_start_was_heard(bench: Bench) -> None:
    await bench.poller.take(end(1, hours=1))
    await bench.poller.take(start(2, hours=30, sent=hours_ago(30)))
    bench.clock.advance(minutes=20)
    told = hours_ago(30 - 1 / 3)
    await bench.poller.take(end(2, hours=30, ended=told, sent=told, duration_seconds=1200.0, exit_code=1))
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.last_end == NOW + timedelta(minutes=20)


@work
async def test_a_short_run_pushed_by_a_clock_five_minutes_behind_is_one_of_now(bench: Bench) -> None:
    told = hours_ago(1 / 12)
    await bench.poller.take(end(1, started=told, ended=told, sent=told, duration_seconds=1.0))
    assert bench.facts.last_end == NOW
    assert bench.facts.last_start == NOW - timedelta(seconds=1)


@work
async def test_a_pushed_end_that_waited_for_the_agent_keeps_its_time_and_its_place(bench: Bench) -> None:
    await bench.poller.take(start(1, hours=0, sent=NOW))
    bench.clock.advance(hours=5)
    await bench.poller.take(end(2, hours=-4, sent=hours_ago(-4.5), exit_code=1))
    await bench.poller.take(end(1, hours=0, sent=hours_ago(-0.5)))
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.last_end == hours_ago(-4.5)


@work
async def test_a_report_written_before_the_machine_slept_is_not_taken_for_one_of_a_clock_behind(bench: Bench) -> None:
    bench.spool.put(start(1, hours=0.5, sent=hours_ago(0.5)))
    await bench.wait(minutes=1)
    bench.spool.put(end(1, hours=0.5, ended=NOW, sent=NOW))
    bench.clock.jump(hours=8)
    await bench.wait(seconds=5)
    assert bench.facts.last_end == NOW


# --- pushed


@work
async def test_a_pushed_report_is_kept_before_it_is_acknowledged(bench: Bench) -> None:
    assert await bench.poller.take(end(1)) is Receipt.TAKEN
    assert [run.run_id for run in bench.store.load_runs().runs] == [run_id(1)]


@work
async def test_a_report_that_is_pushed_and_spooled_any_number_of_times_counts_once(bench: Bench) -> None:
    bench.spool.put(start(1), end(1))
    await bench.poller.poll()
    assert await bench.poller.take(start(1)) is Receipt.KNOWN
    assert await bench.poller.take(end(1)) is Receipt.KNOWN
    assert bench.facts.counts == {Outcome.SUCCESS: 1}


@work
async def test_a_repeated_report_is_acknowledged_no_sooner_than_the_first_is_kept(bench: Bench) -> None:
    save, kept = bench.store.save_runs, []

    def slowly(change: Any) -> None:
        time.sleep(0.2)
        save(change)
        kept.append("first")

    bench.store.save_runs = slowly  # type: ignore[method-assign]
    first = asyncio.create_task(bench.poller.take(end(1)))
    await asyncio.sleep(0)
    assert await bench.poller.take(end(1)) is Receipt.KNOWN
    kept.append("second")
    await first
    assert kept == ["first", "second"]


@work
async def test_a_report_of_an_undeclared_job_is_not_taken(bench: Bench) -> None:
    assert await bench.poller.take(end(1, job="other")) is Receipt.UNDECLARED
    assert await bench.poller.begin("other") is Receipt.UNDECLARED
    assert await bench.poller.finish("other", 0) is Receipt.UNDECLARED
    assert bench.store.load_runs().runs == ()


@work
async def test_what_cannot_be_written_down_counts_but_is_not_acknowledged(bench: Bench) -> None:
    save = bench.store.save_runs

    def failing(change: Any) -> None:
        save(change)
        bench.store.write_failures += 1

    def failing_flush() -> None:
        bench.store.write_failures += 1

    bench.store.save_runs = failing  # type: ignore[method-assign]
    bench.store.flush = failing_flush  # type: ignore[method-assign]
    assert await bench.poller.take(end(1)) is Receipt.NOT_KEPT
    assert await bench.poller.take(end(1)) is Receipt.NOT_KEPT
    bench.store.flush = lambda: None  # type: ignore[method-assign]
    assert await bench.poller.take(end(1)) is Receipt.KNOWN
    assert bench.facts.counts == {Outcome.SUCCESS: 1}


@work
async def test_pushed_beats_keep_a_run_alive_and_write_nothing(bench: Bench) -> None:
    await bench.poller.take(start(1, hours=0))
    for beats in range(1, 41):
        await bench.wait(seconds=30)
        assert await bench.poller.take(beat(1, beats)) is Receipt.KNOWN
    assert bench.facts.running is True
    assert len(bench.store.saved_runs) == 1
    await bench.wait(minutes=6)
    assert bench.facts.last_outcome is Outcome.CRASHED


@work
async def test_a_beat_that_is_replayed_is_no_sign_of_life(bench: Bench) -> None:
    await bench.poller.take(start(1, hours=0))
    for _ in range(14):
        await bench.wait(seconds=30)
        await bench.poller.take(beat(1, 1))
    assert bench.facts.last_outcome is Outcome.CRASHED


@work
async def test_a_run_is_told_of_by_a_beat_whose_start_was_lost(bench: Bench) -> None:
    assert await bench.poller.take(beat(1, 5)) is Receipt.TAKEN
    assert bench.facts.running is True
    assert bench.facts.last_start == NOW


# --- without a run id


@work
async def test_a_start_and_an_end_by_the_jobs_name_are_one_run(bench: Bench) -> None:
    assert await bench.poller.begin("nightly") is Receipt.TAKEN
    assert bench.facts.running is True
    await bench.wait(minutes=20)
    assert bench.facts.running is True
    assert await bench.poller.finish("nightly", 3) is Receipt.TAKEN
    assert bench.facts.running is False
    assert bench.facts.last_start == NOW
    assert bench.facts.last_outcome is Outcome.PARTIAL
    assert bench.facts.last_duration_seconds == 1200.0
    assert len(bench.poller.ledger.of("nightly")) == 1


@work
async def test_an_open_start_is_joined_after_a_restart(bench: Bench) -> None:
    await bench.poller.begin("nightly")
    bench.restart()
    bench.clock.advance(hours=2)
    await bench.poller.finish("nightly", 0)
    assert bench.facts.last_duration_seconds == 7200.0


@work
async def test_an_end_without_a_start_is_a_run_of_unknown_duration(bench: Bench) -> None:
    await bench.poller.finish("nightly", 1)
    assert bench.facts.last_outcome is Outcome.FAILED
    assert bench.facts.last_start is None
    assert bench.facts.last_duration_seconds is None
    assert bench.facts.last_exit_code == 1


@work
async def test_a_start_that_is_not_followed_by_an_end_has_crashed_when_the_next_begins(bench: Bench) -> None:
    await bench.poller.begin("nightly")
    bench.clock.advance(hours=24)
    await bench.poller.begin("nightly")
    assert bench.facts.counts == {Outcome.CRASHED: 1}
    assert bench.facts.running is True
    bench.clock.advance(hours=1)
    await bench.poller.finish("nightly", 0)
    assert bench.facts.last_outcome is Outcome.SUCCESS
    assert bench.facts.last_duration_seconds == 3600.0


@work
async def test_calls_that_are_repeated_at_once_count_once(bench: Bench) -> None:
    await bench.poller.begin("nightly")
    assert await bench.poller.begin("nightly") is Receipt.KNOWN
    bench.clock.advance(minutes=10)
    await bench.poller.finish("nightly", 0)
    assert await bench.poller.finish("nightly", 0) is Receipt.KNOWN
    assert bench.facts.counts == {Outcome.SUCCESS: 1}


@work
async def test_a_job_that_reports_only_ends_may_do_so_every_second(bench: Bench) -> None:
    for _ in range(3):
        await bench.poller.finish("nightly", 0)
        bench.clock.advance(seconds=1)
    assert bench.facts.counts == {Outcome.SUCCESS: 3}


# --- what it means for the repository


@work
async def test_a_success_whose_snapshot_is_there_is_no_contradiction(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=0))
    await bench.poller.take(end(1, hours=0, ended=NOW, snapshot_ids=(snapshot_id(1),)))
    assert bench.facts.last_success_snapshot_missing is None
    await bench.wait(seconds=30)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_a_success_without_a_snapshot_is_found_out_by_a_poll_that_began_after_it(bench: Bench) -> None:
    bench.clock.advance(seconds=10)
    await bench.nas.poll()
    bench.clock.advance(seconds=10)
    await bench.poller.take(end(1, hours=0, ended=NOW, snapshot_ids=("f" * 64,)))
    await bench.wait(minutes=1)
    assert bench.facts.last_success_snapshot_missing is None
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True


@work
async def test_a_snapshot_that_shows_up_later_takes_the_contradiction_back(bench: Bench) -> None:
    await bench.poller.take(end(1, hours=0, ended=NOW, snapshot_ids=(snapshot_id(1),)))
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True
    bench.reader.add(snapshot(1, hours=0))
    bench.clock.advance(minutes=5)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_a_verdict_outlives_the_process_and_the_snapshot(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=0))
    await bench.poller.take(end(1, hours=0, ended=NOW, snapshot_ids=(snapshot_id(1),)))
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    bench.reader.contents.clear()
    bench.restart()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_a_success_that_named_no_snapshot_needs_one_of_its_own(bench: Bench) -> None:
    """A snapshot that somebody made three minutes before is not the run's."""
    bench.reader.add(snapshot(1, hours=0.05))
    await bench.nas.poll()
    await bench.poller.take(end(1, hours=0, ended=NOW + timedelta(minutes=1), host="photos", duration_seconds=60.0))
    bench.clock.advance(minutes=2)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True
    await bench.poller.take(end(2, hours=-0.05, host="photos"))
    bench.reader.add(snapshot(2, hours=-0.06))
    bench.clock.advance(hours=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_a_call_that_names_no_run_needs_a_snapshot_that_was_not_listed_before(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=0.05))
    await bench.nas.poll()
    bench.clock.advance(minutes=1)
    await bench.poller.begin("nightly")
    bench.clock.advance(minutes=1)
    await bench.poller.finish("nightly", 0)
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True


@work
async def test_a_call_at_the_start_looks_at_what_is_there_before_it_answers(bench: Bench) -> None:
    await bench.nas.poll()
    bench.reader.add(snapshot(1, hours=0.05))
    await bench.poller.begin("nightly")
    bench.clock.advance(minutes=1)
    await bench.poller.finish("nightly", 0)
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True


@work
async def test_a_repository_that_does_not_answer_does_not_hold_up_a_call(bench: Bench) -> None:
    bench.reader.list_error = RepositoryError(
        FailureReason.UNREACHABLE, message("It is away."), message("Look."), transient=True
    )
    assert await bench.poller.begin("nightly") is Receipt.TAKEN


@work
async def test_a_report_without_the_time_of_its_making_is_taken_for_one_of_its_end(bench: Bench) -> None:
    await bench.poller.take(end(1, started=hours_ago(0.1), ended=hours_ago(0.09), duration_seconds=None))
    assert bench.facts.last_end == NOW
    await bench.poller.take(beat(2, 1, hours=0.1))
    assert bench.facts.last_start == hours_ago(0.01)


@work
async def test_what_the_store_knew_when_the_agent_began_was_there_before_any_later_run(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=0.05))
    await bench.nas.poll()
    bench.restart()
    bench.clock.advance(minutes=1)
    await bench.poller.begin("nightly")
    bench.clock.advance(minutes=1)
    await bench.poller.finish("nightly", 0)
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is True


@work
async def test_a_snapshot_that_another_jobs_run_named_is_not_this_ones(bench: Bench) -> None:
    bench.declare(job(), job("weekly", plan=None))
    bench.reader.add(snapshot(1, hours=0))
    await bench.poller.take(end(1, hours=0, job="weekly", ended=NOW, snapshot_ids=(snapshot_id(1)[:8],)))
    await bench.poller.take(end(2, hours=0.1, ended=NOW, host="photos"))
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert [facts.last_success_snapshot_missing for facts in bench.poller.facts()] == [True, False]


@work
async def test_a_snapshot_that_restic_cannot_read_yet_is_no_contradiction(bench: Bench) -> None:
    await bench.nas.poll()
    await bench.poller.take(end(1, hours=0, ended=NOW, host="photos"))
    bench.reader.listed = {snapshot_id(1)}
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_a_copy_of_another_jobs_snapshot_is_not_a_backups_own(bench: Bench) -> None:
    reader = FakeRepository(repository_id="2" * 64, location="elsewhere")
    access = StoreAccess(bench.store, lambda: None)
    book = bench.poller.ledger
    offsite = RepositoryPoller(
        repository("offsite"), "/srv/immich", reader, access, bench.clock, lambda _: None, book, bench.lineage
    )
    bench.reader.add(snapshot(1, hours=0))
    reader.add(snapshot(2, hours=0, original=snapshot_id(1)))
    jobs = job("far", repository="offsite"), job()
    bench.poller.declare(jobs, bench.spool, (bench.nas, offsite))
    bench.poller.restore(bench.store)
    await bench.poller.take(end(1, hours=0.1, ended=NOW, host="photos"))
    await bench.poller.take(end(2, hours=0.1, job="far", ended=NOW, host="photos"))
    bench.clock.advance(minutes=1)
    await bench.nas.poll()
    await offsite.poll()
    await bench.poller.poll()
    assert [facts.last_success_snapshot_missing for facts in bench.poller.facts()] == [True, False]
    bench.poller.declare(jobs[:1], bench.spool, (bench.nas, offsite))
    bench.poller.restore(bench.store)
    await bench.poller.poll()
    assert bench.facts.last_success_snapshot_missing is False


@work
async def test_nothing_changed_needs_no_poll_to_be_no_contradiction(bench: Bench) -> None:
    await bench.poller.take(end(1, no_snapshot=NoSnapshot.UNCHANGED))
    assert bench.facts.last_success_snapshot_missing is False


@pytest.mark.parametrize("kind", [JobKind.CHECK, JobKind.PRUNE, JobKind.OTHER])
def test_only_a_backup_has_to_make_a_snapshot(kind: JobKind) -> None:
    async def test() -> None:
        bench = Bench(jobs=(job(kind=kind),)).start()
        await bench.poller.take(end(1, hours=0, ended=NOW))
        bench.clock.advance(minutes=1)
        await bench.nas.poll()
        await bench.poller.poll()
        assert bench.facts.last_success_snapshot_missing is None

    asyncio.run(test())


@work
async def test_the_end_of_a_backup_has_its_repository_looked_at_soon(bench: Bench) -> None:
    await bench.poller.take(start(1))
    assert not bench.nas.hurried.is_set()
    await bench.poller.take(end(1))
    assert bench.nas.hurried.is_set()


@work
async def test_a_failed_run_takes_the_last_success_of_its_plan_back_at_once(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=26), snapshot(2, hours=2))
    await bench.nas.poll()
    assert bench.nas.facts.plans[0].last_success == hours_ago(2)
    await bench.poller.take(end(2, hours=2, exit_code=1, snapshot_ids=(snapshot_id(2),)))
    assert bench.repositories[-1].plans[0].last_success == hours_ago(26)
    bench.restart()
    assert bench.nas.facts.plans[0].last_success == hours_ago(26)


@work
async def test_a_failed_copy_or_prune_does_not_make_the_snapshots_that_it_names_incomplete(bench: Bench) -> None:
    bench.declare(job("copying", kind=JobKind.COPY))
    bench.reader.add(snapshot(1, hours=26), snapshot(2, hours=2))
    await bench.nas.poll()
    await bench.poller.take(end(2, job="copying", exit_code=1, snapshot_ids=(snapshot_id(2),)))
    assert bench.nas.facts.plans[0].last_success == hours_ago(2)


@work
async def test_an_unchanged_run_ceases_to_count_by_time_alone(bench: Bench) -> None:
    bench.reader.add(snapshot(1, hours=26))
    await bench.nas.poll()
    await bench.poller.take(end(2, hours=2, no_snapshot=NoSnapshot.UNCHANGED, parent_id=snapshot_id(1)))
    assert bench.nas.facts.plans[0].last_success == hours_ago(2)
    bench.clock.advance(days=6, hours=21)
    await bench.nas.poll()
    assert bench.nas.facts.plans[0].last_success == hours_ago(2)
    bench.clock.advance(hours=2)
    await bench.nas.poll()
    assert bench.nas.facts.plans[0].last_success == hours_ago(26)


@work
async def test_a_running_backup_is_in_progress_for_its_plan_even_without_a_lock(bench: Bench) -> None:
    await bench.nas.poll()
    assert bench.nas.facts.plans[0].run_in_progress is False
    await bench.poller.take(start(1, hours=0))
    assert bench.repositories[-1].plans[0].run_in_progress is True
    await bench.poller.take(end(1, hours=0, ended=NOW))
    assert bench.repositories[-1].plans[0].run_in_progress is False


@work
async def test_a_run_of_another_kind_or_plan_is_none_of_the_plans(bench: Bench) -> None:
    bench.declare(job("checking", kind=JobKind.CHECK), job("other", plan="other"))
    await bench.nas.poll()
    await bench.poller.take(start(1, hours=0, job="checking"))
    await bench.poller.take(start(2, hours=0, job="other"))
    assert bench.nas.facts.plans[0].run_in_progress is False


@work
async def test_what_checks_found_is_the_repositorys_and_outlives_the_job(bench: Bench) -> None:
    bench.declare(job("checking", kind=JobKind.CHECK, plan=None))
    await bench.nas.poll()
    await bench.poller.take(end(1, hours=9, job="checking", check_scope=CheckScope.DATA, damaged=True, exit_code=1))
    damaged = {CheckScope.DATA: CheckRecord(time=hours_ago(8.5), success=False)}
    assert bench.repositories[-1].checks == damaged
    bench.jobs = ()
    bench.restart()
    assert bench.nas.facts.checks == damaged


@work
async def test_a_check_is_known_before_the_repository_was_ever_reached(bench: Bench) -> None:
    bench.declare(job("checking", kind=JobKind.CHECK, plan=None))
    await bench.poller.take(end(1, hours=9, job="checking"))
    passed = {CheckScope.STRUCTURE: CheckRecord(time=hours_ago(8.5), success=True)}
    assert bench.repositories[-1].checks == passed
    await bench.nas.poll()
    assert bench.store.load_repository("1" * 64).checks == passed


@work
async def test_a_repository_made_in_the_place_of_another_has_none_of_its_checks(bench: Bench) -> None:
    bench.declare(job("checking", kind=JobKind.CHECK, plan=None))
    await bench.nas.poll()
    await bench.poller.take(end(1, hours=9, job="checking", damaged=True, exit_code=1))
    bench.reader.repository_id = "2" * 64
    bench.nas.reopen()
    await bench.nas.poll()
    assert bench.nas.facts.checks == {}
    bench.restart()
    assert bench.nas.facts.checks == {}
    bench.clock.advance(hours=1)
    await bench.poller.take(end(2, hours=-1, job="checking"))
    assert set(bench.nas.facts.checks) == {CheckScope.STRUCTURE}


# --- reload


@work
async def test_a_reload_loses_no_sign_of_life_and_no_run(bench: Bench) -> None:
    await bench.poller.take(start(1, hours=0))
    await bench.wait(minutes=3)
    bench.declare(job(max_age=timedelta(hours=26)))
    assert bench.facts.running is True
    await bench.wait(minutes=2, seconds=15)
    assert bench.facts.last_outcome is Outcome.CRASHED


@work
async def test_a_job_is_expected_since_it_was_first_declared(bench: Bench) -> None:
    bench.clock.advance(days=3)
    bench.restart()
    assert bench.facts.expected_since == NOW
    assert bench.poller.subjects == {"job/nightly"}


@work
async def test_runs_are_attributed_to_plans_as_they_are_declared_now(bench: Bench) -> None:
    bench.nas.settings = replace(bench.nas.settings, plans=(plan(),))
    bench.declare(job(plan="other"))
    await bench.nas.poll()
    await bench.poller.take(start(1, hours=0))
    assert bench.nas.facts.plans[0].run_in_progress is False
    bench.declare(job(plan="immich"))
    assert bench.nas.reconsider().plans[0].run_in_progress is True


def test_the_log_tells_of_every_last_run_once() -> None:
    async def test() -> None:
        bench = Bench().start()
        bench.spool.put(
            end(1, hours=50), end(2, hours=26, exit_code=1), end(3, hours=2, exit_code=3, unreadable_files=2)
        )
        await bench.wait(minutes=1)
        bench.restart()
        await bench.wait(minutes=1)

    with capture_logs() as logs:
        asyncio.run(test())
    log = "\n".join(lines(logs))
    assert log.count("job nightly: the run ended partially with exit code 3; 2 files were unreadable.") == 1
    assert "failed with exit code 1" not in log
