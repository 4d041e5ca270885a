"""Waiting for what has to come. How long it takes is never asked: no test knows how busy its machine is."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

PATIENCE_SECONDS = 120.0
"""A test fails after that rather than hangs. What is right takes a small part of it on a busy machine, too."""

FOREVER_SECONDS = 10 * PATIENCE_SECONDS
"""How long a process sleeps that a test has to end, or that must hold nothing up."""

T = TypeVar("T")


def eventually(
    look: Callable[[], T],
    told: Callable[[], str] = lambda: "",
    *,
    every: float = 0.02,
    patience: float = PATIENCE_SECONDS,
) -> T:
    """What ``look`` returns once that is true. If it never is, the test fails with what ``told`` then says."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"it never came to that:\n{told()}"
        time.sleep(every)
    return found


async def late(work: Coroutine[Any, Any, T], when: Callable[[], object]) -> T:
    """Let the deadline of ``work`` come as soon as ``when`` is true: the clock of the event loop is put forward.

    What ends before it has no deadline to miss.
    """
    task = asyncio.ensure_future(work)
    await asyncio.to_thread(eventually, lambda: task.done() or when())
    while not task.done():  # again where it had not set its deadline yet
        put_forward(FOREVER_SECONDS)
        await asyncio.wait([task], timeout=1)
    return task.result()


def put_forward(seconds: float) -> None:
    """The clock of the running event loop goes ahead by so much: what is due by then comes next."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds  # type: ignore[method-assign]  # this loop's alone
