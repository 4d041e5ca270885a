"""The real agent, wired as ``app`` wires it, with its readers replaced by what the simulated world offers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from immich_backup_exporter import app
from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.loop import Loop
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.store import SqliteStore, open_store

from .clock import SiteClock
from .sparing import spare_immich, spare_repository

if TYPE_CHECKING:
    from .outside import SimulatedRepository
    from .site import Site

_NOTHING_TO_SEE = timedelta(hours=1)
_WHILE_WORKING = timedelta(seconds=50)


def open_state(folder: Path, clock: SiteClock) -> SqliteStore:
    """The real store. Nobody cuts the power of this machine, so nothing has to wait for its disk."""
    store = open_store(str(folder), clock)
    store._file().execute("PRAGMA synchronous = OFF")
    return store


class SparingLoop(Loop):
    """The real loop, but it looks at the spool, or for sizes to find out, only where there is something to see."""

    def __init__(self, random: Random, poked: asyncio.Event) -> None:
        super().__init__(random.random)
        self._poked = poked
        self._sized: dict[str, object] = {}

    async def _size(self, poller: RepositoryPoller) -> None:
        if self._sized.get(poller.settings.name) is not poller.record:
            await super()._size(poller)
            self._sized[poller.settings.name] = poller.record

    async def _watch_jobs(self, poller: JobPoller) -> None:
        while True:
            pause = await poller.poll()
            self._waiting.discard(poller)
            if poller._working():
                pause = max(pause, _WHILE_WORKING)
            elif not poller._store.waiting and pause:
                pause = _NOTHING_TO_SEE
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._poked.wait()
            except TimeoutError:
                pass
            self._poked.clear()


class SimulatedAgent(Agent):
    """One process of the agent's."""

    def __init__(self, site: "Site", store: SqliteStore) -> None:
        options = ServeOptions(
            config_file=None, listen_addresses=(), web_config_file=None, enable_lifecycle=False, environ={}
        )
        with mock.patch.object(app, "__version__", f"1.{site.version}.0"):
            super().__init__(options, site.settings, store, site.clock)
        self._site = site
        self.jobs = self._jobs
        self._poked = asyncio.Event()
        self.random = Random(f"{site.year.style.name}/{site.year.seed}/{site.clock.truth().isoformat()}")
        self._loop = SparingLoop(self.random, self._poked)
        self._exposition = site.recorder  # type: ignore[assignment]

    def start(self) -> None:
        with self._readers():
            self._build(self._site.settings)
        self._spare()
        self._start_loop()

    async def stop(self, *, clean: bool) -> None:
        """End as after SIGTERM; or, where that is not ``clean``, as after a power cut."""
        await self._loop.stop()
        if clean:
            await self._close(self._repositories)
        if self._immich is not None:
            self._immich.close()
        self._jobs.close()
        self._store.close()

    async def take(self, settings: AgentSettings) -> None:
        """The configuration was read again, and is good."""
        with self._readers():
            await self._take(settings)
        self._spare()

    def _start_loop(self) -> None:
        """What is in snapshots is not simulated, and nobody here accepts anything."""
        self._loop.start(self._repositories, self._immich, self._jobs)

    def _spare(self) -> None:
        for poller in self._repositories:
            spare_repository(self._site, self, poller)
        if self._immich is not None:
            spare_immich(self._site, self, self._immich)

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
            mock.patch.object(app, "ResticRepository", repository),
            mock.patch.object(app, "UploadLocation", return_value=self._site.dumps),
            mock.patch.object(app, "SpoolFolder", return_value=self._site.spool),
        ):
            yield
