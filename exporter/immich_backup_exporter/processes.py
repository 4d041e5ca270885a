"""One child process: bounded in time and output, and never outlived by anything that it started."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

STDERR_KEPT_BYTES = 8192
"""Of what restic says on stderr only the end is kept: the reason of a failure is said last."""
EXIT_CODE_GRACE_SECONDS = 1.0
"""How long a pipe may stay open after restic has ended: a process that holds it then is none of ours to wait for."""

_STDOUT, _STDERR = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a process ended by itself."""

    code: int
    """The exit code; negative where a signal ended it."""
    stdout: bytes
    stderr: str
    """Its end only. Holds addresses and paths: to be looked at, never to be shown."""


class DeadlineReached(Exception):  # noqa: N818 - an event, as in asyncio's CancelledError it is not a fault of the code
    """The process was still running at its deadline and was ended."""

    def __init__(self, stderr: str) -> None:
        super().__init__("deadline reached")
        self.stderr = stderr
        """What it had said until then: not what ending it made it say."""


class Patience:
    """A deadline that is moved on by every sign of life, for a process that may run for hours."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timeout: asyncio.Timeout | None = None

    @asynccontextmanager
    async def wait(self) -> AsyncIterator[None]:
        """Raises ``TimeoutError`` where the block is silent for too long."""
        try:
            async with asyncio.timeout(self._seconds) as self._timeout:
                yield
        finally:
            self._timeout = None

    def touch(self) -> None:
        """Something happened: begin to wait anew."""
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)


class OutputTooLong(Exception):  # noqa: N818 - see DeadlineReached
    """The process printed more than it was allowed to and was ended."""


async def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    deadline: float | Patience,
    stdout_limit: int,
    grace: float = 2.0,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.PIPE,
) -> Finished:
    """Run ``command`` in a session of its own, with nothing on stdin unless a descriptor is given.

    ``stdout`` can be a descriptor too; what is printed then goes there and not into the result.

    At the ``deadline`` (seconds), when cancelled and after any other failure the whole process group gets SIGTERM, and
    SIGKILL after ``grace`` seconds. Raises :class:`DeadlineReached`, :class:`OutputTooLong`, and ``OSError`` or
    ``ValueError`` where the program cannot be started at all.
    """
    transport, child = await _start(command, environment, stdout_limit, grace, stdin, stdout)
    try:
        try:
            async with deadline.wait() if isinstance(deadline, Patience) else asyncio.timeout(deadline):
                await child.wait()
        except TimeoutError:
            raise DeadlineReached(child.stderr_text()) from None
        if child.too_long:
            raise OutputTooLong
        code = transport.get_returncode()
        assert code is not None, "the process has exited"  # noqa: S101 - asyncio's promise, for the type checker
        return Finished(code=code, stdout=bytes(child.stdout), stderr=child.stderr_text())
    finally:
        await _end(transport, child, grace)


class _Child(asyncio.SubprocessProtocol):
    """Takes what the process prints. Not asyncio's streams: their ``wait`` waits for other holders of the pipes."""

    def __init__(self, stdout_limit: int) -> None:
        self.stdout = bytearray()
        self.too_long = False
        self.closed = asyncio.Event()
        """The process has exited and no process holds its pipes."""
        self.exited = asyncio.Event()
        self._stderr = bytearray()
        self._stdout_limit = stdout_limit
        self._stop = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == _STDERR:
            self._stderr += data
            del self._stderr[:-STDERR_KEPT_BYTES]
        elif fd == _STDOUT and not self.too_long:
            self.stdout += data
            if len(self.stdout) > self._stdout_limit:
                self.too_long = True
                self.stdout.clear()
                self._stop.set()

    def process_exited(self) -> None:
        self.exited.set()
        self._stop.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        self.closed.set()
        self._stop.set()

    async def wait(self) -> None:
        """Until the process has exited and its pipes are closed, or soon after it has, or until it printed too much."""
        await self._stop.wait()
        if not self.too_long:
            with suppress(TimeoutError):
                async with asyncio.timeout(EXIT_CODE_GRACE_SECONDS):
                    await self.closed.wait()

    def stderr_text(self) -> str:
        return self._stderr.decode("utf-8", "replace")


async def _start(
    command: Sequence[str],
    environment: Mapping[str, str],
    stdout_limit: int,
    grace: float,
    stdin: int,
    stdout: int,
) -> tuple[asyncio.SubprocessTransport, _Child]:
    """Start the process. Cancelled meanwhile, asyncio alone would end it and leave whatever it started already."""
    loop = asyncio.get_running_loop()
    work = loop.subprocess_exec(
        lambda: _Child(stdout_limit),
        *command,
        stdin=stdin,
        stdout=stdout,
        env=dict(environment),
        start_new_session=True,
    )
    starting = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting])
        if starting.exception() is None:
            await _end(*starting.result(), grace)
        raise


async def _end(transport: asyncio.SubprocessTransport, child: _Child, grace: float) -> None:
    """Let go of a process that has ended; end its group first where anybody in it is left on the pipes."""
    try:
        if not child.closed.is_set():
            await _end_group(child, transport.get_pid(), grace)
    finally:
        transport.close()


async def _end_group(child: _Child, group: int, grace: float) -> None:
    """SIGTERM, ``grace`` seconds, SIGKILL; cancelled meanwhile, SIGKILL at once."""
    signalled = _signal(group, signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(grace if signalled else 0):
                await child.closed.wait()
    finally:
        _signal(group, signal.SIGKILL)  # also what let go of the pipes but did not end
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):  # a process in an uninterruptible wait (dead NFS) cannot be killed
                await child.exited.wait()


def _signal(group: int, number: signal.Signals) -> bool:
    """Whether there was anybody in the group. Who left it (``setsid``, as ssh's shared connections do) stays alone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
