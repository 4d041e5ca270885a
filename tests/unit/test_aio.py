import asyncio
import threading

import pytest

from immich_backup_exporter.aio import Worker
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually


def test_a_call_returns_what_the_function_returns() -> None:
    async def work() -> None:
        worker = Worker("test")
        assert await worker.call(lambda: 42) == 42
        worker.close()

    asyncio.run(work())


def test_a_call_raises_what_the_function_raises() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def work() -> None:
        with pytest.raises(ValueError, match="no"):
            await Worker("test").call(fail)

    asyncio.run(work())


def test_a_call_that_hangs_ends_at_its_deadline_and_the_next_ones_at_once_until_it_returns() -> None:
    async def work() -> None:
        worker, gate = Worker("test"), threading.Event()
        with pytest.raises(TimeoutError):
            await worker.call(gate.wait, 0.01)
        with pytest.raises(TimeoutError, match="has not returned"):
            await worker.call(lambda: None, FOREVER_SECONDS)
        gate.set()
        await asyncio.to_thread(eventually, lambda: not worker._hanging)
        assert await worker.call(lambda: "back") == "back"

    asyncio.run(work())


def test_a_timeout_that_the_function_itself_raises_does_not_count_as_hanging() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    async def work() -> None:
        worker = Worker("test")
        with pytest.raises(TimeoutError, match="its own"):
            await worker.call(fail, PATIENCE_SECONDS)
        assert await worker.call(lambda: 1, PATIENCE_SECONDS) == 1

    asyncio.run(work())


def test_a_hanging_call_does_not_keep_the_loop_from_ending() -> None:
    gate = threading.Event()

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await Worker("test").call(gate.wait, 0.01)

    asyncio.run(work())
    gate.set()
