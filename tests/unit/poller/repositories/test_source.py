"""A repository is polled at its own pace, and sized once all repositories have been looked at."""

import asyncio
from datetime import timedelta

import pytest

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import Independence
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.repositories.independence import IndependencePoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.poller.repositories.source import RepositorySource
from immich_backup_exporter.poller.source import Phase
from support.facts import repository, snapshot
from support.fakes import FakeRepository, HandClock
from support.memory_store import MemoryStore


class Bench:
    def __init__(self, random: float = 0.0) -> None:
        self.reader, self.store = FakeRepository(), MemoryStore()
        self.reader.add(snapshot(1, size_bytes=None))
        self.published: list[RepositoryFacts] = []
        self.unseen = {"nas"}
        self.poller = RepositoryPoller(
            repository(),
            "/srv/immich",
            self.reader,
            StoreAccess(self.store, lambda: None),
            HandClock(),
            self.published.append,
        )
        self.source = RepositorySource(self.poller, self.published.append, self.unseen, lambda: random)


@pytest.mark.parametrize(("random", "minutes"), [(0.0, 5.0), (0.5, 4.75)])
def test_polls_are_spread_over_the_interval(random: float, minutes: float) -> None:
    assert asyncio.run(Bench(random).source.poll()) == timedelta(minutes=minutes)


def test_a_poll_is_noted_for_the_other_repositories() -> None:
    bench = Bench()
    asyncio.run(bench.source.poll())
    assert bench.unseen == set()


def test_what_the_store_holds_is_published_once() -> None:
    bench = Bench()
    bench.source.restore(bench.store)
    assert [facts.name for facts in bench.published] == ["nas"]


def test_after_a_reload_restic_opens_the_repository_again() -> None:
    async def work() -> list[str]:
        bench = Bench()
        await bench.source.poll()
        await bench.source.poll()
        bench.reader.calls.clear()
        bench.source.renew(bench.store)
        await bench.source.poll()
        return bench.reader.calls

    assert asyncio.run(work()) == ["open"]


def test_sizes_are_found_once_every_repository_has_been_looked_at() -> None:
    async def work() -> list[str]:
        bench = Bench()
        await bench.source.poll()
        bench.reader.calls.clear()
        await bench.source.work()
        return bench.reader.calls

    assert asyncio.run(work()) == ["stats", "stats raw"]


def test_a_repository_that_cannot_be_read_is_not_sized() -> None:
    async def work() -> list[str]:
        bench = Bench()
        bench.reader.list_error = RepositoryError(FailureReason.UNREACHABLE, "Away.", "Mount it.", transient=True)
        await bench.source.poll()
        await bench.source.work()
        await bench.source.look_once(Phase.SIZES)
        return bench.reader.calls

    assert asyncio.run(work()) == []


def test_one_look_finds_sizes_of_snapshots_and_bears_that_restic_fails() -> None:
    async def work() -> list[str]:
        bench = Bench()
        await bench.source.look_once(Phase.LOOK)
        bench.reader.calls.clear()
        bench.reader.restic_error = RepositoryError(FailureReason.UNKNOWN, "Failed.", "", transient=True)
        await bench.source.look_once(Phase.SIZES)
        return bench.reader.calls

    assert asyncio.run(work()) == ["stats"]


def test_the_pause_ends_where_the_repository_has_just_been_changed() -> None:
    async def work() -> bool:
        bench = Bench()
        bench.poller.hurry()
        await bench.source.pause(3600)
        return bench.poller.hurried.is_set()

    assert asyncio.run(work()) is False


def test_independence_is_looked_at_once_every_repository_was_polled() -> None:
    async def work() -> list[timedelta]:
        bench = Bench()
        source = IndependencePoller([bench.poller], lambda: {"nas": Independence(local=True)})
        pauses = [await source.poll()]
        await bench.source.poll()
        pauses.append(await source.poll())
        await source.close()
        assert bench.poller.facts.independence == Independence(local=True, shares_id=False)
        return pauses

    assert asyncio.run(work()) == [timedelta(seconds=1), timedelta(minutes=10)]
