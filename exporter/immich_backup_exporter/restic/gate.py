"""How many restic processes may run at once, over all repositories."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_PROCESSES = 8
LONGEST_WAIT_SECONDS = 10.0


class Gate:
    """Admits ``limit`` processes at once; each takes half a second of one processor and 65 MB.

    No caller waits longer than ``longest_wait`` seconds: processes that hang on a dead server delay the others only
    that long, and all of them together no further.
    """

    def __init__(self, limit: int | None = None, *, longest_wait: float = LONGEST_WAIT_SECONDS) -> None:
        processors = len(os.sched_getaffinity(0))
        self._places = asyncio.Semaphore(limit or min(MOST_PROCESSES, max(2, processors)))
        self._longest_wait = longest_wait

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, hold it inside the ``async with`` block."""
        held = False
        try:
            async with asyncio.timeout(self._longest_wait):
                held = await self._places.acquire()
        except TimeoutError:
            pass  # go ahead without a place
        try:
            yield
        finally:
            if held:
                self._places.release()
