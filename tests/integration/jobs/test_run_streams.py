"""A wrapped command's input and output, byte for byte what they are without the wrapper."""

import fcntl
import hashlib
import os
import resource
import subprocess
import sys
import termios
from array import array
from collections import Counter
from pathlib import Path
from typing import IO

from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually
from support.wrapped import alive, end, environment, reading, run, started, wrapped

BIG_BYTES = int(os.environ.get("RUN_WRAPPER_BYTES", "200000000"))


def test_output_and_errors_arrive_each_in_its_own_stream(tmp_path: Path) -> None:
    done = run(tmp_path / "spool", "sh", "-c", r"printf 'a\000b\377\n'; printf 'no newline' >&2; exit 5")
    assert (done.stdout, done.stderr, done.returncode) == (b"a\x00b\xff\n", b"no newline", 5)


def test_output_and_errors_in_one_file_keep_their_order(tmp_path: Path) -> None:
    script = "i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    bare = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    with (tmp_path / "log").open("wb") as log:
        run(tmp_path / "spool", "sh", "-c", script, stdout=log, stderr=log)
    assert (tmp_path / "log").read_bytes() == bare.stdout


def test_a_pipe_under_two_numbers_keeps_its_order(tmp_path: Path) -> None:
    command = wrapped(tmp_path / "spool", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo a; echo b >&3; done")
    calls = ["sh", "-c", 'exec 3>&1; "$@"', "sh", *command]
    done = subprocess.run(calls, env=environment(), stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True)
    assert done.stdout == b"a\nb\n" * 9


PRINTS_LINES = """
import os, sys
for number in range(10000):
    os.write(1, sys.argv[1].encode() * 200 + b"\\n")
    if number == 300:
        os.write(2, b"ready\\n")
"""


def test_two_commands_that_write_into_one_pipe_leave_each_others_lines_whole(tmp_path: Path) -> None:
    read, write = os.pipe()
    command = sys.executable, "-c", PRINTS_LINES
    with (
        os.fdopen(read, "rb") as reader,
        started(tmp_path / "spool", *command, "a", stdout=write) as one,
        started(tmp_path / "spool", *command, "b", stdout=write) as other,
    ):
        os.close(write)
        assert one.stderr is not None
        assert other.stderr is not None
        assert (one.stderr.readline(), other.stderr.readline()) == (b"ready\n", b"ready\n")
        lines = Counter(reader)
        assert (one.wait(PATIENCE_SECONDS), other.wait(PATIENCE_SECONDS)) == (0, 0)
    assert lines == {b"a" * 200 + b"\n": 10_000, b"b" * 200 + b"\n": 10_000}


def test_input_reaches_the_command(tmp_path: Path) -> None:
    assert run(tmp_path / "spool", "cat", input=b"\x00secret\xff").stdout == b"\x00secret\xff"


def test_a_writer_to_a_command_that_closed_its_input_is_told_at_once(tmp_path: Path) -> None:
    script = f"exec <&-; echo closed; sleep {FOREVER_SECONDS}"
    with started(tmp_path / "spool", "sh", "-c", script, stdin=subprocess.PIPE) as process:
        out, _ = reading(process)
        assert out.readline() == b"closed\n"
        assert process.stdin is not None
        writer = process.stdin.fileno()
        eventually(lambda: is_told(writer))


def is_told(writer: int) -> bool:
    try:
        os.write(writer, b"x")
    except BrokenPipeError:
        return True
    return False


def test_descriptors_beyond_the_standard_ones_are_the_commands(tmp_path: Path) -> None:
    with (tmp_path / "third").open("wb") as third:
        number = third.fileno()
        script = f"import os; os.write({number}, b'through')"
        run(tmp_path / "spool", sys.executable, "-c", script, pass_fds=(number,))
    assert (tmp_path / "third").read_bytes() == b"through"


def test_a_descriptor_that_the_command_closes_is_closed_for_good(tmp_path: Path) -> None:
    read, write = os.pipe()
    script = f"import os, time; print(os.getpid(), flush=True); os.close({write}); time.sleep({PATIENCE_SECONDS})"
    command = (sys.executable, "-c", script)
    with started(tmp_path / "spool", *command, pass_fds=(write,)) as process, os.fdopen(read, "rb") as reader:
        os.close(write)
        pid = int(reading(process)[0].readline())
        assert reader.read() == b""
        assert alive(pid)


def test_a_command_that_closes_its_output_early_ends_it_for_the_reader(tmp_path: Path) -> None:
    script = f"echo $$; exec >&- 2>&-; exec sleep {PATIENCE_SECONDS}"
    with started(tmp_path / "spool", "sh", "-c", script) as process:
        out, errors = reading(process)
        pid = int(out.read())
        assert errors.read() == b""
        assert alive(pid)


def test_streams_that_are_closed_stay_closed(tmp_path: Path) -> None:
    script = "import os, sys; sys.exit(sum(2**fd for fd in (0, 1, 2) if os.path.exists(f'/proc/self/fd/{fd}')))"
    shell = ["sh", "-c", '"$@" <&- >&-', "sh"]
    arguments = wrapped(tmp_path / "spool", sys.executable, "-S", "-c", script)
    assert subprocess.run([*shell, *arguments], stderr=subprocess.PIPE, check=False).returncode == 4


def test_a_reader_that_leaves_ends_the_command_by_sigpipe(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "yes") as process:
        out, _ = reading(process)
        assert out.read(2) == b"y\n"
        out.close()
        assert process.wait(PATIENCE_SECONDS) == 141
    assert end(tmp_path / "spool").signal == 13


WATCHES_ITS_READER = """
import os, select, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.write(1, b"first\\n")
watched = select.poll()
watched.register(1, 0)
watched.poll()  # until there is no reader any more
os.write(1, b"second\\n")
"""


def test_a_quiet_command_learns_that_its_reader_left(tmp_path: Path) -> None:
    with started(tmp_path / "spool", sys.executable, "-c", WATCHES_ITS_READER) as process:
        out, _ = reading(process)
        assert out.readline() == b"first\n"
        out.close()
        assert process.wait(PATIENCE_SECONDS) == 141


def test_a_full_disk_behind_the_output_does_not_end_the_command(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run(tmp_path / "spool", "sh", "-c", "cat /etc/passwd; exit 7", stdout=full)
    assert done.returncode == 7


PRINTS_MUCH = """
import hashlib, sys
piece, left, digest = b'{"message_type":"status","a":1}\\n' * 2000 + bytes(65536), int(sys.argv[1]), hashlib.sha256()
while left > 0:
    sys.stdout.buffer.write(piece)
    digest.update(piece)
    left -= len(piece)
sys.stderr.write(digest.hexdigest())
"""


def test_much_output_passes_whole_in_little_memory(tmp_path: Path) -> None:
    digest = hashlib.sha256()
    sizes = [0]
    with started(tmp_path / "spool", sys.executable, "-c", PRINTS_MUCH, BIG_BYTES) as process:
        out, errors = reading(process)
        while piece := out.read(10_000_000):
            digest.update(piece)
            sizes += [resident_bytes(pid) for pid in group_members(process.pid, "jobs.run")]
        assert errors.read().decode() == digest.hexdigest()
        assert process.wait() == 0
    assert max(sizes) < 40_000_000


def group_members(group: int, mark: str) -> list[int]:
    """Processes of this group whose command line holds `mark`: the wrapper and its pumps."""
    found = [group]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and mark in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def test_a_command_that_prints_nothing_is_recorded(tmp_path: Path) -> None:
    done = run(tmp_path / "spool", "true")
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)
    assert end(tmp_path / "spool").outcome == "success"


def is_full(pipe: IO[bytes]) -> bool:
    """Whether not much more fits into the pipe that is read here."""
    waiting = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0] > fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - 2 * resource.getpagesize()


def test_a_stalled_reader_stalls_the_command_and_loses_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "sh", "-c", "head -c 1000000 /dev/zero; echo done >&2") as process:
        out, errors = reading(process)
        eventually(lambda: is_full(out))
        assert process.poll() is None
        assert len(out.read()) == 1_000_000
        assert errors.read() == b"done\n"
        assert process.wait() == 0


def test_a_stalled_reader_of_the_output_does_not_stall_the_errors(tmp_path: Path) -> None:
    script = "head -c 1000000 /dev/zero & read -r go; echo error >&2; wait"
    with started(tmp_path / "spool", "sh", "-c", script, stdin=subprocess.PIPE) as process:
        out, errors = reading(process)
        eventually(lambda: is_full(out))
        assert process.stdin is not None
        process.stdin.close()
        assert errors.readline() == b"error\n"
        out.read()
        assert process.wait() == 0


def test_the_wrapper_ends_with_the_command_although_a_grandchild_holds_the_output(tmp_path: Path) -> None:
    script = "exec 3<&0; (read -r go <&3; echo late) & echo early; exit 4"
    with started(tmp_path / "spool", "sh", "-c", script, stdin=subprocess.PIPE) as process:
        assert process.wait(PATIENCE_SECONDS) == 4
        assert process.stdin is not None
        process.stdin.close()
        out, _ = reading(process)
        assert out.read() == b"early\nlate\n"


def test_nothing_of_ours_stays_once_the_grandchild_is_done(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "sh", "-c", "sleep 0.3 & exit 0") as process:
        process.wait()
        eventually(lambda: not any(alive(pid) for pid in group_members(process.pid, "jobs.run")))


def test_python_leaves_no_trace_in_the_environment(tmp_path: Path) -> None:
    bare = subprocess.run(["env", "-i", "PATH=/usr/bin:/bin", "env"], stdout=subprocess.PIPE, check=True).stdout
    arguments = wrapped(tmp_path / "spool", "env", "-u", "PYTHONPATH", "env")
    path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        ["env", "-i", "PATH=/usr/bin:/bin", f"PYTHONPATH={path}", *arguments], stdout=subprocess.PIPE, check=True
    )
    assert done.stdout == bare


def test_an_entry_of_the_environment_that_python_does_not_take_keeps_no_command_from_running(tmp_path: Path) -> None:
    command = ["env", "=nameless", *wrapped(tmp_path / "spool", "sh", "-c", "exit 5")]
    assert subprocess.run(command, env=environment(), check=False).returncode == 5


def test_the_command_inherits_none_of_pythons_signal_settings(tmp_path: Path) -> None:
    # Of the first 28 signals; glibc's posix_spawn ignores two of its own beyond them, 32 and 33.
    command = ("sed", "-nE", "s/^(SigBlk|SigIgn).*(.{7})$/\\1 \\2/p", "/proc/self/status")
    assert run(tmp_path / "spool", *command).stdout == b"SigBlk 0000000\nSigIgn 0000000\n"


def test_exit_codes_are_those_of_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    no_first_line = tmp_path / "script"
    no_first_line.write_text("exit 9\n")
    no_first_line.chmod(0o755)
    spool = tmp_path / "spool"
    codes = [
        run(spool, *command).returncode for command in ([tmp_path / "none"], [""], [folder], [plain], [no_first_line])
    ]
    assert codes == [127, 127, 126, 126, 9]
    assert run(spool, "no-such-command").stderr == b"immich-backup-exporter run: no-such-command: command not found\n"
