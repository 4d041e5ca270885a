import asyncio
import threading
import time

import pytest

from immich_backup_exporter.aio import Worker


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
        before = time.monotonic()
        with pytest.raises(TimeoutError, match="has not returned"):
            await worker.call(lambda: None, 30)
        assert time.monotonic() - before < 5
        gate.set()
        for _ in range(500):
            await asyncio.sleep(0.01)
            try:
                assert await worker.call(lambda: "back") == "back"
                return
            except TimeoutError:
                continue
        pytest.fail("the worker never came back")

    asyncio.run(work())


def test_a_timeout_that_the_function_itself_raises_does_not_count_as_hanging() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    async def work() -> None:
        worker = Worker("test")
        with pytest.raises(TimeoutError, match="its own"):
            await worker.call(fail, 5)
        assert await worker.call(lambda: 1, 5) == 1

    asyncio.run(work())


def test_a_hanging_call_does_not_keep_the_loop_from_ending() -> None:
    gate = threading.Event()

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await Worker("test").call(gate.wait, 0.01)

    before = time.monotonic()
    asyncio.run(work())
    assert time.monotonic() - before < 5
    gate.set()
