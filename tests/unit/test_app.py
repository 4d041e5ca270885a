"""An agent takes any source: everything here is done with one that no module of the package knows."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import sentences
from immich_backup_exporter.poller.core.publisher import Publisher
from immich_backup_exporter.poller.ports import Store
from immich_backup_exporter.poller.repositories.source import RepositorySource
from immich_backup_exporter.poller.source import Source
from immich_backup_exporter.store import SqliteStore, open_store
from immich_backup_exporter.wiring import BUILDERS, Draft
from support.facts import NOW
from support.fakes import HandClock


class Weather(Source):
    name = "weather"
    awaited = True
    subjects = frozenset({"weather"})

    def __init__(self, publisher: Publisher, clock: Clock, log: list[str]) -> None:
        self._publisher, self._clock, self._log = publisher, clock, log
        self.polled = asyncio.Event()

    def restore(self, store: Store) -> None:
        if self._log == ["the disk fails"]:
            raise StoreError("The disk does not return it.")
        since = store.expected_since("weather", self._clock.now())
        self._log.append(f"restored, declared on {since:%d %B}")

    async def poll(self) -> timedelta:
        rain = Finding(
            check="Weather",
            about=About.AGENT,
            severity=Severity.WARNING,
            subject=sentences("the weather"),
            message=sentences("It rains."),
        )
        self._publisher.put_findings("weather", (rain,))
        self._log.append("polled")
        self.polled.set()
        return timedelta(hours=1)

    async def close(self) -> None:
        self._log.append("closed")


@dataclass
class Site:
    """An agent that watches nothing but the weather, and a repository that is not there."""

    folder: Path
    log: list[str] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.declare(poll_interval="5m")
        self.store: SqliteStore = open_store(str(self.folder / "state"), self.clock)

    def declare(self, **settings: str) -> None:
        nas = {"repository": str(self.folder / "none"), "password": "x", "inspect": {"enabled": False}, **settings}
        configuration = {"repositories": {"nas": nas}, "state_dir": str(self.folder / "state")}
        (self.folder / "config.yaml").write_text(yaml.safe_dump(configuration))

    def agent(self) -> Agent:
        path = str(self.folder / "config.yaml")
        options = ServeOptions(
            config_file=path, listen_addresses=(), web_config_file=None, enable_lifecycle=False, environ={}
        )
        return Agent(options, load(path, {}, now=NOW), self.store, self.clock, (*BUILDERS, self.weather))

    def weather(self, draft: Draft) -> list[Source]:
        return [Weather(draft.services.publisher, self.clock, self.log)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


S = TypeVar("S", bound=Source)


def source_of(agent: Agent, kind: type[S]) -> S:
    return next(source for source in agent._sources if isinstance(source, kind))


def weather_of(agent: Agent) -> list[tuple[object, object]]:
    found = agent.answers.status()["findings"]
    assert isinstance(found, list)
    return [(one["subject"], one["sentence"]) for one in found if one["check"] == "Weather"]


def test_a_new_source_is_polled_by_the_loop_and_found_by_check(site: Site) -> None:
    async def work() -> None:
        agent = site.agent()
        agent._take_up(agent._publisher.state.settings)
        agent._start_loop()
        assert not agent.answers.ready()
        await source_of(agent, Weather).polled.wait()
        assert weather_of(agent) == [("the weather", "It rains.")]
        await agent._loop.stop()

    asyncio.run(work())
    assert site.log == ["restored, declared on 23 November", "polled"]


def test_a_new_source_is_replaced_by_a_reload(site: Site) -> None:
    async def work() -> None:
        agent = site.agent()
        agent._take_up(agent._publisher.state.settings)
        site.clock.advance(days=5)
        assert await agent.reload() == ()
        await source_of(agent, Weather).polled.wait()
        await agent._loop.stop()

    asyncio.run(work())
    assert site.log == ["restored, declared on 23 November", "restored, declared on 23 November", "closed", "polled"]


def test_a_new_source_is_looked_at_by_check_fresh(site: Site) -> None:
    agent = site.agent()
    asyncio.run(agent.look_once(fresh=True))
    assert weather_of(agent) == [("the weather", "It rains.")]
    assert site.log == ["restored, declared on 23 November", "polled", "closed"]


def test_a_new_source_is_only_restored_where_nothing_is_looked_at(site: Site) -> None:
    agent = site.agent()
    asyncio.run(agent.look_once(fresh=False))
    assert weather_of(agent) == []
    assert site.log == ["restored, declared on 23 November", "closed"]


def test_a_repository_keeps_its_source_over_a_reload_until_its_settings_change(site: Site) -> None:
    async def work() -> None:
        agent = site.agent()
        agent._take_up(agent._publisher.state.settings)
        first = source_of(agent, RepositorySource)
        assert await agent.reload() == ()
        assert source_of(agent, RepositorySource) is first
        site.declare(poll_interval="10m")
        assert await agent.reload() == ()
        assert source_of(agent, RepositorySource) is not first
        await agent._loop.stop()

    asyncio.run(work())


def test_a_reload_that_the_store_cannot_follow_leaves_the_old_sources(site: Site) -> None:
    async def work() -> None:
        agent = site.agent()
        agent._take_up(agent._publisher.state.settings)
        sources, state = agent._sources, agent._publisher.state
        site.log[:] = ["the disk fails"]
        site.declare(poll_interval="10m")
        assert await agent.reload() == ("The disk does not return it.",)
        assert agent._sources == sources
        assert agent._publisher.state.repositories == state.repositories
        assert agent._publisher.state.settings is state.settings
        await agent._loop.stop()

    asyncio.run(work())
