"""A command finds everything as it would without the wrapper in front, and what it does comes to the same."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.wrapped import end, environment, run, wrapped

# Everything that a process inherits, into the file that is named.
PROBE = """
import json, os, resource, stat, sys
def streams():
    for fd in range(0, 20):
        try:
            status = os.fstat(fd)
        except OSError:
            continue
        kind = stat.S_IFMT(status.st_mode)
        at = os.lseek(fd, 0, os.SEEK_CUR) if stat.S_ISREG(status.st_mode) else None
        # What fails in no other way than a pipe may be one.
        like_a_pipe = kind in (stat.S_IFIFO, stat.S_IFSOCK) or status.st_rdev == os.makedev(1, 3)
        yield fd, "pipe" if like_a_pipe else [kind, status.st_ino], at, os.isatty(fd)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
found = {
    "streams": list(streams()),
    # But for the two that glibc keeps for its threads, and has every program that it spawns ignore.
    "signals": {name: int(status[name], 16) & ~(3 << 31) for name in ("SigBlk", "SigIgn", "SigPnd")},
    "mask": status["Umask"].strip(),
    "cwd": os.getcwd(),
    "nice": os.nice(0),
    "group": os.getpgrp() == os.getsid(0),
    "limits": [resource.getrlimit(one) for one in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
    "environment": {name: value for name, value in os.environ.items() if name != "_"},
    "arguments": sys.argv[2:],
    "oom": open("/proc/self/oom_score_adj").read(),
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
    "capabilities": [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "affinity": sorted(os.sched_getaffinity(0)),
}
with open(sys.argv[1], "w") as file:
    json.dump(found, file)
"""

# What the probe's own interpreter changes before it can look is put back by a shell that only execs.
SETTINGS = [
    "exec",
    "umask 027; exec",
    "exec nice -n 5",
    "ulimit -n 200 -c 0; exec",
    "trap '' HUP INT QUIT; exec",
    "export LC_ALL=C PYTHONPATH= ODD='a b\nc'; exec",
    "exec 5</etc/passwd 7>/dev/null; exec",
    "exec 0<&-; exec",
    "exec 1>&-; exec",
    "exec 2>&-; exec",
    "exec 0<&- 1>&- 2>&-; exec",
    "exec 1>/dev/null; exec",
    "exec 1>/dev/full; exec",
    "exec 1</dev/null; exec",
    "exec 1>>$FILE 2>&1; exec",
    "exec 1>$FILE 2>>$FILE; exec",
    "exec 1<>$FILE; exec",
    "cd /; exec",
]


def found(tmp_path: Path, setting: str, *command: str) -> Any:
    (tmp_path / "file").write_text("some text\n")
    arguments = [*command, sys.executable, "-c", PROBE, str(tmp_path / "found"), "a b", "", "*"]
    subprocess.run(
        ["sh", "-c", f'{setting} "$@"', "sh", *arguments],
        env=environment({"FILE": str(tmp_path / "file")}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=True,
    )
    return json.loads((tmp_path / "found").read_text())


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_command_inherits_what_it_would_without_the_wrapper(tmp_path: Path, setting: str) -> None:
    bare = found(tmp_path, setting)
    assert found(tmp_path, setting, *wrapped(tmp_path / "spool")) == bare
    assert end(tmp_path / "spool").exit_code == 0


@pytest.mark.parametrize("setting", ["", "trap '' PIPE;"])
def test_a_caller_that_ignores_sigpipe_as_systemd_does_hands_that_on(tmp_path: Path, setting: str) -> None:
    """The interpreter of the wrapper ignores it too, so what the caller did is seen in the caller."""
    script = f'{setting} "$@"; exit 0'
    looks = ["grep", "SigIgn", "/proc/self/status"]
    bare = subprocess.run(["sh", "-c", script, "sh", *looks], stdout=subprocess.PIPE, check=True).stdout
    both = subprocess.run(
        ["sh", "-c", script, "sh", *wrapped(tmp_path / "spool", *looks)],
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert int(both.split()[1], 16) & 1 << 12 == int(bare.split()[1], 16) & 1 << 12


def test_a_command_whose_output_does_not_fit_on_the_disk_is_told(tmp_path: Path) -> None:
    """Such as a dump that is written into a file: with a pipe between it would end well."""
    with open("/dev/full", "wb") as full:
        done = run(tmp_path / "spool", "cat", "/etc/passwd", stdout=full)
    assert (done.returncode, b"No space left on device" in done.stderr) == (1, True)
    assert end(tmp_path / "spool").outcome == "failed"
    script = ["sh", "-c", 'ulimit -f 1; exec "$@" > "$FILE"', "sh"]
    command = ["sh", "-c", "head -c 1000 /dev/zero || exit 3; head -c 1000 /dev/zero || exit 4"]
    env = environment({"FILE": str(tmp_path / "file")})
    bare = subprocess.run([*script, *command], env=env, stderr=subprocess.PIPE, check=False)
    both = subprocess.run(
        [*script, *wrapped(tmp_path / "spool", *command)], env=env, stderr=subprocess.PIPE, check=False
    )
    assert (both.returncode, (tmp_path / "file").stat().st_size) == (bare.returncode, 512)
    assert bare.returncode != 0


SAVES = "echo before; echo 'snapshot 0123abcd saved'; echo 'Fatal: repository contains errors' >&2; exit 3"


@pytest.mark.parametrize("mode", ["wb", "ab", "r+b"])
def test_what_is_written_into_a_file_is_read_back(tmp_path: Path, mode: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"snapshot 99999999 saved\n")
    with log.open(mode) as out, (tmp_path / "errors").open("wb") as errors:
        assert run(tmp_path / "spool", "sh", "-c", SAVES, stdout=out, stderr=errors).returncode == 3
    report = end(tmp_path / "spool")
    assert (report.snapshot_ids, report.damaged) == (("0123abcd",), True)


def test_of_one_file_for_output_and_errors_everything_is_read_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as log:
        run(tmp_path / "spool", "sh", "-c", SAVES, stdout=log, stderr=log)
    assert end(tmp_path / "spool").snapshot_ids == ("0123abcd",)
    assert (tmp_path / "log").read_text().count("saved") == 1


def test_what_stands_in_the_file_from_before_and_after_is_not_the_commands(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"snapshot 11111111 saved\nsnapshot 22222222 saved\n")
    with log.open("r+b") as out:
        run(tmp_path / "spool", "echo", "x", stdout=out)
    assert end(tmp_path / "spool").snapshot_ids == ()


def test_a_log_that_is_emptied_or_removed_meanwhile_harms_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab") as out:
        script = f"echo 1 2 3; : > {log}; echo 'snapshot 0123abcd saved'; rm {log}"
        assert run(tmp_path / "spool", "sh", "-c", script, stdout=out).returncode == 0
    assert end(tmp_path / "spool").outcome == "success"


def test_a_file_that_the_caller_may_write_and_not_read_is_written(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as out:
        log.chmod(0o200)
        assert run(tmp_path / "spool", "echo", "hello", stdout=out).returncode == 0
    log.chmod(0o600)
    assert log.read_bytes() == b"hello\n"


def test_of_a_very_long_log_the_end_counts_and_no_error_is_counted(tmp_path: Path) -> None:
    script = """echo '{"message_type":"error","error":{"message":"x"},"during":"archival","item":"/a"}'
    head -c 68000000 /dev/zero; echo; echo 'snapshot 0123abcd saved'; exit 3"""
    with (tmp_path / "log").open("wb") as out:
        run(tmp_path / "spool", "sh", "-c", script, stdout=out)
    report = end(tmp_path / "spool")
    assert (report.snapshot_ids, report.unreadable_files) == (("0123abcd",), None)


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    "prepare",
    [lambda ours, theirs: None, lambda ours, theirs: ours.shutdown(socket.SHUT_WR)],
    ids=["open", "nothing comes in"],
)
def test_a_socket_as_output_is_written_to_its_end(
    tmp_path: Path, prepare: Callable[[socket.socket, socket.socket], None]
) -> None:
    """As systemd's journal is, which shuts its own direction down."""
    with pair() as (ours, theirs):
        prepare(ours, theirs)
        assert run(tmp_path / "spool", "sh", "-c", "echo 1; echo 2", stdout=theirs).returncode == 0
        theirs.close()
        assert os.read(ours.fileno(), 100) == b"1\n2\n"
