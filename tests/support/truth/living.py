"""The real agent, alive in this process on a clock that the test holds.

Everything but the waiting is the agent's own: settings from a YAML file, state store, pollers, restic processes, the
web application. What it does on timers (`poller.loop`) is done here whenever the clock is moved on, so that a day costs
a second; the loop itself, the sockets and the signals are tested with the agent as a process (`tests/e2e`).
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.checks.registry import CHECKS
from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.repository import Independence, Snapshot
from immich_backup_exporter.inspection import InspectionFactory
from immich_backup_exporter.poller.acceptance import AcceptWatch
from immich_backup_exporter.poller.contents.inspector import Inspector
from immich_backup_exporter.poller.contents.source import InspectionSource
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.loop import Loop
from immich_backup_exporter.poller.repositories.independence import IndependencePoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.poller.repositories.source import RepositorySource
from immich_backup_exporter.poller.source import Source
from immich_backup_exporter.store import SqliteStore, open_store
from immich_backup_exporter.web.app import create_app

T = TypeVar("T")

SIZING_SECONDS = 20.0
_ALERTS = {(check.name, severity.value) for check in CHECKS for severity in check.severities}
"""What a check may find beyond these is that it could not look, which no alert says."""
_PROCESS_START = re.compile(r"^process_start_time_seconds .*$", re.MULTILINE)


def by_another_clock(module: str, seconds: float, call: str) -> str:
    """Python that runs one of the package's programs on a machine whose clock is so far ahead of this one's."""
    return (
        "import sys; from datetime import timedelta; from immich_backup_exporter.domain.clock import SystemClock; "
        f"now = SystemClock.now; SystemClock.now = lambda self: now(self) + timedelta(seconds={seconds!r}); "
        f"from immich_backup_exporter.{module} import main; {call}"
    )


DUMP_READER = "dump validation"
"""The thread whose pace is the disk's (see `WorldClock`)."""


@contextmanager
def at_once() -> Iterator[None]:
    """Blocking calls are made where they are asked for, not in a thread beside: here nothing else goes on meanwhile.

    Handing each call over and back is a quarter of what playing takes.
    """
    beside = Worker.call

    async def call(self: Worker, function: Callable[[], T], deadline: float | None = None) -> T:
        return await beside(self, function, deadline) if self._name == DUMP_READER else function()

    Worker.call = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        Worker.call = beside  # type: ignore[method-assign]


class _HandLoop:
    """What is due by the test's clock, done when it is told to; stands where the agent has its `Loop`."""

    def __init__(self, clock: Clock, independence: Independence | None) -> None:
        self._clock = clock
        self._told = independence
        self._repositories: dict[RepositoryPoller, datetime] = {}
        self._immich: tuple[DumpPoller, datetime] | None = None
        self._jobs: JobPoller | None = None
        self._requests: AcceptWatch | None = None
        self._inspector: Inspector | None = None
        self._independence: IndependencePoller | None = None

    @property
    def ready(self) -> bool:
        return True

    def start(
        self,
        sources: Sequence[Source],
    ) -> None:
        now = self._clock.now()
        self._repositories = {one.poller: now for one in sources if isinstance(one, RepositorySource)}
        for poller in self._repositories:
            _read_by_the_worlds_clock(poller)
        self._immich = next(((one, now) for one in sources if isinstance(one, DumpPoller)), None)
        self._jobs = next((one for one in sources if isinstance(one, JobPoller)), None)
        self._requests = next((one for one in sources if isinstance(one, AcceptWatch)), None)
        self._inspector = next((one.inspector for one in sources if isinstance(one, InspectionSource)), None)
        self._independence = next((one for one in sources if isinstance(one, IndependencePoller)), None)
        if self._independence is not None and self._told is not None:
            told = {poller.settings.name: self._told for poller in self._repositories}
            self._independence._look = lambda: told

    async def stop(self) -> None:
        self.start(())

    async def tick(self) -> None:
        """Do what is due."""
        await self._look_at_jobs()
        await self._look_at_immich()
        polled = [await self._look_at(poller) for poller in self._repositories]
        if any(polled):
            await self._look_at_jobs()
            if self._independence is not None:
                await self._independence.poll()
        if self._requests is not None:
            await self._requests.poll()
        if self._inspector is not None:
            await self._look_inside(self._inspector)

    async def _look_inside(self, inspector: Inspector) -> None:
        workshop = cast("InspectionFactory", inspector._workshop)
        ahead = self._clock.now().timestamp() - time.time()
        workshop._command = (sys.executable, "-P", "-c", by_another_clock("inspection.worker", ahead, "main()"))
        while await inspector.step():
            pass

    async def _look_at_jobs(self) -> None:
        if self._jobs is not None:
            while not await self._jobs.poll():
                pass

    async def _look_at_immich(self) -> None:
        if self._immich is None or self._immich[1] > self._clock.now():
            return
        poller = self._immich[0]
        pause = await poller.poll()
        await poller.work()
        self._immich = poller, self._clock.now() + pause

    async def _look_at(self, poller: RepositoryPoller) -> bool:
        if self._repositories[poller] > self._clock.now() and not poller.hurried.is_set():
            return False
        poller.hurried.clear()
        await poller.poll()
        self._repositories[poller] = self._clock.now() + poller.settings.poll_interval
        if poller.facts.up:
            with suppress(TimeoutError):  # after a failure it waits for a quarter of an hour
                async with asyncio.timeout(SIZING_SECONDS):
                    await poller.find_sizes()
        return True


def _read_by_the_worlds_clock(poller: RepositoryPoller) -> None:
    """`--time` moves the time of a snapshot, and nothing moves what its summary says beside it; here it follows."""
    read = poller.reader.snapshots

    async def snapshots(ids: Collection[str]) -> Sequence[Snapshot]:
        return [replace(one, backup_start=one.time if one.backup_start else None) for one in await read(ids)]

    poller.reader.snapshots = snapshots  # type: ignore[method-assign]  # only this reader's


class LivingAgent:
    """One life of an agent: from its start to its end."""

    def __init__(
        self, config_file: str, environ: dict[str, str], clock: Clock, independence: Independence | None = None
    ) -> None:
        """`independence`: what there is to see of every repository's disk and password; `None`: what there is."""
        self._clock = clock
        self.started = clock.now()
        settings = load(config_file, environ, now=clock.now())
        self._store: SqliteStore = open_store(settings.state_dir, clock)
        self._store.note_start(clock.now())
        options = ServeOptions(
            config_file=config_file,
            listen_addresses=(),
            web_config_file=None,
            enable_lifecycle=True,
            environ=environ,
        )
        self._agent = Agent(options, settings, self._store, clock)
        self.loop = _HandLoop(clock, independence)
        self._agent._loop = cast("Loop", self.loop)
        self._agent._take_up(settings)
        self._agent._start_loop()
        self._app = create_app(
            self._agent._exposition, self._agent.answers, lifecycle_enabled=True, runs=self._agent.answers
        )

    async def metrics(self) -> str:
        """What a scrape gets; with the start of this life for the process's, which is the test's own."""
        status, text = await self._ask("GET", "/metrics")
        assert status == 200
        return _PROCESS_START.sub(f"process_start_time_seconds {self.started.timestamp()}", text)

    async def status(self) -> dict[str, Any]:
        status, text = await self._ask("GET", "/api/v1/status")
        assert status == 200
        found: dict[str, Any] = json.loads(text)
        return found

    async def findings(self) -> tuple[str, ...]:
        """What the agent itself finds wrong, written as promtool's alerts are told."""
        found = (await self.status())["findings"]
        return tuple(sorted(_told(one) for one in found if (one["check"], one["severity"]) in _ALERTS))

    async def post(self, path: str, token: str) -> None:
        """A call that must be answered with 200."""
        status, text = await self._ask("POST", path, token)
        assert status == 200, text

    async def reload(self) -> bool:
        """`POST /-/reload`; whether the new configuration is in force."""
        return (await self._ask("POST", "/-/reload"))[0] == 200

    async def _ask(self, method: str, address: str, token: str = "") -> tuple[int, str]:
        """A request as uvicorn hands it to the application: status and body."""
        path, _, query = address.partition("?")
        headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
        }
        status, body = 0, b""

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        await self._app(scope, receive, send)
        return status, body.decode()

    async def end(self, *, clean: bool = True) -> None:
        """SIGTERM or, not `clean`, SIGKILL: nothing more is written down."""
        for source in self._agent._sources:
            if clean or not isinstance(source, RepositorySource):
                await source.close()
            else:
                await source.poller.reader.close()
        self._store.close()


def _told(finding: Mapping[str, Any]) -> str:
    labels = [f"{name}={value}" for name, value in sorted(finding["labels"].items()) if value]
    return " ".join([finding["check"], finding["severity"], *labels])
