"""Requests to accept something reach whom they are about, and are deleted when they are done with."""

import asyncio
from dataclasses import dataclass, field

import pytest

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.records import AcceptRequest
from immich_backup_exporter.poller.acceptance import AcceptWatch
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.poller.source import Phase
from support.facts import NOW, repository, snapshot
from support.fakes import FakeRepository, HandClock
from support.memory_store import MemoryStore


@dataclass(frozen=True)
class Left:
    name: str
    request: AcceptRequest


@dataclass
class Folder:
    left: list[Left] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    error: SourceError | None = None

    def look(self) -> list[Left]:
        if self.error is not None:
            raise self.error
        return [one for one in self.left if one.name not in self.removed]

    def remove(self, name: str) -> None:
        self.removed.append(name)


def nas(clock: HandClock) -> RepositoryPoller:
    store, reader = MemoryStore(), FakeRepository()
    reader.add(snapshot(1))
    poller = RepositoryPoller(
        repository(), "/srv/immich", reader, StoreAccess(store, lambda: None), clock, lambda _: None
    )
    poller.restore(store)
    return poller


def test_a_request_is_deleted_once_its_repository_took_it_in() -> None:
    async def work() -> None:
        clock = HandClock()
        poller = nas(clock)
        folder = Folder([Left("a", AcceptRequest(time=NOW, repository="nas", plan="immich"))])
        watch = AcceptWatch(folder, {"nas": poller})
        await watch.poll()
        assert folder.removed == []
        clock.advance(seconds=1)
        await poller.poll()
        await watch.poll()
        assert folder.removed == ["a"]
        assert poller.facts.plans[0].accepted is not None
        await watch.close()

    asyncio.run(work())


@pytest.mark.parametrize(
    "request_",
    [AcceptRequest(time=NOW), AcceptRequest(time=NOW, repository="b2", plan="immich")],
)
def test_a_request_about_what_is_not_watched_is_deleted(request_: AcceptRequest) -> None:
    async def work() -> None:
        folder = Folder([Left("a", request_)])
        watch = AcceptWatch(folder, {})
        await watch.poll()
        assert folder.removed == ["a"]
        await watch.close()

    asyncio.run(work())


def test_a_folder_that_is_gone_ends_nothing() -> None:
    async def work() -> None:
        folder = Folder(error=SourceError("It is gone.", "Look."))
        watch = AcceptWatch(folder, {})
        assert (await watch.poll()).total_seconds() == 2
        await watch.close()

    asyncio.run(work())


def test_one_look_goes_by_a_request_and_leaves_it_to_the_agent() -> None:
    async def work() -> None:
        poller = nas(HandClock())
        await poller.poll()
        folder = Folder([Left("a", AcceptRequest(time=NOW, repository="nas", plan="immich"))])
        watch = AcceptWatch(folder, {"nas": poller})
        await watch.look_once(Phase.ACCEPT)
        assert folder.removed == []
        assert poller.facts.plans[0].accepted is not None
        await watch.close()

    asyncio.run(work())
