"""Signals and terminals: a wrapped command is killed, stopped and asked for passwords as one that is not wrapped."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually
from support.wrapped import alive, end, environment, reading, reports, started, wrapped

COUNTS_SIGNALS = f"""
import os, signal, sys, time
got = []
def count(number, frame):
    got.append(number)
    os.write(1, f"got {{signal.Signals(number).name}}\\n".encode())
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), count)
os.write(1, b"ready\\n")
patience = time.monotonic() + {PATIENCE_SECONDS}
while not got and time.monotonic() < patience:
    time.sleep(0.05)
time.sleep(0.3)  # for a second one
sys.exit(7)
"""

NAMES = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT", "SIGRTMAX"]


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_to_the_wrapper_reaches_the_command_once(tmp_path: Path, name: str) -> None:
    with started(tmp_path / "spool", sys.executable, "-c", COUNTS_SIGNALS, name) as process:
        out, _ = reading(process)
        assert out.readline() == b"ready\n"
        os.kill(process.pid, getattr(signal, name))
        assert out.read() == f"got {name}\n".encode()
        assert process.wait() == 7


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGUSR1"])
def test_a_signal_to_the_whole_group_reaches_the_command_once(tmp_path: Path, name: str) -> None:
    with started(tmp_path / "spool", sys.executable, "-c", COUNTS_SIGNALS, name) as process:
        out, _ = reading(process)
        assert out.readline() == b"ready\n"
        os.killpg(process.pid, getattr(signal, name))
        assert out.read() == f"got {name}\n".encode()
        assert process.wait() == 7


def test_a_signal_that_kills_the_command_is_the_exit_code_plus_128(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "sh", "-c", f"echo ready; exec sleep {FOREVER_SECONDS}") as process:
        reading(process)[0].readline()
        process.terminate()
        assert process.wait() == 143
    report = end(tmp_path / "spool")
    assert (report.exit_code, report.signal, report.outcome) == (143, 15, "interrupted")


@pytest.mark.parametrize("name", ["SIGALRM", "SIGIO", "SIGABRT", "SIGRTMIN"])
def test_a_signal_that_would_end_us_ends_the_command_too(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    with started(tmp_path / "spool", "sh", "-c", f"ulimit -c 0; echo $$; exec sleep {FOREVER_SECONDS}") as process:
        command = int(reading(process)[0].readline())
        os.kill(process.pid, number)
        assert (process.wait(), alive(command)) == (128 + number, False)
    assert (end(tmp_path / "spool").signal, end(tmp_path / "spool").outcome) == (number, "failed")


def test_a_command_that_ignores_term_goes_on_until_it_is_done(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; read -r go; exit 0"
    with started(tmp_path / "spool", "sh", "-c", script, stdin=subprocess.PIPE) as process:
        reading(process)[0].readline()
        process.terminate()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0
    assert end(tmp_path / "spool").outcome == "success"


def test_a_command_that_fails_after_it_was_asked_to_end_was_interrupted(tmp_path: Path) -> None:
    script = "trap 'exit 1' TERM; echo ready; while :; do sleep 0.05; done"
    with started(tmp_path / "spool", "sh", "-c", script) as process:
        reading(process)[0].readline()
        process.terminate()
        assert process.wait() == 1
    report = end(tmp_path / "spool")
    assert (report.exit_code, report.stopped_by, report.outcome) == (1, 15, "interrupted")


def test_a_killed_command_has_failed(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "sh", "-c", "echo ready; kill -9 $$") as process:
        assert process.wait() == 137
    report = end(tmp_path / "spool")
    assert (report.signal, report.outcome) == (9, "failed")


def test_signals_that_the_caller_ignores_the_command_ignores_too(tmp_path: Path) -> None:
    script = "trap '' HUP; exec \"$@\""
    arguments = wrapped(tmp_path / "spool", "sh", "-c", "kill -HUP $$; echo alive")
    done = subprocess.run(
        ["sh", "-c", script, "sh", *arguments], env=environment(), stdout=subprocess.PIPE, check=False
    )
    assert (done.stdout, done.returncode) == (b"alive\n", 0)


# Asked whether the whole group was signalled, this witness has the second of two signals arrive, as `timeout` sends
# them: one to its child, one to the group.
TWO_SIGNALS = """
import os, signal
from immich_backup_exporter.jobs import child
asked = []
def witness(number, by_kernel):
    asked.append(number)
    if len(asked) == 1:
        os.kill(os.getpid(), number)
    return len(asked) == 1
signal.pthread_sigmask(signal.SIG_BLOCK, child.WATCHED)
pid = child.start(["sh", "-c", "trap 'echo got' TERM; sleep 0.5; sleep 0.1"], {}, [], [])
os.kill(os.getpid(), signal.SIGTERM)
print(child.wait(pid, witness).exit_code, len(asked), flush=True)
"""


def test_the_two_signals_of_timeout_are_one() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_SIGNALS], env=environment(), stdout=subprocess.PIPE, check=False)
    assert done.stdout == b"0 1\n"


STARTS_SLOWLY = """
import sys
from immich_backup_exporter.jobs import child, run
start = child.start
def slowly(*arguments):
    print("starting", flush=True)
    sys.stdin.read()
    return start(*arguments)
child.start = slowly
sys.exit(run.main(sys.argv[1:]))
"""


def test_a_signal_to_the_group_that_came_before_the_command_started_is_not_lost(tmp_path: Path) -> None:
    arguments = ["--job", "nightly", "--spool-dir", str(tmp_path / "spool"), "--", "sleep", str(FOREVER_SECONDS)]
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_SLOWLY, *arguments],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGTERM)
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 143
    assert end(tmp_path / "spool").outcome == "interrupted"


TELLS_AND_LEAVES = "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.05; done"


@pytest.mark.parametrize("options", [(), ("--foreground",)])
def test_timeout_in_front_ends_the_command_as_it_would_without_us(tmp_path: Path, options: tuple[str, ...]) -> None:
    """What `timeout` is told it hands on as it does when the time is over."""
    arguments = wrapped(tmp_path / "spool", "sh", "-c", TELLS_AND_LEAVES)
    with subprocess.Popen(
        ["timeout", *options, str(FOREVER_SECONDS), *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.stdout.read() == b"got\n"
        assert process.wait() == 9
    report = end(tmp_path / "spool")
    assert (report.exit_code, report.stopped_by, report.outcome) == (9, 15, "interrupted")


def test_timeout_that_kills_leaves_no_command_and_no_end(tmp_path: Path) -> None:
    """It kills the whole group, itself too. When its time is over it gets SIGALRM."""
    arguments = wrapped(tmp_path / "spool", "sh", "-c", f"echo $$; exec sleep {FOREVER_SECONDS}")
    with subprocess.Popen(
        ["timeout", "-s", "KILL", str(FOREVER_SECONDS), *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
        process.send_signal(signal.SIGALRM)
        assert process.wait() == -9
        eventually(lambda: not alive(pid))
    (report,) = reports(tmp_path / "spool")
    assert (report.event, report.beat_seconds) == ("start", 30.0)


class Terminal:
    """A terminal with a command in its foreground."""

    def __init__(self, pid: int, screen: int) -> None:
        self.pid = pid
        self.screen = screen
        self.seen = b""

    def read_until(self, text: bytes) -> bytes:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.screen], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.screen, 4096)
                except OSError:
                    break
        return self.seen

    def type(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def wait(self) -> int:
        return os.waitpid(self.pid, 0)[1]


@contextmanager
def terminal(arguments: list[str]) -> Iterator[Terminal]:
    """It runs as the leader of its own session, with the terminal as input, output and errors."""
    pid, screen = pty.fork()
    if pid == 0:
        os.execvpe(arguments[0], arguments, environment())  # noqa: S606 - no shell is meant
    try:
        yield Terminal(pid, screen)
    finally:
        os.close(screen)


def test_on_a_terminal_the_command_has_the_terminal_itself(tmp_path: Path) -> None:
    script = "import os; print([os.ttyname(fd) for fd in (0, 1, 2)], os.getpgrp() == os.tcgetpgrp(0))"
    with terminal(wrapped(tmp_path / "spool", sys.executable, "-c", script)) as screen:
        assert re.fullmatch(rb"\['(/dev/pts/\d+)', '\1', '\1'\] True\r\n", screen.read_until(b"\n"))
        assert screen.wait() == 0


def test_a_command_asks_for_a_password_on_the_terminal(tmp_path: Path) -> None:
    script = "import getpass; print(getpass.getpass('pass: ')[::-1])"
    with terminal(wrapped(tmp_path / "spool", sys.executable, "-c", script)) as screen:
        screen.read_until(b"pass: ")
        screen.type(b"drowssap\n")
        assert screen.read_until(b"password\r\n") == b"pass: \r\npassword\r\n"
        screen.wait()


def test_a_command_whose_output_is_piped_still_asks_on_the_terminal(tmp_path: Path) -> None:
    script = "import getpass; print(getpass.getpass('pass: ')[::-1])"
    arguments = wrapped(tmp_path / "spool", sys.executable, "-c", script)
    with terminal(["sh", "-c", '"$@" 2>/dev/null | tr a-z A-Z', "sh", *arguments]) as screen:
        screen.read_until(b"pass: ")
        screen.type(b"drowssap\n")
        screen.read_until(b"PASSWORD")
        screen.wait()


def test_control_c_reaches_the_command_once(tmp_path: Path) -> None:
    with terminal(wrapped(tmp_path / "spool", sys.executable, "-c", COUNTS_SIGNALS, "SIGINT")) as screen:
        screen.read_until(b"ready")
        screen.type(b"\x03")
        screen.read_until(b"got SIGINT\r\n")
        assert os.waitstatus_to_exitcode(screen.wait()) == 7
        assert screen.read_until(b"never").count(b"got SIGINT") == 1
    assert end(tmp_path / "spool").outcome == "interrupted"


def test_control_c_ends_the_callers_script_too(tmp_path: Path) -> None:
    arguments = wrapped(tmp_path / "spool", "sleep", str(FOREVER_SECONDS))
    with terminal(["bash", "-c", 'echo ready; "$@"; echo next', "bash", *arguments]) as screen:
        screen.read_until(b"ready")
        eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
        screen.type(b"\x03")
        assert os.waitstatus_to_exitcode(screen.wait()) == -2
    assert end(tmp_path / "spool").exit_code == 130


def test_control_z_stops_the_job_and_fg_continues_it(tmp_path: Path) -> None:
    arguments = wrapped(tmp_path / "spool", "sh", "-c", "echo ready; read -r line; echo $line; exit 5")
    with terminal(["bash", "--norc", "--noprofile", "-i"]) as screen:
        screen.type(b"PS1='$ '; " + " ".join(f"'{word}'" for word in arguments).encode() + b"\n")
        screen.read_until(b"ready\r\n")
        job = os.tcgetpgrp(screen.screen)
        screen.type(b"\x1a")
        screen.read_until(b"Stopped")
        screen.type(b"fg\n")
        eventually(lambda: os.tcgetpgrp(screen.screen) == job)
        screen.type(b"hello\n")
        screen.read_until(b"hello\r\nhello")
        screen.type(b"echo code=$?; exit\n")
        screen.read_until(b"code=5")
        screen.wait()


def test_nothing_is_parsed_on_a_terminal(tmp_path: Path) -> None:
    with terminal(wrapped(tmp_path / "spool", "echo", "snapshot 0123abcd saved")) as screen:
        screen.read_until(b"saved")
        screen.wait()
    assert end(tmp_path / "spool").snapshot_ids == ()
