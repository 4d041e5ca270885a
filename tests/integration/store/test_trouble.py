"""What the agent knows about its own state: since when it cannot be written, and when it was started."""

import asyncio
from datetime import timedelta
from pathlib import Path

from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import AgentFacts
from immich_backup_exporter.store import SqliteStore, open_store
from support.facts import NOW
from support.fakes import HandClock
from support.store_facts import seen_dump

OPTIONS = ServeOptions(config_file=None, listen_addresses=(), web_config_file=None, enable_lifecycle=False, environ={})


def agent_of(store: SqliteStore, folder: Path, clock: HandClock) -> Agent:
    return Agent(OPTIONS, AgentSettings(state_dir=str(folder)), store, clock)


def facts(agent: Agent) -> AgentFacts:
    return agent._publisher.state.agent


def read_only(store: SqliteStore, on: bool) -> None:
    assert store._connection is not None
    store._connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


def test_since_when_nothing_can_be_written_is_known_until_it_can(tmp_path: Path) -> None:
    async def work() -> None:
        clock = HandClock()
        store = open_store(str(tmp_path), clock)
        agent = agent_of(store, tmp_path, clock)
        assert facts(agent).state_failing_since is None
        read_only(store, True)
        await agent._access.call(lambda one: one.save_dumps([seen_dump(1)]))
        assert facts(agent).state_failing_since == NOW
        clock.advance(minutes=20)
        await agent._access.retry()
        assert (facts(agent).state_failing_since, facts(agent).state_write_failures) == (NOW, 2)
        read_only(store, False)
        await agent._access.retry()
        assert facts(agent).state_failing_since is None
        store.close()

    asyncio.run(work())


def test_the_agent_knows_when_it_was_started_before(tmp_path: Path) -> None:
    clock = HandClock()
    for _ in range(3):
        store = open_store(str(tmp_path), clock)
        store.note_start(clock.now())
        store.close()
        clock.advance(minutes=10)
    store = open_store(str(tmp_path), clock)
    store.note_start(clock.now())
    known = facts(agent_of(store, tmp_path, clock)).starts
    assert known == tuple(NOW + timedelta(minutes=minutes) for minutes in (0, 10, 20, 30))
    store.close()
