"""The agent's side of the inspecting process: starts it, hands it what to read, and ends it whole."""

import asyncio
import fcntl
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from immich_backup_exporter import processes
from immich_backup_exporter.domain.contents import DumpAnswer, TreeAnswer, TreeQuestion
from immich_backup_exporter.domain.errors import InspectionError
from immich_backup_exporter.domain.messages import Message

from . import messages
from .messages import Packet

Feed = Callable[[int], Awaitable[None]]
"""Writes to the descriptor, which stays the caller's, and returns once all of it is written and to be believed."""
OnRead = Callable[[int], None]
"""Is told how many bytes of what is being fed have been taken so far. May raise to end it."""

_INHERITED = ("PATH", "TZ", "TZDIR", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
_DISK_SECONDS = 600.0
_LONGEST_SECONDS = 24 * 3600.0
_OUTPUT_BYTES = 65536
_PIPE_BYTES = 1024 * 1024
_RECEIVE_BYTES = 256 * 1024
_SET_PIPE_SIZE = 1031
"""``F_SETPIPE_SZ`` of Linux, which :mod:`fcntl` does not name everywhere."""


class InspectionFactory:
    """Starts inspecting processes, one for each snapshot: what one needs is given back to the system with its end."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name: environ[name] for name in _INHERITED if name in environ}
        self._command = (sys.executable, "-P", "-m", "immich_backup_exporter.inspection.worker")

    @asynccontextmanager
    async def inspection(self) -> AsyncIterator["Inspection"]:
        """A process for one snapshot; it has ended when the block has."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        running = asyncio.create_task(
            processes.run(
                self._command,
                environment=self._environ,
                deadline=_LONGEST_SECONDS,
                stdout_limit=_OUTPUT_BYTES,
                stdin=theirs.fileno(),
            )
        )
        inspection = Inspection(ours, running)
        try:
            await inspection.ready()
            theirs.close()
            yield inspection
        finally:
            theirs.close()
            ours.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class Inspection:
    """Asks one inspecting process. Raises :class:`InspectionError`, and whatever a feed raises."""

    def __init__(self, channel: socket.socket, running: "asyncio.Task[processes.Finished]") -> None:
        self._channel = channel
        self._running = running
        self._buffer = bytearray()

    async def ready(self) -> None:
        """Wait until it listens."""
        await self._receive(None)

    async def tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> TreeAnswer:
        """What a tree holds; ``feed`` writes what ``restic ls --json`` prints."""
        answer = await self._fed({"do": "tree", "question": messages.from_question(question)}, feed, on_read)
        return messages.to_tree(answer["tree"])

    async def external_tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> None:
        """Another tree that holds external libraries."""
        await self._fed({"do": "external", "question": messages.from_question(question)}, feed, on_read)

    async def settled_folders(self, location: str, folders: Sequence[str], before: datetime) -> frozenset[str] | None:
        """Which of these folders hold files on the live disk that were there ``before``; ``None``: no telling."""
        await self._send({"do": "live", "location": location, "folders": list(folders), "before": before.isoformat()})
        try:
            async with asyncio.timeout(_DISK_SECONDS):
                live = (await self._receive(None))["live"]
        except TimeoutError:
            raise InspectionError(Message("inspection.live_hangs")) from None
        return None if live is None else frozenset(live)

    async def dump(
        self,
        source: Feed | int,
        on_read: OnRead,
        *,
        time: datetime,
        expect_gzip: bool,
        immichs_own: bool,
        cover: bool,
        unproven_external: Sequence[str] = (),
        location: str | None = None,
    ) -> DumpAnswer:
        """Read a dump from ``source`` (a feed, or the descriptor of a file) and compare it with the tree.

        ``time`` is when it was made; ``unproven_external`` are the containers of libraries that no plan is said to
        hold, or whose plan's snapshot is not known: of these nothing is missing; ``location`` is the live upload
        location.
        """
        message = {
            "do": "dump",
            "time": time.isoformat(),
            "gzip": expect_gzip,
            "immichs_own": immichs_own,
            "cover": cover,
            "unproven_external": list(unproven_external),
            "location": location,
        }
        if isinstance(source, int):
            await self._send(message, source)
            return messages.to_dump_answer(await self._receive(on_read))
        return messages.to_dump_answer(await self._fed(message, source, on_read))

    async def _fed(self, message: Packet, feed: Feed, on_read: OnRead) -> Packet:
        """Let ``feed`` write into a pipe whose other end the process reads, and take the answer once both are done."""
        reading, writing = os.pipe()
        try:
            with suppress(OSError):
                fcntl.fcntl(writing, _SET_PIPE_SIZE, _PIPE_BYTES)
            await self._send(message, reading)
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        feeding = asyncio.ensure_future(_write(feed, writing))
        answering = asyncio.ensure_future(self._receive(on_read))
        try:
            await asyncio.wait((feeding, answering), return_when=asyncio.FIRST_EXCEPTION)
            if feeding.done() and (failure := feeding.exception()) is not None:
                await self._let_answer(answering)
                raise failure
            if answering.done() and answering.exception() is not None:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
                await self._let_answer(answering)
            return await answering
        finally:
            for task in (feeding, answering):
                task.cancel()
            await asyncio.gather(feeding, answering, return_exceptions=True)

    async def _let_answer(self, answering: "asyncio.Task[Packet]") -> None:
        """Wait for an answer that nobody wants any more: else it would be taken for the next one."""
        await asyncio.wait((answering,))
        if isinstance(answering.exception(), InspectionError | None):
            return  # that was it
        with suppress(InspectionError):
            await self._receive(None)

    async def _send(self, message: Packet, descriptor: int | None = None) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._channel, messages.line(message))
            if descriptor is None:
                await loop.sock_sendall(self._channel, b"\n")
                return
            while True:
                try:
                    socket.send_fds(self._channel, [b"\n"], [descriptor])
                except BlockingIOError:
                    await asyncio.sleep(0.01)
                else:
                    return
        except OSError:
            raise _ended() from None

    async def _receive(self, on_read: OnRead | None) -> Packet:
        """The next answer; what comes before it says how far the process is."""
        while True:
            message = await self._message()
            if "read" not in message:
                if trouble := messages.to_sentence(message.get("trouble_reading")):
                    raise InspectionError(trouble)
                return message
            if on_read is not None:
                on_read(message["read"])

    async def _message(self) -> Packet:
        loop = asyncio.get_running_loop()
        while (end := self._buffer.find(b"\n")) < 0:
            receiving = asyncio.ensure_future(loop.sock_recv(self._channel, _RECEIVE_BYTES))
            try:
                await asyncio.wait((receiving, self._running), return_when=asyncio.FIRST_COMPLETED)
                data = await receiving if receiving.done() else b""
            except OSError:
                data = b""
            finally:
                receiving.cancel()
            if not data:
                raise _ended()
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        message: Packet = json.loads(line)
        return message


async def _write(feed: Feed, descriptor: int) -> None:
    try:
        await feed(descriptor)
    finally:
        os.close(descriptor)


def _ended() -> InspectionError:
    return InspectionError(Message("inspection.process_ended"))
