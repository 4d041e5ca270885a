"""The composition root: settings to wired objects to a running agent. The one module that knows two siblings."""

import asyncio
import os
import random
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from immich_backup_exporter import __version__
from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.errors import ConfigurationError, SourceError, StoreError
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.records import Receipt
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.domain.state import AgentFacts, State
from immich_backup_exporter.immich import UploadLocation
from immich_backup_exporter.inspection import InspectionFactory
from immich_backup_exporter.jobs.reader import SpoolFolder, make_default_spool
from immich_backup_exporter.metrics.collector import (
    agent_samples,
    immich_samples,
    jobs_samples,
    repository_samples,
)
from immich_backup_exporter.metrics.exposition import Exposition
from immich_backup_exporter.metrics.subject import Sample
from immich_backup_exporter.poller.acceptance import AcceptWatch, accept
from immich_backup_exporter.poller.contents.inspector import Inspector
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core import publisher as sources
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.publisher import Publisher
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.core.subjects import DUMP
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.loop import Loop
from immich_backup_exporter.poller.once import look_once
from immich_backup_exporter.poller.repositories.independence import IndependencePoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.presentation.page import KeptPage
from immich_backup_exporter.presentation.status import status
from immich_backup_exporter.restic import Gate, ResticRepository, find_independence, restic_version
from immich_backup_exporter.store import RequestFolder, SqliteStore, open_store, persistence_warning
from immich_backup_exporter.web.app import create_app
from immich_backup_exporter.web.server import WebServer
from immich_backup_exporter.words import ENGLISH

REVISION_VARIABLE = "IMMICH_BACKUP_EXPORTER_REVISION"
"""Set in the image to the commit that it was built from."""

_PYTHON = ".".join(str(number) for number in sys.version_info[:3])


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
    """The running agent: what it polls, what it publishes, and how it starts over when it is told to reload."""

    def __init__(self, options: ServeOptions, settings: AgentSettings, store: SqliteStore, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._store = store
        self._log = structlog.get_logger()
        self._notices_said = 0
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._exposition = Exposition(clock)
        self._page = KeptPage(clock)
        self._access = StoreAccess(store, self._store_in_trouble)
        self._gate = Gate()
        self._loop = Loop(random.random)
        self._repositories: list[RepositoryPoller] = []
        self._immich: DumpPoller | None = None
        self._requests: AcceptWatch | None = None
        self._lineage = Lineage()
        self._contents = KnownContents()
        self._inspector: Inspector | None = None
        self._independence: IndependencePoller | None = None
        self._announce_store = Announcer("the state store")
        self._push_trouble: Text | None = None
        facts = AgentFacts(
            version=__version__,
            revision=options.environ.get(REVISION_VARIABLE, ""),
            state_created=store.created,
            state_write_failures=store.write_failures,
            starts=tuple(store.starts()),
            reload_success=clock.now(),
        )
        self._publisher = Publisher(State(settings=settings, agent=facts), self._publish)
        self._jobs = JobPoller(self._access, clock, lambda: secrets.token_hex(16), self._publisher.put_jobs)

    # --- what the web asks

    def ready(self) -> bool:
        return self._loop.ready

    def status(self) -> Mapping[str, object]:
        return status(self._publisher.state, self._clock.now())

    def page(self) -> bytes:
        return self._page.of(self._publisher.state)

    async def push_token(self) -> str | None:
        """What run reports have to bring; ``None``: they are not taken. ``SourceError`` where it cannot be read."""
        push = self._publisher.state.settings.push
        if push.token_file is None:
            return push.token
        try:
            token = await asyncio.to_thread(_read_token, push.token_file)
        except SourceError as error:
            if self._push_trouble != error.explanation:
                self._log.error("run reports cannot be taken in", problem=error.explanation)
            self._push_trouble = error.explanation
            raise
        self._push_trouble = None
        return token

    async def take_run(self, report: RunReport) -> Receipt:
        return await self._jobs.take(report)

    async def begin_run(self, job: str) -> Receipt:
        return await self._jobs.begin(job)

    async def finish_run(self, job: str, exit_code: int) -> Receipt:
        return await self._jobs.finish(job, exit_code)

    async def reload(self) -> str | None:
        """Read the configuration again. ``None``: it is in force; else what is wrong with it, and the old one stays."""
        async with self._reloading:
            try:
                settings = await asyncio.to_thread(
                    load, self._options.config_file, self._options.environ, now=self._clock.now()
                )
                self._refuse_moves(settings)
            except ConfigurationError as error:
                for message in error.messages:
                    self._log.error("the new configuration is refused, the old one stays in force", problem=message)
                self._publisher.put_agent(replace(self._publisher.state.agent, reload_successful=False))
                return "\n".join(error.messages)
            try:
                await self._take(settings)
            except StoreError as error:
                self._log.error("the new configuration is not in force", problem=error.explanation)
                return ENGLISH.render(error.explanation)
            self._log.info("the configuration was read again")
            return None

    def _refuse_moves(self, settings: AgentSettings) -> None:
        if settings.state_dir != self._publisher.state.settings.state_dir:
            raise ConfigurationError(["state_dir: cannot change while the agent runs; restart it."])

    async def look_once(self, *, fresh: bool) -> State:
        """What is known, without running: as the state store has it, or after a look at everything (``fresh``)."""
        settings = self._publisher.state.settings
        self._build(settings)
        try:
            if fresh:
                await look_once(self._repositories, self._immich, self._jobs, self._inspector, self._independence)
            with suppress(SourceError):
                for left in RequestFolder(settings.state_dir).look():
                    await accept(left.request, self._repositories, self._immich, unseen=True)
        finally:
            await self._close(self._repositories)
            self._close_rest()
        return self._publisher.state

    def _close_rest(self) -> None:
        if self._immich is not None:
            self._immich.close()
        if self._requests is not None:
            self._requests.close()
        if self._independence is not None:
            self._independence.close()
        self._jobs.close()

    # --- running

    async def run(self) -> None:
        """Answer first, then poll, until told to stop."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._loop_fault)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        reloads: set[asyncio.Task[str | None]] = set()

        def reload() -> None:
            task = loop.create_task(self.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)
        settings = self._publisher.state.settings
        self._say_start(settings)
        self._build(settings)
        web = WebServer(
            create_app(self._exposition, self, lifecycle_enabled=self._options.enable_lifecycle, runs=self),
            addresses=self._options.listen_addresses,
            web_config_file=self._options.web_config_file,
            on_error=self._log.error,
        )
        await web.start()
        self._log.info("listening", address=" ".join(web.urls))
        self._start_loop()
        version = asyncio.create_task(self._find_restic_version())
        try:
            stopping = asyncio.create_task(self._stop.wait())
            serving = asyncio.create_task(web.wait())
            await asyncio.wait((stopping, serving), return_when=asyncio.FIRST_COMPLETED)
            self._log.info("stopping")
        finally:
            version.cancel()
            await self._loop.stop()
            await self._close(self._repositories)
            self._close_rest()
            await web.stop()

    def _loop_fault(self, _: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        """What asyncio would print with a trace: one line; its own words may hold what nobody should read."""
        error = context.get("exception")
        self._log.error("an unexpected fault beside all work", kind=type(error).__name__ if error else "unknown")

    def _say_start(self, settings: AgentSettings) -> None:
        self._log.info("starting immich-backup-exporter", version=__version__, python=_PYTHON)
        self._say_notices()
        lost = persistence_warning(settings.state_dir)
        for warning in (*settings.warnings, *([lost] if lost else [])):
            self._log.warning(warning)

    async def _find_restic_version(self) -> None:
        version = await restic_version(self._publisher.state.settings.restic, self._options.environ)
        self._publisher.put_agent(replace(self._publisher.state.agent, restic_version=version))

    # --- wiring

    def _build(self, settings: AgentSettings) -> None:
        """Make the pollers of ``settings`` and publish what the state store knows about them.

        A repository whose settings did not change keeps its poller, and with it what this process learned.
        """
        old = self._publisher.state.settings
        same_location = settings.upload_location == old.upload_location
        same_wiring = same_location and (settings.restic, settings.cache_dir) == (old.restic, old.cache_dir)
        kept = {poller.settings.name: poller for poller in self._repositories if same_wiring}
        self._jobs.declare(settings.jobs)
        self._jobs.load(self._store)
        self._repositories = []
        for repository in settings.repositories:
            poller = kept.get(repository.name)
            if poller is None or poller.settings != repository:
                poller = self._repository_poller(repository, settings)
            self._repositories.append(poller)
        self._immich = self._immich_poller(settings)
        if self._requests is not None:
            self._requests.close()
        self._requests = AcceptWatch(RequestFolder(settings.state_dir), self._repositories, self._immich)
        self._contents.load(self._store.load_contents())
        self._inspector = Inspector(
            self._repositories,
            settings.contents,
            settings.upload_location,
            InspectionFactory(self._options.environ),
            self._contents,
            self._access,
            self._clock,
            self._immich,
        )
        self._independence = self._watch_independence(settings)
        # What is declared no more begins anew should it come back.
        subjects = {subject for poller in self._repositories for subject in poller.subjects}
        dump_subject = {DUMP} if settings.dump is not None else set()
        self._store.drop_expectations(subjects | dump_subject | self._jobs.subjects)
        for poller in self._repositories:
            if poller in kept.values():
                poller.reconsider()
            else:
                poller.restore(self._store)
        if self._contents.partners:
            for poller in self._repositories:
                poller.reconsider()  # what is said of a plan may be about its partner, which was restored after it
        jobs = self._jobs.restore(self._store, self._spool(settings), self._repositories)
        dump = self._immich.restore(self._store) if self._immich else None
        state = replace(
            self._publisher.state,
            settings=settings,
            repositories=tuple(poller.facts for poller in self._repositories),
            dump=dump,
            jobs=jobs,
            spool_rejected=None,
            upload_folders=self._publisher.state.upload_folders if self._immich and same_location else None,
        )
        self._publisher.reset(state)

    def _watch_independence(self, settings: AgentSettings) -> IndependencePoller:
        if self._independence is not None:
            self._independence.close()
        accesses = [repository.access for repository in settings.repositories]
        return IndependencePoller(self._repositories, lambda: find_independence(accesses, settings.upload_location))

    def _repository_poller(self, repository: RepositorySettings, settings: AgentSettings) -> RepositoryPoller:
        reader = ResticRepository(
            repository.access,
            restic=settings.restic,
            cache_dir=settings.cache_dir,
            environ=self._options.environ,
            gate=self._gate,
            clock=self._clock,
        )
        return RepositoryPoller(
            repository,
            settings.upload_location,
            reader,
            self._access,
            self._clock,
            self._publisher.put_repository,
            self._jobs.ledger,
            self._lineage,
            self._contents,
        )

    def _spool(self, settings: AgentSettings) -> SpoolFolder | None:
        """Where reports of this machine's runs are; with no job declared there is nothing to look for."""
        if not settings.jobs or not settings.spool_dir:
            return None
        if self._options.own_state and settings.spool_dir == os.path.join(settings.state_dir, "spool"):
            make_default_spool(settings.spool_dir)
        return SpoolFolder(settings.spool_dir)

    def _immich_poller(self, settings: AgentSettings) -> DumpPoller | None:
        if settings.upload_location is None:
            return None
        reader = UploadLocation(settings.upload_location, settings.dump, clock=self._clock)
        return DumpPoller(settings.dump, reader, self._access, self._clock, self._publisher.put_immich)

    async def _take(self, settings: AgentSettings) -> None:
        """Start over with new settings: whatever runs is ended first."""
        await self._loop.stop()
        before = self._repositories
        if self._immich is not None:
            self._immich.close()
        agent = replace(self._publisher.state.agent, reload_successful=True, reload_success=self._clock.now())
        self._publisher.put_agent(agent)
        try:
            self._build(settings)
        finally:  # whatever happened, something must be watching again
            await self._close([poller for poller in before if poller not in self._repositories])
            for poller in self._repositories:
                poller.reopen()
            self._start_loop()

    def _start_loop(self) -> None:
        self._loop.start(
            self._repositories, self._immich, self._jobs, self._requests, self._inspector, self._independence
        )

    async def _close(self, pollers: Sequence[RepositoryPoller]) -> None:
        for poller in pollers:
            await poller.remember_success()
            await poller.reader.close()

    def _store_in_trouble(self) -> None:
        """Writes failed or succeed again, or the store was found damaged and started over."""
        before = self._publisher.state.agent
        failures = self._store.write_failures
        failing = (before.state_failing_since or self._clock.now()) if self._access.waiting else None
        self._announce_store.trouble(
            "writing it",
            "it cannot be written; nothing is lost while the agent runs, and it is tried again."
            if self._access.waiting
            else None,
            "See whether that disk is full or read-only, and whether the folder is still there.",
            state_dir=self._publisher.state.settings.state_dir,
        )
        self._say_notices()
        self._publisher.put_agent(
            replace(
                before,
                state_write_failures=failures,
                state_failing_since=failing,
                state_created=self._store.created,
            )
        )

    def _say_notices(self) -> None:
        for notice in self._store.notices[self._notices_said :]:
            self._log.error(notice)
        self._notices_said = len(self._store.notices)

    def _publish(self, state: State, changed: frozenset[str]) -> None:
        """Render what changed; called whenever the board has something new."""
        samples: dict[str, list[Sample]] = {}
        names = {sources.repository_source(facts.name): facts for facts in state.repositories}
        for source, facts in names.items():
            if source in changed:
                samples[source] = list(repository_samples(facts))
        if sources.IMMICH in changed:
            samples[sources.IMMICH] = list(immich_samples(state))
        if sources.JOBS in changed:
            samples[sources.JOBS] = list(jobs_samples(state))
        if sources.AGENT in changed:
            required = state.settings.offsite_required
            ignored = state.settings.contents.external_ignored
            samples[sources.AGENT] = list(
                agent_samples(state.agent, offsite_required=required, external_ignored=ignored, python=_PYTHON)
            )
        self._exposition.publish(state, samples, keep={sources.AGENT, sources.IMMICH, sources.JOBS, *names})


def _read_token(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            token = file.read(4096).strip()
    except (OSError, ValueError):
        token = ""
    if not token:
        raise SourceError("The push token cannot be read.", "See that `push.token_file` is readable and holds a token.")
    return token
