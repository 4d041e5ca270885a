"""Time that passes as fast as things happen: an event loop that never waits, and the clock of an agent in it."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from unittest import mock

from immich_backup_exporter.aio import Worker

T = TypeVar("T")


class _Jumps(selectors.SelectSelector):
    """Waits for no file; where the loop would wait, its time jumps to what comes next."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing is left to happen")
        if timeout > 0:
            self.passed += timeout
        return []


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time begins at 0 and passes only by jumping to the next thing that was to happen."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)
        # What is due within a microsecond is due now, or the loop would wait for less than a sum of floats can tell.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._jumps.passed


async def _inline(_: Worker, function: Callable[[], T], deadline: float | None = None) -> T:
    return function()


def run(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a story to its end in a loop of its own.

    Blocking calls of the agent are made in the loop's thread: what blocks takes no time here, and one thread means one
    order of events.
    """
    with mock.patch.object(Worker, "call", _inline), asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(story())


class SiteClock:
    """The agent's clock. ``ahead`` is how far its wall clock is from the truth, in seconds."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._loop = asyncio.get_running_loop()
        self.ahead = 0.0

    def truth(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time() + self.ahead)

    def monotonic(self) -> float:
        return self._loop.time()

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds() - self._loop.time()


async def until(clock: SiteClock, moment: datetime) -> None:
    """Sleep until the true time is ``moment``; not at all where it is past."""
    seconds = clock.seconds_until(moment)
    if seconds > 0:
        await asyncio.sleep(seconds)


def utc(text: str) -> datetime:
    """`2025-03-30 02:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
