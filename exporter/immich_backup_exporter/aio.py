"""Blocking calls beside the event loop, so that one that hangs (a dead NFS mount) holds up nothing else."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_Job = Callable[[], None]


class Worker:
    """One daemon thread that makes blocking calls for one source.

    Unlike :func:`asyncio.to_thread` a call has a deadline, a call that hangs keeps neither other sources nor the end of
    the process waiting, and no second thread is spent on a source that hangs already.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._hanging = False

    async def call(self, function: Callable[[], T], deadline: float | None = None) -> T:
        """Run ``function`` in the thread, after the calls that wait already.

        ``TimeoutError`` after ``deadline`` seconds, and at once while an abandoned call still hangs.
        """
        if self._hanging:
            raise TimeoutError(f"an earlier call of {self._name} has not returned")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def deliver(value: T | None, error: BaseException | None) -> None:
            self._hanging = False
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(value)  # type: ignore[arg-type]  # `value` is the call's result where there is no error

        def job() -> None:
            value: T | None = None
            error: BaseException | None = None
            try:
                value = function()
            except BaseException as caught:  # noqa: BLE001 - handed to the caller that awaits it
                error = caught
            try:
                loop.call_soon_threadsafe(deliver, value, error)
            except RuntimeError:  # the loop has ended meanwhile: no caller waits
                self._hanging = False

        self._start()
        self._jobs.put(job)
        try:
            async with asyncio.timeout(deadline):
                return await done
        except TimeoutError:
            # A TimeoutError that the call itself raised has ended it; otherwise the thread is still in there.
            self._hanging = done.cancelled()
            raise

    def close(self) -> None:
        """Let the thread end once its call returns; does not wait for it."""
        self._jobs.put(None)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
