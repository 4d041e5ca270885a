"""Starts the command exactly as the caller's shell would have, and hands its signals on."""

import errno
import os
import signal
from collections.abc import Callable, Iterable, Sequence

from immich_backup_exporter.domain.messages import Message

_OURS = frozenset({signal.SIGPIPE, signal.SIGXFSZ, signal.SIGXCPU})
"""What the kernel sends us for what we do ourselves."""

FORWARDED = frozenset(
    signal.valid_signals() - _OURS - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU}
)
"""All others: an alarm that the caller set before it became us would end us alone and leave the command running."""

STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
DEADLY = FORWARDED - {signal.SIGWINCH, signal.SIGCONT, signal.SIGTSTP, signal.SIGURG}
JOB_CONTROL = frozenset({signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
WATCHED = FORWARDED | {signal.SIGCHLD}
_TWIN_SECONDS = 0.002
_HANDS_SIGNALS_ON = frozenset({b"systemd", b"sh", b"dash", b"bash", b"ash", b"busybox", b"ksh", b"zsh"})


class NotStartedError(Exception):
    """The command could not be started; ``exit_code`` is what a shell would make of it."""

    def __init__(self, exit_code: int, message: Message) -> None:
        super().__init__(message.id)
        self.exit_code = exit_code
        self.message = message


def original_environment() -> dict[str, str]:
    """The environment without what this interpreter put into it.

    In the C locale (cron) Python sets LC_CTYPE for itself (PEP 538); the command must not inherit that.
    """
    environment = dict(os.environ)
    environment.pop("", None)  # an entry such as "=x": Python would start nothing with it
    if environment.get("LC_CTYPE", "").replace("-", "").lower() in ("c.utf8", "utf8"):
        try:
            with open("/proc/self/environ", "rb") as file:
                if not any(entry.startswith(b"LC_CTYPE=") for entry in file.read().split(b"\0")):
                    del environment["LC_CTYPE"]
        except OSError:
            return environment
    return environment


def start(command: list[str], redirected: dict[int, int], closed: list[int], mask: Iterable[int]) -> int:
    """The process id. ``redirected`` maps the command's descriptors to ours; raises :class:`NotStartedError`.

    Same process group, same session, every descriptor that we inherited. Python ignores SIGPIPE and SIGXFSZ, which the
    command must not inherit from us.
    """
    actions: list[tuple[int, int, int] | tuple[int, int]] = [
        (os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in redirected.items()
    ]
    actions += [(os.POSIX_SPAWN_CLOSE, theirs) for theirs in closed]
    environment = original_environment()

    def spawn(program: str, arguments: list[str]) -> int:
        return os.posix_spawnp(
            program,
            arguments,
            environment,
            file_actions=actions,
            setsigmask=mask,
            setsigdef=[signal.SIGXFSZ] if _caller_ignores_sigpipe() else [signal.SIGPIPE, signal.SIGXFSZ],
        )

    name = command[0]
    try:
        try:
            return spawn(name, command)
        except OSError as error:
            if error.errno != errno.ENOEXEC:  # a script without its first line: every shell runs it all the same
                raise
            return spawn("/bin/sh", ["sh", _found(name), *command[1:]])
    except (FileNotFoundError, ValueError):  # the latter for an empty name
        raise NotStartedError(127, Message("run.command_not_found", name=name)) from None
    except OSError as error:
        raise NotStartedError(126, Message("run.command_not_started", name=name, reason=error.strerror)) from None


def _caller_ignores_sigpipe() -> bool:
    """Whether the command would have inherited that: systemd ignores SIGPIPE for its services, and shells hand it on.

    What we were given ourselves is lost, since Python has ignored it from its start; so look at who called us. Other
    programs (Python, Node, Rust) ignore it for themselves and hand nothing on.
    """
    try:
        with open(f"/proc/{os.getppid()}/status", "rb") as file:
            status = dict(line.split(b":", 1) for line in file.read().splitlines())
        ignored = int(status[b"SigIgn"], 16) & 1 << (signal.SIGPIPE - 1)
        return bool(ignored) and status[b"Name"].strip() in _HANDS_SIGNALS_ON
    except (OSError, ValueError, KeyError):
        return False


def _found(name: str) -> str:
    if "/" in name:
        return name
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    return name


class Ended:
    """How the command ended."""

    def __init__(self, status: int, stopped_by: int | None, from_terminal: bool) -> None:
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        self.exit_code = 128 + self.signal if self.signal is not None else os.WEXITSTATUS(status)
        self.stopped_by = stopped_by
        self.from_terminal = from_terminal
        """It was Ctrl-C (or Ctrl-\\) that ``stopped_by`` came from."""


def wait(pid: int, reached_group: Callable[[int, bool], bool], early: Iterable[int] = ()) -> Ended:
    """Wait for the end, handing on every signal that reached us alone; stop and continue together with the command.

    ``early`` signals came when the command had just been started, or not yet: it may have missed them, whoever else
    has not.
    """
    missed = set(early)
    stopped_by: int | None = None
    from_terminal = False
    while True:
        info = signal.sigwaitinfo(WATCHED)
        number = info.si_signo
        if number == signal.SIGCHLD:
            waited, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
            if waited == 0:
                continue
            if not os.WIFSTOPPED(status):
                return Ended(status, stopped_by, from_terminal)
            if os.WSTOPSIG(status) in JOB_CONTROL:
                _stop_like(os.WSTOPSIG(status))
                reached_group(os.WSTOPSIG(status), True)  # the pump has it pending still
            continue
        if number in STOPPING:
            stopped_by, from_terminal = number, info.si_code > 0
        if reached_group(number, info.si_code > 0) and number not in missed:
            # `timeout` signals its child and then the child's whole group, which without us would mostly be one signal
            # to the command: two that are pending are one.
            signal.sigtimedwait({number}, _TWIN_SECONDS)
        else:
            missed.discard(number)
            _send(pid, number)


class Witness:
    """Tells whether a signal was sent to the whole process group; the pumps are in it too."""

    def __init__(self, questions: Sequence[Callable[[int], bool | None]]) -> None:
        self._questions = questions

    def __call__(self, number: int, by_kernel: bool) -> bool:
        """``by_kernel``: from the terminal, which always signals the whole foreground group."""
        for ask in self._questions:
            seen = ask(number)
            if seen is not None:
                return seen
        return by_kernel


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return  # it runs as another user: the caller could not have reached it either


def _stop_like(number: int) -> None:
    """Stop ourselves, so that the shell sees its job stopped; returns once it is continued."""
    signal.signal(number, signal.SIG_DFL)
    # In this order: the terminal's own signal may be pending already, and both together are one.
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.pthread_sigmask(signal.SIG_BLOCK, {number} & FORWARDED)
