"""The running agent: starts it, lets it begin anew with another configuration, and stops it."""

import asyncio
import os
import random
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from immich_backup_exporter import __version__
from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.errors import ConfigurationError, StoreError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import AgentFacts, State
from immich_backup_exporter.metrics.exposition import Exposition
from immich_backup_exporter.poller.core.publisher import Publisher
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.loop import Loop
from immich_backup_exporter.poller.once import look_once
from immich_backup_exporter.poller.own_state import OwnState
from immich_backup_exporter.poller.source import Phase, Source
from immich_backup_exporter.presentation.page import KeptPage
from immich_backup_exporter.restic import restic_version
from immich_backup_exporter.store import SqliteStore, open_store, persistence_warning
from immich_backup_exporter.web.app import create_app
from immich_backup_exporter.web.server import WebServer

from .answers import Answers
from .rendering import PYTHON, rendering
from .wiring import BUILDERS, Builder, Services, build, make_jobs

REVISION_VARIABLE = "IMMICH_BACKUP_EXPORTER_REVISION"
"""Set in the image to the commit that it was built from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What the command line says."""

    config_file: str | None
    listen_addresses: Sequence[str]
    web_config_file: str | None
    enable_lifecycle: bool
    environ: Mapping[str, str]
    own_state: bool = True
    """Whether the state folder is ours, to make in it what is missing."""
    state_is_scratch: bool = False
    """Whether the state is meant to be lost at the end, as a demo's; then no warning says that it will be."""


async def serve(options: ServeOptions) -> None:
    """Run the agent until SIGTERM or SIGINT. Raises what keeps it from starting, each with a message for a person."""
    clock = SystemClock()
    settings = load(options.config_file, options.environ, now=clock.now())
    os.umask(0o077)
    store = open_store(settings.state_dir, clock)
    store.note_start(clock.now())
    try:
        await Agent(options, settings, store, clock).run()
    finally:
        store.close()


class Agent:
    """The running agent: one list of sources, which a loop polls and a reload replaces."""

    def __init__(
        self,
        options: ServeOptions,
        settings: AgentSettings,
        store: SqliteStore,
        clock: Clock,
        builders: Sequence[Builder] = BUILDERS,
    ) -> None:
        self._options = options
        self._clock = clock
        self._store = store
        self._builders = builders
        self._log = structlog.get_logger()
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._exposition = Exposition(clock)
        self._loop = Loop()
        self._sources: tuple[Source, ...] = ()
        facts = AgentFacts(
            version=__version__,
            revision=options.environ.get(REVISION_VARIABLE, ""),
            state_created=store.created,
            state_write_failures=store.write_failures,
            starts=tuple(store.starts()),
            reload_success=clock.now(),
        )
        subscriber = rendering(lambda: self._exposition, lambda: self._sources)
        self._publisher = Publisher(State(settings=settings, agent=facts), subscriber)
        self._access = StoreAccess(store, self._store_in_trouble)
        self._own = OwnState(self._publisher, store, clock, lambda: self._access.waiting)
        self._services = Services(
            store=store,
            access=self._access,
            publisher=self._publisher,
            clock=clock,
            random=self._draw,
            environ=options.environ,
            own_state=options.own_state,
            jobs=make_jobs(self._publisher, self._access, clock),
            page=KeptPage(clock),
        )
        self.answers = Answers(
            self._publisher,
            self._services.jobs,
            self._services.page,
            clock,
            ready=lambda: self._loop.ready,
            reload=self.reload,
        )

    def _store_in_trouble(self) -> None:
        self._own.store_in_trouble()

    def _draw(self) -> float:
        return random.random()  # noqa: S311 - it spreads polls over time, and keeps no secret

    # --- running

    async def run(self) -> None:
        """Answer first, then poll, until told to stop."""
        self._take_signals()
        self._say_start()
        self._take_up(self._publisher.state.settings)
        web = WebServer(
            create_app(
                self._exposition, self.answers, lifecycle_enabled=self._options.enable_lifecycle, runs=self.answers
            ),
            addresses=self._options.listen_addresses,
            web_config_file=self._options.web_config_file,
            on_error=self._log.error,
        )
        await web.start()
        self._log.info(Message("log.listening"), address=" ".join(web.urls))
        self._start_loop()
        version = asyncio.create_task(self._find_restic_version())
        try:
            stopping = asyncio.create_task(self._stop.wait())
            serving = asyncio.create_task(web.wait())
            await asyncio.wait((stopping, serving), return_when=asyncio.FIRST_COMPLETED)
            self._log.info(Message("log.stopping"))
        finally:
            version.cancel()
            await self._loop.stop()
            await _close(self._sources)
            await web.stop()

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._loop_fault)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        reloads: set[asyncio.Task[Sequence[Message]]] = set()

        def reload() -> None:
            task = loop.create_task(self.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)

    def _loop_fault(self, _: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        """What asyncio would print with a trace, in one line: its own words may hold a secret."""
        error = context.get("exception")
        self._log.error(Message("log.unexpected_loop_fault"), kind=type(error).__name__ if error else "unknown")

    def _say_start(self) -> None:
        settings = self._publisher.state.settings
        self._log.info(Message("log.starting"), version=__version__, python=PYTHON)
        self._own.say_notices()
        lost = None if self._options.state_is_scratch else persistence_warning(settings.state_dir)
        for warning in (*settings.warnings, *([lost] if lost else [])):
            self._log.warning(warning)

    async def _find_restic_version(self) -> None:
        restic = self._publisher.state.settings.restic
        self._own.found_restic(await restic_version(restic, self._options.environ))

    def _start_loop(self) -> None:
        self._loop.start(self._sources)

    # --- another configuration

    async def reload(self) -> Sequence[Message]:
        """Read the configuration again. Empty: it is in force; else what is wrong with it, and the old one stays."""
        async with self._reloading:
            try:
                settings = await asyncio.to_thread(
                    load, self._options.config_file, self._options.environ, now=self._clock.now()
                )
                self._refuse_moves(settings)
            except ConfigurationError as error:
                for message in error.messages:
                    self._log.error(Message("log.configuration_refused"), problem=message)
                self._own.refused()
                return error.messages
            try:
                await self._take(settings)
            except StoreError as error:
                self._log.error(Message("log.configuration_not_in_force"), problem=error.explanation)
                return (error.explanation,)
            self._log.info(Message("log.configuration_read"))
            return ()

    def _refuse_moves(self, settings: AgentSettings) -> None:
        if settings.state_dir != self._publisher.state.settings.state_dir:
            raise ConfigurationError([Message("config.state_dir_moved")])

    async def _take(self, settings: AgentSettings) -> None:
        """Begin anew with new settings: whatever runs is ended first. Raises ``StoreError``; then the old ones stay."""
        await self._loop.stop()
        self._own.reloaded()
        before = self._sources
        try:
            self._take_up(settings)
        finally:  # whatever happened, something must be watching again
            await _close(source for source in before if source not in self._sources)
            self._start_loop()

    def _take_up(self, settings: AgentSettings) -> None:
        """Make the sources of ``settings`` and publish what the state store knows about them."""
        before = self._sources
        state = self._publisher.state
        sources = build(self._services, settings, state.settings, before, self._builders)
        # What is declared no more begins anew should it come back.
        self._store.drop_expectations({subject for source in sources for subject in source.subjects})
        self._sources = sources
        try:
            with self._publisher.replaced(State(settings=settings, agent=state.agent)):
                for source in sources:
                    if source in before:
                        source.renew(self._store)
                    else:
                        source.restore(self._store)
        except StoreError:
            self._sources = before
            raise

    # --- without running

    async def look_once(self, *, fresh: bool) -> State:
        """What is known, without running: as the state store has it, or after a look at everything (``fresh``)."""
        self._take_up(self._publisher.state.settings)
        try:
            await look_once(self._sources, tuple(Phase) if fresh else (Phase.ACCEPT,))
        finally:
            await _close(self._sources)
        return self._publisher.state


async def _close(sources: Iterable[Source]) -> None:
    for source in sources:
        await source.close()
