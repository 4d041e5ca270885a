"""The process that stands in one output stream of a wrapped command: hands every byte on and reads along.

A process and not a thread, forked before anything but the standard library's core is there, because then

- the command keeps its output when the wrapper is killed: nothing of ours can take it down with SIGPIPE;
- a grandchild that keeps the stream open when the command has ended is served until it closes it, as it would have
  kept the caller's own pipe, while the wrapper ends at once with the command's exit code;
- a stalled reader of one stream stalls that stream only;
- it is a witness: it shares the command's process group, so a signal that reached it too was sent to all of them
  (Ctrl-C, `kill -- -GROUP`, `timeout`, systemd) and need not be forwarded, or the command would get it twice.

It obeys the wrapper through a pipe of single letters, and does without the wrapper once that has closed it.
"""

import os
import select
import signal
import stat
import sys

CHUNK_BYTES = 1 << 16
"""As much as a pipe holds: read whole, it ends where a write of the command's ended."""

WITNESS_SECONDS = 0.005
LINGER_SECONDS = 0.05
"""Between a stream's end and the look whether the command has ended with it, or goes on without the stream."""

RUNS = b"r"
DRAIN = b"d"
ASK = b"?"
SAY = b"m"


class Pump:
    """The wrapper's end: one forked process, for one stream or (``source`` is ``None``) only as a witness."""

    def __init__(self, source: int | None, sink: int | None) -> None:
        """Fork. ``source`` is the read end of the command's pipe, ``sink`` where the bytes belong.

        ``OSError`` where no process or pipe can be had. The caller goes on owning all descriptors it gave.
        """
        command_read, self._commands = os.pipe()
        self._answers, answer_write = os.pipe()
        self._questions = 0
        try:
            pid = os.fork()
        except OSError:
            for descriptor in (command_read, self._commands, self._answers, answer_write):
                os.close(descriptor)
            raise
        if pid == 0:
            try:
                _detach([fd for fd in (source, sink, command_read, answer_write) if fd is not None])
                _Stream(source, sink, command_read, answer_write).serve()
            except BaseException:  # noqa: BLE001 - whatever is wrong with us, the command goes on
                _copy(source, sink)
            finally:
                os._exit(0)
        os.close(command_read)
        os.close(answer_write)

    def descriptors(self) -> tuple[int, int]:
        """Those that the wrapper holds."""
        return self._commands, self._answers

    def saw(self, number: int) -> bool | None:
        """Whether this signal reached the pump too; ``None`` if it does not answer (its reader is stalled)."""
        self._questions = (self._questions + 1) % 256
        if not self._tell(ASK + bytes([number, self._questions])):
            return None
        while (answer := self._answer(0.1)) is not None:
            if answer[:1] == ASK and answer[1] == self._questions:
                return answer[2] == 1
        return None

    def tell_pid(self, pid: int) -> None:
        """Which process the command is."""
        self._tell(RUNS + pid.to_bytes(4, "big"))

    def ask_for_facts(self) -> None:
        """To be called once the command has ended: everything that it wrote is in the pipe by now."""
        self._tell(DRAIN)

    def facts(self, seconds: float) -> dict[str, object] | None:
        """What was read, once all bytes of the command were handed on. ``TimeoutError`` when that takes longer.

        ``None``: the pump is gone.
        """
        import marshal

        while True:
            if not self._ready(seconds):
                raise TimeoutError
            answer = self._answer(seconds)
            if answer is None:
                return None
            if answer[:1] == DRAIN:
                found: dict[str, object] = marshal.loads(answer[1:])  # noqa: S302 - from our own fork
                return found

    def say(self, line: bytes) -> bool:
        """Write a line of ours behind the command's. ``False`` where the stream is closed or stalled."""
        if not self._tell(SAY + len(line).to_bytes(2, "big") + line):
            return False
        return self._answer(0.5) == SAY + b"\1"

    def _tell(self, order: bytes) -> bool:
        try:
            os.write(self._commands, order)
        except OSError:
            return False
        return True

    def _ready(self, seconds: float) -> bool:
        poller = select.poll()
        poller.register(self._answers, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def _answer(self, seconds: float) -> bytes | None:
        """The next answer; ``None`` after ``seconds`` or when the pump is gone."""
        if not self._ready(seconds):
            return None
        length = int.from_bytes(os.read(self._answers, 4), "big")
        answer = b""
        while len(answer) < length:
            piece = os.read(self._answers, length - len(answer))
            if not piece:
                return None
            answer += piece
        return answer or None


def _detach(keep: list[int]) -> None:
    """Hold nothing but what is needed: no end of a pipe, no lock of the caller's, no folder, may outlive its time."""
    os.chdir("/")
    below = 0
    for descriptor in sorted(keep):
        os.closerange(below, descriptor)
        below = descriptor + 1
    try:
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    except OSError:
        highest = 1023
    os.closerange(below, highest + 1)


def _copy(source: int | None, sink: int | None) -> None:
    """The least that keeps the command alive."""
    if source is not None and sink is not None:
        while data := os.read(source, CHUNK_BYTES):
            os.write(sink, data)


class _Stream:
    """The forked process: single-threaded, every signal that a caller might send stays blocked."""

    def __init__(self, source: int | None, sink: int | None, commands: int, answers: int) -> None:
        self._source = source
        self._sink = sink
        self._commands: int | None = commands
        self._answers = answers
        shared = sink is not None and stat.S_ISFIFO(os.fstat(sink).st_mode)
        self._most_at_once = select.PIPE_BUF if shared else CHUNK_BYTES
        self._drain_left: int | None = None
        self._command_ended = False
        self._pid: int | None = None
        self._poller = select.poll()
        self._poller.register(commands, select.POLLIN)
        if source is not None and sink is not None:
            self._poller.register(source, select.POLLIN)
            self._poller.register(sink, 0)  # tells only that nobody reads it any more
        self._reader = None
        try:
            from immich_backup_exporter.formats.restic_output import OutputReader

            self._reader = OutputReader()
        except Exception:  # noqa: BLE001 - the bytes flow without it
            self._reader = None

    def serve(self) -> None:
        while self._source is not None or self._commands is not None:
            lingers = self._source is None and self._sink is not None and not self._command_ended
            ready = dict(self._poller.poll(LINGER_SECONDS * 1000 if lingers else None))
            if self._reader_left(ready):
                self._close_source()
                self._close_sink()
            elif lingers and not ready:
                self._close_or_keep_sink()
            elif self._source is not None and self._source in ready:
                self._move()
            if self._commands is not None and self._commands in ready:
                self._obey(self._commands)

    def _move(self) -> None:
        assert self._source is not None  # noqa: S101 - asked by the caller
        data = os.read(self._source, CHUNK_BYTES if self._drain_left is None else min(CHUNK_BYTES, self._drain_left))
        if not data:
            self._close_source()
            return
        if self._reader is not None:
            try:
                self._reader.feed(data)
            except Exception:  # noqa: BLE001 - the bytes flow without it
                self._reader = None
        self._hand_on(data)
        if self._drain_left is not None:
            self._drain_left -= len(data)
            self._tell_facts_if_drained()

    def _hand_on(self, data: bytes) -> None:
        """Write all of it, waiting for the reader as long as it takes.

        Into a pipe in pieces that it takes as one: others may write there too, and no line of theirs may come to lie in
        one of the command's.
        """
        at = 0
        while at < len(data) and self._sink is not None:
            end = min(at + self._most_at_once, len(data))
            if end < len(data):
                end = data.rfind(b"\n", at, end) + 1 or end
            try:
                at += os.write(self._sink, data[at:end])
            except BlockingIOError:  # someone made the caller's pipe non-blocking
                waiter = select.poll()
                waiter.register(self._sink, select.POLLOUT)
                waiter.poll()
            except OSError:
                self._close_source()  # nobody reads it any more, or it is a socket that was reset
                self._close_sink()

    def _close_or_keep_sink(self) -> None:
        """The command closed its end. If it lives on, the reader is to know; else we may have a word to add."""
        if self._pid is not None:
            if _is_alive(self._pid):
                self._close_sink()
            else:
                self._command_ended = True

    def _reader_left(self, ready: dict[int, int]) -> bool:
        """Nobody reads our end any more: the command's next write is to find out, as it would have without us."""
        return self._sink is not None and bool(ready.get(self._sink, 0) & (select.POLLERR | select.POLLHUP))

    def _close_source(self) -> None:
        if self._source is not None:
            self._poller.unregister(self._source)
            os.close(self._source)
            self._source = None
        self._tell_facts_if_drained()

    def _close_sink(self) -> None:
        if self._sink is not None:
            self._poller.unregister(self._sink)
            os.close(self._sink)
            self._sink = None

    def _obey(self, commands: int) -> None:
        order = os.read(commands, 1)
        if order == ASK:
            number, question = os.read(commands, 2)
            seen = signal.sigtimedwait([number], WITNESS_SECONDS) is not None
            self._tell(ASK + bytes([question, seen]))
        elif order == RUNS:
            self._pid = int.from_bytes(os.read(commands, 4), "big")
        elif order == DRAIN:
            self._command_ended = True
            self._drain_left = _waiting_bytes(self._source)
            self._tell_facts_if_drained()
        elif order == SAY:
            line = os.read(commands, int.from_bytes(os.read(commands, 2), "big"))
            self._hand_on(line)
            self._tell(SAY + bytes([self._sink is not None]))
        else:
            self._poller.unregister(commands)
            os.close(commands)
            self._commands = None

    def _tell_facts_if_drained(self) -> None:
        if self._drain_left is None or (self._drain_left > 0 and self._source is not None):
            return
        import marshal

        self._drain_left = None
        self._tell(DRAIN + marshal.dumps(self._reader.raw() if self._reader is not None else {}))

    def _tell(self, answer: bytes) -> None:
        try:
            os.write(self._answers, len(answer).to_bytes(4, "big") + answer)
        except OSError:
            return  # the wrapper is gone


def _is_alive(pid: int) -> bool:
    """Whether the command's process still runs; the wrapper reaps it late, so the number is nobody else's meanwhile."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] not in (b"Z", b"X")
    except OSError:
        return False


def _waiting_bytes(source: int | None) -> int:
    """How much is in the pipe: all that the command wrote is before whatever a grandchild writes from now on."""
    if source is None:
        return 0
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(source, termios.FIONREAD, bytes(4)), sys.byteorder)
