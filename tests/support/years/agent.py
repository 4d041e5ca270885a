"""The real agent, wired as ``app`` wires it, with its readers replaced by what the simulated world offers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from immich_backup_exporter import app, wiring
from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.repositories.source import RepositorySource
from immich_backup_exporter.store import SqliteStore, open_store

from .clock import SiteClock
from .sparing import spare_immich, spare_repository

if TYPE_CHECKING:
    from .outside import SimulatedRepository
    from .site import Site

_NOTHING_TO_SEE = timedelta(hours=1)
_BUILDERS = tuple(builder for builder in wiring.BUILDERS if builder is not wiring.conclusions)
"""Concluding each minute of a year costs more than all the rest, and changes no series."""
_WHILE_WORKING = timedelta(seconds=50)


def open_state(folder: Path, clock: SiteClock) -> SqliteStore:
    """The real store. Nobody cuts the power of this machine, so nothing has to wait for its disk."""
    store = open_store(str(folder), clock)
    store._file().execute("PRAGMA synchronous = OFF")
    return store


def spare_sizes(source: RepositorySource) -> None:
    """Let the source look for sizes to find out only where there is something to see."""
    if "work" in vars(source):
        return
    find, sized = source.work, [object()]

    async def work() -> None:
        if source.poller.facts.up and sized[0] is not source.poller.record:
            await find()
            sized[0] = source.poller.record

    source.work = work  # type: ignore[method-assign]


def spare_spool(jobs: JobPoller, poked: asyncio.Event) -> None:
    """The same for looking at the spool."""

    async def pause(seconds: float) -> None:
        wait = timedelta(seconds=seconds)
        if jobs._working():
            wait = max(wait, _WHILE_WORKING)
        elif not jobs._store.waiting and seconds:
            wait = _NOTHING_TO_SEE
        with suppress(TimeoutError):
            async with asyncio.timeout(wait.total_seconds()):
                await poked.wait()
        poked.clear()

    jobs.pause = pause  # type: ignore[method-assign]


class SimulatedAgent(Agent):
    """One process of the agent's."""

    def __init__(self, site: "Site", store: SqliteStore) -> None:
        options = ServeOptions(
            config_file=None, listen_addresses=(), web_config_file=None, enable_lifecycle=False, environ={}
        )
        with mock.patch.object(app, "__version__", f"1.{site.version}.0"):
            super().__init__(options, site.settings, store, site.clock, _BUILDERS)
        self._site = site
        self.jobs = self._services.jobs
        self._poked = asyncio.Event()
        spare_spool(self.jobs, self._poked)
        self.random = Random(f"{site.year.style.name}/{site.year.seed}/{site.clock.truth().isoformat()}")
        self._exposition = site.recorder  # type: ignore[assignment]

    def _draw(self) -> float:
        return self.random.random()

    def start(self) -> None:
        with self._readers():
            self._take_up(self._site.settings)
        self._spare()
        self._start_loop()

    async def stop(self, *, clean: bool) -> None:
        """End as after SIGTERM; or, where that is not ``clean``, as after a power cut."""
        await self._loop.stop()
        for source in self._sources:
            if clean or not isinstance(source, RepositorySource):
                await source.close()
        self._store.close()

    async def take(self, settings: AgentSettings) -> None:
        """The configuration was read again, and is good."""
        with self._readers():
            await self._take(settings)
        self._spare()

    def _start_loop(self) -> None:
        """What is in snapshots is not simulated, and nobody here accepts anything."""
        self._loop.start([source for source in self._sources if source.awaited])

    def _spare(self) -> None:
        for source in self._sources:
            if isinstance(source, RepositorySource):
                spare_repository(self._site, self, source.poller)
                spare_sizes(source)
            elif isinstance(source, DumpPoller):
                spare_immich(self._site, self, source)

    def refuse(self, refused: bool) -> None:
        """The configuration was read again, and is not; or all is well again."""
        self._publisher.put_agent(replace(self._publisher.state.agent, reload_successful=not refused))

    def fill_disk(self, full: bool) -> None:
        """Whether SQLite may write nothing."""
        self._store._file().execute(f"PRAGMA query_only = {'ON' if full else 'OFF'}")

    def poke(self) -> None:
        """There is something in the spool."""
        self._poked.set()

    @contextmanager
    def _readers(self) -> Iterator[None]:
        def repository(access: RepositoryAccess, **_: Any) -> "SimulatedRepository":
            return self._site.repositories[access.name]

        with (
            mock.patch.object(wiring, "ResticRepository", repository),
            mock.patch.object(wiring, "UploadLocation", return_value=self._site.dumps),
            mock.patch.object(wiring, "SpoolFolder", return_value=self._site.spool),
        ):
            yield
