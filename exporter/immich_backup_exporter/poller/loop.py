"""Runs every source on its own timer, each in a task of its own, so that none waits for another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from immich_backup_exporter.domain.messages import Message

from .source import Source

PAUSE_AFTER_DEFECT = timedelta(minutes=5)


class Loop:
    """The running sources. ``ready`` once each that is awaited has looked for the first time, whatever it found."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: set[Source] = set()

    @property
    def ready(self) -> bool:
        return not self._waiting

    def start(self, sources: Sequence[Source]) -> None:
        """Begin to poll, everything at once."""
        self._waiting = {source for source in sources if source.awaited}
        self._tasks = [asyncio.create_task(self._watch(source)) for source in sources]

    async def stop(self) -> None:
        """End every poll that is under way, and with it its processes."""
        await _end(*self._tasks)
        self._tasks = []

    async def _watch(self, source: Source) -> None:
        work: asyncio.Task[timedelta | None] | None = None
        try:
            while True:
                pause = await _guarded(source.name, source.poll) or timedelta(0)
                self._waiting.discard(source)
                if work is None or work.done():
                    work = asyncio.create_task(_guarded(source.name, source.work))
                await source.pause(pause.total_seconds())
        finally:
            if work is not None:
                await _end(work)


async def _guarded(
    source: str, call: Callable[[], Awaitable[None]] | Callable[[], Awaitable[timedelta]]
) -> timedelta | None:
    """Make the call. A defect in it is logged and tried again after a pause, instead of ending the watch."""
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - the last resort: one source's defect must not end the others
        kind = type(error).__name__
        structlog.get_logger().error(Message("log.unexpected_fault", source=source), kind=kind)
        return PAUSE_AFTER_DEFECT


async def _end(*tasks: "asyncio.Task[None] | asyncio.Task[timedelta | None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
