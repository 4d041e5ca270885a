"""Runs every source on its own timer, each in a task of its own, so that none waits for another."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta

import structlog

from .acceptance import AcceptWatch
from .contents.inspector import Inspector
from .core.schedule import jittered
from .dumps import DumpPoller
from .jobs.poller import JobPoller
from .repositories.independence import IndependencePoller
from .repositories.poller import RepositoryPoller
from .repositories.sizing import find_sizes

_PAUSE_AFTER_DEFECT = timedelta(minutes=5)
_LONGEST_WAIT_FOR_OTHERS_SECONDS = 30
_GATHER_SECONDS = 1.0
"""How long a hurried poll waits for others to ask for one too."""


class Loop:
    """The running pollers. ``ready`` once each has looked for the first time, whatever it found."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: set[object] = set()

    @property
    def ready(self) -> bool:
        return not self._waiting

    def start(
        self,
        repositories: Sequence[RepositoryPoller],
        immich: DumpPoller | None,
        jobs: JobPoller | None = None,
        requests: AcceptWatch | None = None,
        inspector: Inspector | None = None,
        independence: IndependencePoller | None = None,
    ) -> None:
        """Begin to poll, everything at once."""
        self._waiting = {*repositories, *([immich] if immich else []), *([jobs] if jobs else [])}
        self._tasks = [asyncio.create_task(self._watch_repository(poller)) for poller in repositories]
        if immich is not None:
            self._tasks.append(asyncio.create_task(self._watch_immich(immich)))
        if inspector is not None:
            self._tasks.append(asyncio.create_task(_forever(inspector.run)))
        if independence is not None:
            self._tasks.append(asyncio.create_task(_forever(independence.run)))
        if jobs is not None:
            self._tasks.append(asyncio.create_task(self._watch_jobs(jobs)))
        if requests is not None:
            self._tasks.append(asyncio.create_task(_watch_requests(requests)))

    async def stop(self) -> None:
        """End every poll that is under way, and with it its processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _watch_repository(self, poller: RepositoryPoller) -> None:
        sizing: asyncio.Task[None] | None = None
        try:
            while True:
                await poller.poll()
                self._waiting.discard(poller)
                if poller.facts.up and (sizing is None or sizing.done()):
                    sizing = asyncio.create_task(_guarded(self._size(poller)))
                await _pause(poller, jittered(poller.settings.poll_interval, self._random()))
        finally:
            await _end(sizing)

    async def _size(self, poller: RepositoryPoller) -> None:
        """Once the others have been looked at, for a while at most: what they know need not be found out again."""
        for _ in range(_LONGEST_WAIT_FOR_OTHERS_SECONDS):
            if not any(isinstance(other, RepositoryPoller) for other in self._waiting):
                break
            await asyncio.sleep(1)
        await find_sizes(poller)

    async def _watch_jobs(self, poller: JobPoller) -> None:
        while True:
            pause = await poller.poll()
            self._waiting.discard(poller)
            await asyncio.sleep(pause.total_seconds())

    async def _watch_immich(self, poller: DumpPoller) -> None:
        validation: asyncio.Task[None] | None = None
        try:
            while True:
                pause = await _look(poller)
                self._waiting.discard(poller)
                if validation is None or validation.done():
                    validation = asyncio.create_task(_guarded(poller.validate_all()))
                await asyncio.sleep(jittered(pause, self._random()))
        finally:
            await _end(validation)


async def _watch_requests(watch: AcceptWatch) -> None:
    while True:
        pause = await watch.poll()
        await asyncio.sleep(pause.total_seconds())


async def _forever(run: Callable[[], Coroutine[None, None, None]]) -> None:
    while True:
        await _guarded(run())
        await asyncio.sleep(_PAUSE_AFTER_DEFECT.total_seconds())


async def _look(poller: DumpPoller) -> timedelta:
    try:
        return await poller.poll()
    except Exception as error:  # noqa: BLE001 - a defect here must not end the watch over everything else
        structlog.get_logger().error("an unexpected fault looking at the upload location", kind=type(error).__name__)
        return _PAUSE_AFTER_DEFECT


async def _pause(poller: RepositoryPoller, seconds: float) -> None:
    """Until the next poll is due, or until somebody knows that there is something to see."""
    try:
        async with asyncio.timeout(seconds):
            await poller.hurried.wait()
            await asyncio.sleep(_GATHER_SECONDS)
    except TimeoutError:
        pass
    poller.hurried.clear()


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _guarded(work: Coroutine[None, None, None]) -> None:
    """Let a defect in work between two polls be said and tried again at the next one, instead of ending it all."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the last resort of a background task
        structlog.get_logger().error("an unexpected fault between two polls", kind=type(error).__name__)
