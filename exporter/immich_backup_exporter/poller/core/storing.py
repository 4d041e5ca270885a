"""The state store beside the event loop: one call after the other, in a thread of its own."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.poller.ports import Store

T = TypeVar("T")


class StoreAccess:
    """Calls the store without blocking the event loop.

    ``on_trouble`` is called when writes failed or succeed again, or the store was found damaged and started over. What
    could not be written is tried again before the next call and by :meth:`retry`; nothing is asked of the store while
    nothing waits.
    """

    def __init__(self, store: Store, on_trouble: Callable[[], None]) -> None:
        self._store = store
        self._worker = Worker("state store")
        self._on_trouble = on_trouble
        self._failures = store.write_failures
        self._notices = len(store.notices)
        self._waiting = False

    async def call(self, function: Callable[[Store], T]) -> T:
        # A reload or the end of the process must not interrupt what is being written.
        result = await asyncio.shield(asyncio.ensure_future(self._worker.call(lambda: function(self._store))))
        failures, notices = self._store.write_failures, len(self._store.notices)
        waited, self._waiting = self._waiting, failures > self._failures
        if waited or self._waiting or notices > self._notices:
            self._failures, self._notices = failures, notices
            self._on_trouble()
        return result

    @property
    def waiting(self) -> bool:
        """Whether something could not be written yet, and would be lost with the process."""
        return self._waiting

    async def retry(self) -> None:
        """Try again what could not be written, if there is anything."""
        if self._waiting:
            await self.call(lambda store: store.flush())
