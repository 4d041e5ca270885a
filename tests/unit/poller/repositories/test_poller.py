import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.records import Acceptance, AcceptRequest, Gone, RepositoryChange
from immich_backup_exporter.domain.repository import LockName, Snapshot
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from support.facts import NOW, hours_ago, plan, repository, snapshot, snapshot_id
from support.fakes import FakeRepository, HandClock
from support.memory_store import MemoryStore
from support.words import english

UNREACHABLE = RepositoryError(FailureReason.UNREACHABLE, "it does not answer.", "Start it.", transient=True)
WRONG_PASSWORD = RepositoryError(FailureReason.WRONG_PASSWORD, "wrong password.", "Mend it.", transient=False)


@dataclass
class Bench:
    """A poller with everything around it."""

    reader: FakeRepository = field(default_factory=FakeRepository)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    settings: RepositorySettings = field(default_factory=repository)
    published: list[RepositoryFacts] = field(default_factory=list)
    lineage: Lineage = field(default_factory=Lineage)

    def start(self) -> RepositoryPoller:
        access = StoreAccess(self.store, lambda: None)
        poller = RepositoryPoller(
            self.settings,
            "/srv/immich",
            self.reader,
            access,
            self.clock,
            self.published.append,
            lineage=self.lineage,
        )
        poller.restore(self.store)
        return poller


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def test_before_the_first_poll_no_state_and_no_count_is_known() -> None:
    facts = Bench().start().facts
    assert facts.up is None
    assert facts.snapshots is None
    assert facts.plans[0].snapshots is None
    assert facts.expected_since == NOW


def test_the_first_poll_opens_the_repository_and_reads_everything_with_one_process() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(*(snapshot(number, hours=number) for number in range(1, 1001)))
        poller = bench.start()
        await poller.poll()
        assert bench.reader.calls == ["open", "snapshots"]
        assert poller.facts.up is True
        assert poller.facts.snapshots == 1000
        assert poller.facts.plans[0].last_success == hours_ago(1)

    run(work)


def test_polls_of_an_unchanged_repository_start_nothing_and_write_half_hourly_that_it_was_there() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        poller = bench.start()
        await poller.poll()
        bench.reader.calls.clear()
        bench.store.changes.clear()
        for _ in range(100):
            bench.clock.advance(minutes=5)
            await poller.poll()
        assert bench.reader.calls == []
        assert [change for _, change in bench.store.changes] == [
            RepositoryChange(last_poll_success=hours_ago(-0.5 * number)) for number in range(1, 17)
        ]
        assert poller.facts.polls == 101
        assert poller.facts.last_poll_success == bench.clock.now()

    run(work)


def test_restic_opens_an_unchanged_repository_once_a_day() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        await poller.poll()
        for _ in range(49):
            bench.clock.advance(hours=1)
            await poller.poll()
        assert bench.reader.calls == ["open", "open"]

    run(work)


def test_a_reload_has_restic_open_it_again() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        await poller.poll()
        poller.reopen()
        await poller.poll()
        assert bench.reader.calls == ["open", "open"]

    run(work)


def test_an_id_that_restic_does_not_return_is_backed_off_and_remembered_over_a_restart() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        bench.reader.listed = {snapshot_id(1), snapshot_id(2)}
        await bench.start().poll()
        poller = bench.start()
        bench.reader.calls.clear()
        bench.clock.advance(minutes=5)
        await poller.poll()
        assert bench.reader.calls == ["open"]
        bench.clock.advance(minutes=6)
        await poller.poll()
        assert bench.reader.calls == ["open", "snapshots"]
        bench.clock.advance(minutes=19)
        await poller.poll()
        assert bench.reader.calls == ["open", "snapshots"]
        assert poller.facts.up is True
        assert poller.facts.snapshots == 1

    run(work)


def test_a_failed_listing_keeps_events_drops_states_and_counts() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        bench.reader.locks = [LockName(name="a", modified=NOW)]
        poller = bench.start()
        await poller.poll()
        bench.reader.list_error = UNREACHABLE
        bench.clock.advance(minutes=5)
        await poller.poll()
        facts = poller.facts
        assert facts.up is False
        assert facts.failure is FailureReason.UNREACHABLE
        assert facts.locks is None
        assert facts.last_poll_success == NOW
        assert facts.last_poll == bench.clock.now()
        assert facts.plans[0].last_success == hours_ago(1)
        assert facts.plans[0].run_in_progress is None
        assert (facts.polls, facts.poll_failures) == (2, 1)

    run(work)


def test_when_an_outage_began_survives_a_restart() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        await poller.poll()
        for _ in range(3):
            bench.clock.advance(hours=1)
            await poller.poll()
        bench.reader.list_error = UNREACHABLE
        bench.clock.advance(hours=1)
        await poller.poll()
        facts = bench.start().facts
        assert facts.last_poll_success == NOW + timedelta(hours=3)
        assert facts.up is None

    run(work)


def test_a_restart_knows_the_events_before_any_poll() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1), snapshot(2, hours=26))
        await bench.start().poll()
        bench.clock.advance(hours=30)
        facts = bench.start().facts
        assert facts.plans[0].last_success == hours_ago(1)
        assert facts.snapshots == 2
        assert facts.expected_since == NOW
        assert facts.failure is None

    run(work)


def test_a_name_that_moved_to_another_place_never_serves_the_old_ones_facts() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        await bench.start().poll()
        bench.clock.advance(hours=1)
        bench.reader = FakeRepository(location="elsewhere", repository_id="2" * 64)
        facts = bench.start().facts
        assert facts.snapshots is None
        assert facts.plans[0].last_success is None
        assert facts.expected_since == NOW + timedelta(hours=1)

    run(work)


def test_a_repository_made_anew_in_the_same_place_is_opened_and_its_own_facts_served() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        poller = bench.start()
        await poller.poll()
        bench.reader.contents = {}
        bench.reader.repository_id = "2" * 64
        bench.reader.add(snapshot(7, hours=5))
        bench.clock.advance(minutes=5)
        await poller.poll()
        assert poller.facts.snapshots == 1
        assert poller.facts.plans[0].last_success == hours_ago(5)
        assert poller.facts.plans[0].size_delta_bytes is None

    run(work)


def test_forgotten_snapshots_leave_the_counts_and_stay_in_the_baseline() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(*(snapshot(number, hours=10 - number) for number in range(1, 6)))
        poller = bench.start()
        await poller.poll()
        bench.reader.contents = {snapshot_id(5): snapshot(5, hours=5)}
        await poller.poll()
        assert poller.facts.snapshots == 1
        assert poller.facts.plans[0].snapshots == 1
        assert poller.facts.plans[0].size_baseline_bytes == 1000.0
        assert bench.start().facts.plans[0].size_baseline_bytes == 1000.0

    run(work)


def test_a_wrong_password_fails_the_poll_until_restic_opens_it_and_is_not_tried_at_every_poll() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.restic_error = WRONG_PASSWORD
        poller = bench.start()
        for _ in range(12):
            await poller.poll()
            bench.clock.advance(minutes=5)
        assert poller.facts.failure is FailureReason.WRONG_PASSWORD
        assert poller.facts.up is False
        assert poller.facts.poll_failures == 12
        assert len(bench.reader.calls) == 5
        bench.reader.restic_error = None
        for _ in range(3):
            bench.clock.advance(minutes=5)
            await poller.poll()
        assert poller.facts.up is True
        assert poller.facts.failure is None

    run(work)


def test_locks_are_known_while_only_restic_fails() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.restic_error = WRONG_PASSWORD
        bench.reader.locks = [LockName(name="a", modified=hours_ago(2))]
        poller = bench.start()
        await poller.poll()
        assert poller.facts.locks is not None
        assert poller.facts.locks.count == 1
        assert poller.facts.locks.oldest == hours_ago(2)

    run(work)


def test_a_defect_of_ours_is_a_failure_of_that_source_and_not_the_end() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        bench.reader.contents = None  # type: ignore[assignment]  # provokes a TypeError inside
        await poller.poll()
        assert poller.facts.failure is FailureReason.UNKNOWN
        assert english(poller.facts.failure_sentence) == "the agent failed with an unexpected TypeError."

    run(work)


def test_a_clock_that_jumps_neither_stops_nor_hurries_the_daily_opening() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        poller = bench.start()
        await poller.poll()
        for jump in (300, -600):
            bench.clock.jump(days=jump)
            await poller.poll()
        assert bench.reader.calls == ["open", "snapshots"]
        assert poller.facts.up is True

    run(work)


def test_a_future_snapshot_counts_as_fresh_once_its_time_has_come_though_nothing_else_changes() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1, hours=-2))
        poller = bench.start()
        await poller.poll()
        assert poller.facts.plans[0].in_future == 1
        assert poller.facts.plans[0].last_success is None
        bench.clock.advance(hours=2)
        await poller.poll()
        assert poller.facts.plans[0].in_future == 0
        assert poller.facts.plans[0].last_success == NOW + timedelta(hours=2)

    run(work)


def test_snapshots_without_a_summary_are_sized_once_and_remembered() -> None:
    async def work() -> None:
        bench = Bench(settings=repository(stats_interval=None))
        bench.reader.add(snapshot(1, size_bytes=None), snapshot(2, hours=30, size_bytes=None, paths=("/srv", "/x")))
        poller = bench.start()
        await poller.poll()
        assert poller.facts.plans[0].size_bytes is None
        await poller.find_sizes()
        assert poller.facts.plans[0].size_bytes == 100
        assert poller.facts.plans[0].size_delta_bytes == -100
        assert bench.published[-1].plans[0].size_bytes == 100
        assert bench.reader.calls.count("stats") == 2
        restarted = bench.start()
        await restarted.poll()
        await restarted.find_sizes()
        assert bench.reader.calls.count("stats") == 2

    run(work)


def test_the_repository_is_sized_after_a_change_and_at_most_once_a_day() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        poller = bench.start()
        for hours in (0, 1, 1, 48):
            bench.clock.advance(hours=hours)
            await poller.poll()
            await poller.find_sizes()
        assert bench.reader.calls.count("stats raw") == 1
        bench.reader.add(snapshot(2))
        await poller.poll()
        await poller.find_sizes()
        assert bench.reader.calls.count("stats raw") == 2
        assert poller.facts.size is not None
        assert poller.facts.size.size_bytes == 5000

    run(work)


def test_several_plans_of_one_repository_each_have_their_own_numbers() -> None:
    async def work() -> None:
        plans = (plan(name="photos"), plan(name="laptop", host="laptop", paths=("/home",)))
        bench = Bench(settings=repository(plans=plans))
        bench.reader.add(snapshot(1, hours=30), snapshot(2, hostname="laptop", paths=("/home",)))
        poller = bench.start()
        await poller.poll()
        assert [facts.last_success for facts in poller.facts.plans] == [hours_ago(30), hours_ago(1)]

    run(work)


@pytest.mark.parametrize(("age_minutes", "in_progress"), [(1, True), (29, True), (31, False)])
def test_a_lock_that_is_being_refreshed_means_that_a_run_is_in_progress(age_minutes: int, in_progress: bool) -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.locks = [LockName(name="a", modified=hours_ago(age_minutes / 60))]
        poller = bench.start()
        await poller.poll()
        assert poller.facts.plans[0].run_in_progress is in_progress

    run(work)


def test_a_lock_without_a_time_is_as_old_as_its_name_has_been_seen() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.locks = [LockName(name="a")]
        poller = bench.start()
        await poller.poll()
        bench.clock.advance(minutes=40)
        bench.reader.locks = [LockName(name="a"), LockName(name="b")]
        await poller.poll()
        assert poller.facts.locks is not None
        assert poller.facts.locks.oldest == NOW

    run(work)


def test_a_lock_refreshed_for_more_than_a_day_is_no_run_in_progress_any_more() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        for number in range(26):
            bench.reader.locks = [LockName(name=str(number), modified=bench.clock.now())]
            await poller.poll()
            bench.clock.advance(hours=1)
        assert poller.facts.plans[0].run_in_progress is False

    run(work)


def test_a_snapshot_that_was_forgotten_between_listing_and_reading_is_no_trouble() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1))
        bench.reader.listed = {snapshot_id(1), snapshot_id(2)}
        poller = bench.start()
        read = bench.reader.snapshots

        async def forget_meanwhile(ids: Collection[str]) -> Sequence[Snapshot]:
            bench.reader.listed = {snapshot_id(1)}
            return await read(ids)

        bench.reader.snapshots = forget_meanwhile  # type: ignore[method-assign]
        await poller.poll()
        assert poller.facts.unreadable_snapshots == 0
        assert poller.facts.snapshots == 1

    run(work)


def test_a_listed_snapshot_that_restic_cannot_read_is_counted() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.listed = {snapshot_id(2)}
        poller = bench.start()
        await poller.poll()
        assert poller.facts.unreadable_snapshots == 1
        assert english(poller.facts.plans[0].explanation) == (
            "The repository lists 1 snapshot, and restic could read none of them."
        )

    run(work)


def test_a_copy_is_not_sized_again_where_its_original_is_known() -> None:
    async def work() -> None:
        bench = Bench(settings=repository(stats_interval=None))
        bench.lineage.add([snapshot(1, tree="a" * 64)], {})
        bench.reader.add(snapshot(2, tree="a" * 64, original=snapshot_id(1), size_bytes=None, files=None))
        poller = bench.start()
        await poller.poll()
        await poller.find_sizes()
        assert bench.reader.calls == ["open", "snapshots"]
        assert poller.facts.plans[0].size_bytes == 1000
        assert poller.facts.plans[0].files == 10

    run(work)


def test_a_copy_that_was_read_before_its_original_inherits_later_and_keeps_it_over_a_restart() -> None:
    async def work() -> None:
        bench = Bench(settings=repository(stats_interval=None))
        bench.reader.add(snapshot(2, tree="a" * 64, original=snapshot_id(1), size_bytes=None, files=None))
        poller = bench.start()
        await poller.poll()
        bench.lineage.add([snapshot(1, tree="a" * 64)], {})
        await poller.find_sizes()
        assert "stats" not in bench.reader.calls
        bench.lineage = Lineage()
        assert bench.start().facts.plans[0].files == 10

    run(work)


def test_an_empty_repository_is_not_sized_and_a_filled_one_at_once() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        await poller.poll()
        await poller.find_sizes()
        assert poller.facts.size is None
        bench.reader.add(snapshot(1))
        await poller.poll()
        await poller.find_sizes()
        assert poller.facts.size is not None

    run(work)


def test_a_lock_dated_in_the_future_ages_from_when_it_was_first_seen() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.locks = [LockName(name="a", modified=hours_ago(-240))]
        poller = bench.start()
        await poller.poll()
        bench.clock.advance(minutes=40)
        await poller.poll()
        assert poller.facts.locks is not None
        assert poller.facts.locks.oldest == NOW
        assert poller.facts.plans[0].run_in_progress is False

    run(work)


def test_it_is_noted_between_which_looks_a_snapshot_ceased_to_be_listed() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1), snapshot(2))
        poller = bench.start()
        await poller.poll()
        bench.clock.advance(minutes=5)
        del bench.reader.contents[snapshot_id(1)]
        await poller.poll()
        when = Gone(after=NOW, seen=NOW + timedelta(minutes=5))
        assert poller.record.gone == {snapshot_id(1): when}
        assert bench.store.load_repository("1" * 64).gone == {snapshot_id(1): when}

    run(work)


def test_the_look_before_an_outage_is_the_last_that_saw_a_snapshot() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1), snapshot(2))
        poller = bench.start()
        await poller.poll()
        bench.clock.advance(hours=3)
        bench.reader.list_error = UNREACHABLE
        await poller.poll()
        bench.reader.list_error = None
        del bench.reader.contents[snapshot_id(1)]
        bench.clock.advance(hours=3)
        await poller.poll()
        assert poller.record.gone[snapshot_id(1)] == Gone(after=NOW, seen=NOW + timedelta(hours=6))

    run(work)


def test_snapshots_are_counted_with_the_time_of_the_look() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.add(snapshot(1, hours=5))
        poller = bench.start()
        await poller.poll()
        (count,) = poller.record.counts
        assert (count.time, count.noted, count.count) == (hours_ago(5), NOW, 1)

    run(work)


ASK = AcceptRequest(time=NOW, reason="moved the videos", repository="nas", plan="immich")


def small(bench: Bench) -> None:
    """Ten usual snapshots and a small one."""
    bench.reader.add(*(snapshot(number, hours=100 - number) for number in range(1, 11)))
    bench.reader.add(snapshot(11, hours=1, size_bytes=10, files=1))


def test_an_accepted_size_is_usual_after_the_next_poll_and_after_a_restart() -> None:
    async def work() -> None:
        bench = Bench()
        small(bench)
        poller = bench.start()
        await poller.poll()
        assert poller.facts.plans[0].size_baseline_bytes == 1000
        assert await poller.accept(ASK) is False
        assert poller.hurried.is_set()
        bench.clock.advance(seconds=1)
        await poller.poll()
        assert await poller.accept(ASK) is True
        said = Acceptance(time=NOW, reason="moved the videos", since=hours_ago(1), count=11)
        facts = poller.facts.plans[0]
        assert (facts.size_baseline_bytes, facts.files_baseline, facts.snapshots_baseline) == (10, 1, 11)
        assert facts.accepted == said
        assert bench.start().facts.plans[0].accepted == said
        assert bench.start().facts.plans[0].size_baseline_bytes == 10

    run(work)


def test_a_request_that_was_taken_in_before_changes_nothing() -> None:
    async def work() -> None:
        bench = Bench()
        small(bench)
        poller = bench.start()
        await poller.poll()
        assert await poller.accept(ASK, unseen=True) is True
        bench.reader.add(snapshot(12, hours=0.5, size_bytes=1))
        bench.clock.advance(minutes=5)
        await poller.poll()
        bench.store.changes.clear()
        assert await poller.accept(ASK) is True
        assert bench.store.changes == []
        assert poller.facts.plans[0].size_baseline_bytes == 10

    run(work)


def test_a_request_waits_for_a_repository_that_was_never_read() -> None:
    async def work() -> None:
        bench = Bench()
        bench.reader.list_error = UNREACHABLE
        poller = bench.start()
        await poller.poll()
        assert await poller.accept(ASK, unseen=True) is False

    run(work)


def test_a_request_from_a_clock_that_is_ahead_waits_for_its_time() -> None:
    async def work() -> None:
        bench = Bench()
        small(bench)
        poller = bench.start()
        await poller.poll()
        ahead = AcceptRequest(time=NOW + timedelta(hours=1), repository="nas", plan="immich")
        assert await poller.accept(ahead, unseen=True) is False
        bench.clock.advance(hours=1)
        assert await poller.accept(ahead, unseen=True) is True

    run(work)


def test_a_request_for_a_plan_that_is_not_declared_is_done_with() -> None:
    async def work() -> None:
        poller = Bench().start()
        assert await poller.accept(AcceptRequest(time=NOW, repository="nas", plan="other")) is True

    run(work)
