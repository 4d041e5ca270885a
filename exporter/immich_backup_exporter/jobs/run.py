"""`run`: executes a command as if nothing stood in front of it, and records the run.

The order of things is the point: only what the command's start needs happens before it, from the standard library's
core alone; the spool, the reports and the network are imported and used from a thread once it runs. Whatever of ours
fails, the command runs and its exit code is ours.
"""

import fcntl
import os
import signal
import stat
import sys
import time

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.jobs import child
from immich_backup_exporter.jobs.options import USAGE, RunOptions, parse_run
from immich_backup_exporter.jobs.pump import Pump
from immich_backup_exporter.jobs.readback import ReadBack

TYPE_CHECKING = False  # as `typing` has it, which would cost as much as all the rest
if TYPE_CHECKING:
    from immich_backup_exporter.jobs.reporter import Reporter

_LONGEST_LINE = 2048  # a pipe takes that much as one piece
PROGRAM = "immich-backup-exporter"


def main(arguments: list[str]) -> int:
    """Run the command behind the options. Returns its exit code, 128 + n after signal n, 127 and 126 as a shell."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before the command is there ends us without a trace
    options = parse_run(arguments)
    if options.help:
        sys.stdout.write(USAGE)
        return 0
    if not options.command:
        _print(options.complaint or Message("run.no_command"))
        sys.stderr.write(USAGE)
        return 2
    run = _Run(options)
    try:
        return run.execute()
    except Exception as error:  # noqa: BLE001 - our own bug: the command comes first
        _print(Message("run.cannot_record", kind=type(error).__name__))
        return _without_us(options.command, run.pid)


class _Run:
    def __init__(self, options: RunOptions) -> None:
        self.pid: int | None = None
        self._options = options
        self._complaint = options.complaint
        self._pumps: list[Pump] = []
        self._stderr_pump: Pump | None = None
        self._files: list[ReadBack] = []

    def execute(self) -> int:
        inherited = _inherited_descriptors()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, child.WATCHED)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        redirected, closed, ours = self._prepare_streams(inherited)
        began = time.monotonic()
        try:
            self.pid = child.start(self._options.command, redirected, closed, mask)
        except child.NotStartedError as error:
            _print(error.message)
            reporter = self._reporter(began)
            self._end(reporter, {"exit_code": error.exit_code}, time.monotonic() - began)
            return error.exit_code
        early = signal.sigpending() & child.FORWARDED
        for descriptor in ours:
            os.close(descriptor)
        for pump in self._pumps:
            pump.tell_pid(self.pid)
        self._let_go(inherited, closed)
        reporter = self._reporter(began)
        ended = child.wait(self.pid, child.Witness([pump.saw for pump in self._pumps]), early)
        duration = time.monotonic() - began
        facts: dict[str, object] = {
            "exit_code": ended.exit_code,
            "signal": ended.signal,
            "stopped_by": ended.stopped_by,
        }
        killed_by = self._collect(facts, ended.exit_code)
        self._end(reporter, facts, duration)
        if ended.signal == signal.SIGINT and ended.from_terminal:
            _die_of(signal.SIGINT)  # so that the caller's script ends too, as it would have
        return ended.exit_code if killed_by is None else 128 + killed_by

    def _prepare_streams(self, inherited: list[int]) -> tuple[dict[int, int], list[int], list[int]]:
        """What the command's descriptors are to be, which of them to close, and our copies of what it gets.

        A terminal, a file and what is closed the command gets as it is, and a file is read afterwards. What was a pipe
        or a socket is another pipe and a pump, the same one for standard output and error where both are the same, so
        that their order stays; likewise for the same pipe under a further number (`exec 3>&1`).
        """
        closed = _fill_closed()
        piped = [fd for fd in (1, 2) if fd not in closed and _is_like_a_pipe(fd)]
        self._read_back([fd for fd in (1, 2) if fd not in closed and stat.S_ISREG(os.fstat(fd).st_mode)])
        groups = [(1, 2)] if piped == [1, 2] and _same_file(1, 2) else [(fd,) for fd in piped]
        redirected: dict[int, int] = {}
        ours: list[int] = []
        try:
            for group in groups:
                read, write = os.pipe()
                try:
                    pump = Pump(read, group[0])
                finally:
                    os.close(read)
                self._pumps.append(pump)
                again = [fd for fd in inherited if _is_pipe_to_write(fd) and _same_file(fd, group[0])]
                redirected |= dict.fromkeys([*group, *again], write)
                ours.append(write)
                if 2 in group:
                    self._stderr_pump = pump
            if not groups:
                self._pumps.append(Pump(None, None))
        except OSError as error:
            # No process or pipe to be had: the command gets what is left untouched.
            self._complain(Message("run.output_not_watched", reason=error.strerror))
        return redirected, closed, ours

    def _read_back(self, files: list[int]) -> None:
        if files == [1, 2] and _same_file(1, 2):
            files = [1]
        for descriptor in files:
            try:
                self._files.append(ReadBack(descriptor))
            except OSError:
                continue  # the caller may write into it and not read it

    def _let_go(self, inherited: list[int], closed: list[int]) -> None:
        """Hold nothing of the caller's any longer, so that its pipes and locks end with the command."""
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            if descriptor not in closed and (descriptor != 2 or self._stderr_pump is not None):
                os.dup2(null, descriptor)
        os.close(null)
        for descriptor in inherited:
            os.close(descriptor)

    def _reporter(self, began: float) -> "Reporter | None":
        """What reports the run; imported only now that the command runs, since ``began``."""
        try:
            from datetime import timedelta

            from immich_backup_exporter.domain.clock import SystemClock
            from immich_backup_exporter.domain.runs import is_job_name
            from immich_backup_exporter.jobs.delivery import Delivery
            from immich_backup_exporter.jobs.reporter import Reporter

            options = self._options
            clock = SystemClock()
            started = clock.now() - timedelta(seconds=clock.monotonic() - began)
            if not is_job_name(options.job):
                self._complain(Message("run.bad_job_name"))
                return None
            delivery = Delivery(
                clock,
                options.spool_dir,
                push_urls=options.push_urls,
                push_token_file=options.push_token_file,
            )
            return Reporter(delivery, clock, options.job, started)
        except Exception as error:  # noqa: BLE001 - whatever it is, the command comes first
            self._complain(Message("run.cannot_record", kind=type(error).__name__))
            return None

    def _collect(self, facts: dict[str, object], exit_code: int) -> int | None:
        """Wait until every byte of the command's output is handed on, and add what it told.

        As long as the output's reader takes, like the command itself would have; the number of the signal that ended
        the waiting, if one did.
        """
        try:
            raws = []
            for pump in self._pumps:
                pump.ask_for_facts()
            for pump in self._pumps:
                while True:
                    try:
                        raw = pump.facts(0.2)
                    except TimeoutError:
                        asked = signal.sigpending() & child.DEADLY
                        if asked:
                            return int(next(iter(asked)))
                        continue
                    break
                if raw:
                    raws.append(raw)
            raws += [file.facts() for file in self._files]
            from immich_backup_exporter.formats.restic_output import conclude

            facts |= conclude(raws, exit_code)
            from immich_backup_exporter.jobs.command_line import check_facts, may_skip, only_tries, subset_facts

            command = self._options.command
            facts |= check_facts(command)
            if self._options.read_data:
                facts["check_scope"] = "data"
            if self._options.read_data_subset is not None:
                facts |= subset_facts(self._options.read_data_subset)
            if only_tries(command):
                facts["removed_snapshots"] = 0
            if exit_code != 0 and exit_code == self._options.skipped_exit_code:
                facts["stated_outcome"] = "skipped"
            if exit_code == 0 and "snapshot_ids" not in facts:
                facts.setdefault("no_snapshot", may_skip(command))
        except Exception as error:  # noqa: BLE001 - the exit code is known; the rest is not worth a failure
            self._complain(Message("run.output_not_read", kind=type(error).__name__))
        return None

    def _end(self, reporter: "Reporter | None", facts: dict[str, object], duration: float) -> None:
        if reporter is not None:
            try:
                from immich_backup_exporter.jobs.delivery import GRACE_SECONDS, PUSH_SECONDS

                reporter.end(facts, duration, PUSH_SECONDS + GRACE_SECONDS if self._options.push_urls else 0.0)
                if reporter.complaint is not None:
                    self._complain(reporter.complaint)
            except Exception as error:  # noqa: BLE001 - the exit code is the command's whatever happens here
                self._complain(Message("run.not_recorded", kind=type(error).__name__))
        if self._complaint is not None:
            if self._stderr_pump is None:
                _print(self._complaint)
            else:
                self._stderr_pump.say(_line(self._complaint).encode("utf-8", "backslashreplace")[:_LONGEST_LINE])

    def _complain(self, message: Message) -> None:
        self._complaint = self._complaint or message


def _inherited_descriptors() -> list[int]:
    """What the caller handed down beyond the standard streams; it is the command's, not ours."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return []
    return [fd for fd in numbers if fd > 2 and _is_inheritable(fd)]


def _is_inheritable(descriptor: int) -> bool:
    try:
        return os.get_inheritable(descriptor)
    except OSError:  # the listing's own
        return False


def _fill_closed() -> list[int]:
    """The standard descriptors that are closed; taken afterwards, so that nothing of ours gets their number."""
    closed = []
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            closed.append(descriptor)
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)
    return closed


def _is_like_a_pipe(descriptor: int) -> bool:
    """Whether writing to it fails in no other way than a pipe does."""
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        return False
    status = os.fstat(descriptor)
    if stat.S_ISCHR(status.st_mode):
        return status.st_rdev == os.makedev(1, 3)  # the null device: nothing that is written there fails
    return stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)


def _is_pipe_to_write(descriptor: int) -> bool:
    writes = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    return writes and stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _same_file(one: int, other: int) -> bool:
    first, second = os.fstat(one), os.fstat(other)
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def _without_us(command: list[str], pid: int | None) -> int:
    """What is left to do when we are broken: become the command, or, where it runs already, wait for it."""
    if pid is not None:
        _, status = os.waitpid(pid, 0)
        return child.Ended(status, None, False).exit_code
    signal.pthread_sigmask(signal.SIG_UNBLOCK, child.WATCHED)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, child.original_environment())  # noqa: S606 - the caller gave a command, no line
    except FileNotFoundError:
        return 127
    except (OSError, ValueError):
        return 126


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def _line(message: Message) -> str:
    try:
        from immich_backup_exporter.words import ENGLISH  # only a run with something to complain about pays for it

        text = ENGLISH.render(message)
    except Exception:  # noqa: BLE001 - the package may be exchanged under us: then its id has to do
        text = message.id
    return f"{PROGRAM} run: {text}\n"


def _print(message: Message) -> None:
    """To standard error, if there is one."""
    try:
        os.write(2, _line(message).encode("utf-8", "backslashreplace"))
    except OSError:
        return
