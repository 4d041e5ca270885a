"""Every source has a timer of its own, and none keeps another waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from structlog.testing import capture_logs

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.poller.loop import Loop
from immich_backup_exporter.poller.source import Source


class Fake(Source):
    """Returns these results of its polls, raises those that are errors, and then looks no more."""

    name = "fake"
    awaited = True

    def __init__(self, *results: timedelta | Exception) -> None:
        self._results: Iterator[timedelta | Exception] = iter(results)
        self.paused: list[float] = []
        self.worked = 0
        self.polls_end = asyncio.Event()
        self.ended = False

    async def poll(self) -> timedelta:
        result = next(self._results, None)
        if result is None:
            self.polls_end.set()
            await self._forever()
        if isinstance(result, Exception):
            raise result
        return result or timedelta(0)

    async def _forever(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    async def work(self) -> None:
        self.worked += 1

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        await asyncio.sleep(0)


class Working(Fake):
    """Its work never ends by itself."""

    async def work(self) -> None:
        self.worked += 1
        await self._forever()


def looped(test: Callable[[Loop], Awaitable[None]]) -> None:
    async def work() -> None:
        loop = Loop()
        await test(loop)
        await loop.stop()

    asyncio.run(work())


MINUTE = timedelta(minutes=1)


def test_a_source_is_polled_again_after_the_pause_that_it_asked_for() -> None:
    async def test(loop: Loop) -> None:
        source = Fake(MINUTE, 2 * MINUTE)
        loop.start([source])
        await source.polls_end.wait()
        assert source.paused == [60.0, 120.0]

    looped(test)


def test_ready_is_once_every_awaited_source_has_looked() -> None:
    async def test(loop: Loop) -> None:
        first, second, unawaited = Fake(MINUTE), Fake(), Fake()
        unawaited.awaited = False
        loop.start([first, unawaited])
        assert not loop.ready
        await first.polls_end.wait()
        assert loop.ready
        await loop.stop()
        loop.start([first, second])
        await second.polls_end.wait()
        assert not loop.ready

    looped(test)


def test_a_source_that_hangs_keeps_no_other_waiting() -> None:
    async def test(loop: Loop) -> None:
        hanging, other = Fake(), Fake(MINUTE, MINUTE)
        loop.start([hanging, other])
        await other.polls_end.wait()
        assert other.paused == [60.0, 60.0]

    looped(test)


def test_a_defect_is_logged_counts_as_a_look_and_is_tried_again_after_five_minutes() -> None:
    async def test(loop: Loop) -> None:
        source = Fake(ZeroDivisionError("secret"), MINUTE)
        with capture_logs() as lines:
            loop.start([source])
            await source.polls_end.wait()
        assert source.paused == [300.0, 60.0]
        assert loop.ready
        assert lines == [
            {
                "event": Message("log.unexpected_fault", source="fake"),
                "kind": "ZeroDivisionError",
                "log_level": "error",
            }
        ]

    looped(test)


def test_work_is_done_after_every_poll() -> None:
    async def test(loop: Loop) -> None:
        source = Fake(MINUTE, MINUTE)
        loop.start([source])
        await source.polls_end.wait()
        assert source.worked == 2

    looped(test)


def test_work_that_takes_long_is_not_begun_again_and_keeps_no_poll_waiting() -> None:
    async def test(loop: Loop) -> None:
        source = Working(MINUTE, MINUTE, MINUTE)
        loop.start([source])
        await source.polls_end.wait()
        assert (source.worked, len(source.paused)) == (1, 3)

    looped(test)


def test_stopping_ends_polls_and_work_that_are_under_way() -> None:
    async def test(loop: Loop) -> None:
        polling, working = Fake(), Working(MINUTE, MINUTE)
        loop.start([polling, working])
        await working.polls_end.wait()
        await loop.stop()
        assert (polling.ended, working.ended) == (True, True)

    looped(test)
