import asyncio
import threading

from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.ports import Store
from support.memory_store import MemoryStore
from support.waiting import PATIENCE_SECONDS


class FullStore(MemoryStore):
    """Fails to write as long as `full`."""

    full = True

    def flush(self) -> None:
        super().flush()
        self.write_failures += self.full


def failing_write(store: Store) -> None:
    assert isinstance(store, FullStore)
    store.write_failures += 1


def test_a_failed_write_is_told_and_tried_again_until_it_succeeds() -> None:
    async def work() -> None:
        store = FullStore()
        told: list[int] = []
        access = StoreAccess(store, lambda: told.append(store.write_failures))
        await access.call(failing_write)
        await access.retry()
        store.full = False
        for _ in range(3):
            await access.retry()
        assert told == [1, 2, 2]
        assert store.flushes == 2

    asyncio.run(work())


def test_a_store_that_had_to_start_over_is_told() -> None:
    async def work() -> None:
        store = MemoryStore()
        told: list[str] = []
        access = StoreAccess(store, lambda: told.extend(store.notices))

        def start_over(_: Store) -> None:
            store.notices = ("The state store was damaged.",)

        await access.call(start_over)
        await access.call(lambda store: None)
        assert told == ["The state store was damaged."]

    asyncio.run(work())


def test_nothing_is_asked_of_the_store_while_nothing_waits() -> None:
    async def work() -> None:
        store = FullStore()
        await StoreAccess(store, lambda: None).retry()
        assert store.flushes == 0

    asyncio.run(work())


def test_a_write_goes_on_when_whoever_waits_for_it_is_cancelled() -> None:
    async def work() -> None:
        access = StoreAccess(MemoryStore(), lambda: None)
        begun, gate, done = threading.Event(), threading.Event(), threading.Event()

        def write(store: Store) -> None:
            begun.set()
            gate.wait(PATIENCE_SECONDS)
            done.set()

        task = asyncio.create_task(access.call(write))
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.set()
        await access.call(lambda store: None)
        assert done.is_set()

    asyncio.run(work())
