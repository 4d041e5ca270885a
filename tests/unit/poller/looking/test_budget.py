import asyncio
from datetime import timedelta

import pytest

from immich_backup_exporter.domain.settings import InspectSettings
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.looking.budget import Budget, BudgetSpentError, BytesRead
from support.facts import repository
from support.fakes import HandClock
from support.inspected import FakeInspected
from support.memory_store import MemoryStore


class Bench:
    """A hundred bytes a day."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.store = MemoryStore()
        self.store.now = self.clock.now()
        self.read = BytesRead()
        self.nas = FakeInspected(repository(inspect=InspectSettings(max_bytes_per_day=100)))
        self.budget = self.another()

    def another(self) -> Budget:
        return Budget(self.read, StoreAccess(self.store, lambda: None), self.clock)

    def allow(self, size_bytes: int = 0) -> None:
        asyncio.run(self.budget.allow(self.nas, size_bytes))

    def stream(self, *progress: int) -> None:
        meter = self.budget.meter(self.nas, lambda: None)
        for so_far in progress:
            meter(so_far)

    def remember(self) -> None:
        asyncio.run(self.budget.remember([self.nas]))

    def noted(self) -> list[int]:
        return [size for _, size in self.store.read_since("1" * 64, self.store.now - timedelta(days=400))]


def test_what_was_read_of_a_stream_counts_once() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(10, 25, 25, 60)
    assert bench.read.of("nas") == 60


def test_a_stream_ends_when_it_goes_over_the_limit_and_not_at_it() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(100)
    with pytest.raises(BudgetSpentError):
        bench.stream(1)


def test_two_streams_share_the_limit() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(60)
    with pytest.raises(BudgetSpentError):
        bench.stream(41)


def test_nothing_begins_that_is_larger_than_what_is_left() -> None:
    bench = Bench()
    bench.allow(99)
    with pytest.raises(BudgetSpentError):
        bench.allow(100)


def test_nothing_begins_once_the_limit_is_reached() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(100)
    with pytest.raises(BudgetSpentError):
        bench.allow()


def test_what_was_read_is_written_down_once() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(60)
    bench.remember()
    bench.remember()
    bench.stream(5)
    bench.remember()
    assert bench.noted() == [60, 5]


def test_what_was_read_before_a_restart_counts_for_a_day() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(100)
    bench.remember()
    bench.read = BytesRead()
    bench.budget = bench.another()
    bench.clock.advance(hours=24)
    with pytest.raises(BudgetSpentError):
        bench.allow()
    bench.clock.advance(seconds=1)
    bench.allow(99)


def test_after_a_reload_what_was_written_down_is_not_written_again() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(60)
    bench.remember()
    bench.budget = bench.another()
    bench.allow()
    bench.remember()
    assert bench.noted() == [60]


def test_what_was_read_of_a_repository_without_an_id_is_written_down_once_it_has_one() -> None:
    bench = Bench()
    bench.nas.repository_id = None
    bench.allow()
    bench.stream(60)
    bench.remember()
    assert bench.noted() == []
    bench.nas.repository_id = "1" * 64
    bench.remember()
    assert bench.noted() == [60]


def test_each_repository_has_a_limit_of_its_own() -> None:
    bench = Bench()
    bench.allow()
    bench.stream(100)
    off = FakeInspected(repository("off", inspect=InspectSettings(max_bytes_per_day=100)), repository_id="2" * 64)
    asyncio.run(bench.budget.allow(off, 99))


def test_every_sign_of_life_is_passed_on() -> None:
    bench = Bench()
    bench.allow()
    touched: list[bool] = []
    meter = bench.budget.meter(bench.nas, lambda: touched.append(True))
    meter(10)
    meter(10)
    assert touched == [True, True]
