"""Whatever is wrong on our side, the command runs as ever, its exit code is ours, and one line at most says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually
from support.wrapped import CALL, environment, reports, run, started, wrapped

COMMAND = ("sh", "-c", "echo out; echo err >&2; exit 5")
ALWAYS = (b"out\n", 5)


def assert_unharmed(done: subprocess.CompletedProcess[bytes], complaint: bytes) -> None:
    assert (done.stdout, done.returncode) == ALWAYS
    assert done.stderr == b"err\n" + complaint


def spool_line(spool: Path, reason: str) -> bytes:
    return line(
        f"the spool folder {spool} cannot be written: {reason}. "
        "Give `--spool-dir` (the agent's is STATE_DIR/spool) or set IMMICH_BACKUP_SPOOL_DIR"
    )


def line(sentence: str) -> bytes:
    return f"immich-backup-exporter run: {sentence}\n".encode()


def test_a_spool_whose_parent_is_missing(tmp_path: Path) -> None:
    spool = tmp_path / "none" / "spool"
    expected = spool_line(spool, "No such file or directory")
    assert_unharmed(run(spool, *COMMAND), expected)


def test_a_spool_that_is_a_file(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.touch()
    assert_unharmed(run(spool, *COMMAND), spool_line(spool, "Not a directory"))


def test_a_spool_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    spool = tmp_path / "spool"
    spool.symlink_to(elsewhere)
    assert_unharmed(run(spool, *COMMAND), spool_line(spool, "Not a directory"))
    assert list(elsewhere.iterdir()) == []


def test_a_full_disk(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    arguments = wrapped(spool, *COMMAND)
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *arguments], env=environment(), capture_output=True, check=False
    )
    assert_unharmed(done, spool_line(spool, "File too large"))
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--job", "../../etc"], "the job's name is not 1 to 64 letters, digits, '_', '-' and '.'; not recorded"),
        (["--jobb", "nightly"], "the option --jobb is unknown"),
        ([], "the option --job NAME is missing"),
        (["--job"], "the option --job lacks its value"),
    ],
)
def test_wrong_options(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    call = [sys.executable, "-c", CALL.format(module="run"), *arguments, "--", *COMMAND]
    spool = {"IMMICH_BACKUP_SPOOL_DIR": str(tmp_path / "spool")}
    assert_unharmed(
        subprocess.run(call, env=environment(spool), capture_output=True, check=False),
        line(complaint),
    )


def test_the_dashes_before_the_command_may_be_left_out(tmp_path: Path) -> None:
    call = [*wrapped(tmp_path / "spool")[:-1], *COMMAND]
    assert_unharmed(subprocess.run(call, env=environment(), capture_output=True, check=False), b"")
    assert [report.exit_code for report in reports(tmp_path / "spool") if report.ended] == [5]


def test_no_command_is_a_usage_error(tmp_path: Path) -> None:
    done = run(tmp_path / "spool")
    assert done.returncode == 2
    assert done.stderr.startswith(b"immich-backup-exporter run: there is no command to run\nusage:")


@pytest.mark.parametrize(
    "module",
    ["jobs.reporter", "jobs.delivery", "jobs.spool", "formats.run_report", "formats.restic_output", "domain.runs"],
)
def test_a_module_of_ours_that_does_not_even_import(tmp_path: Path, module: str) -> None:
    broken = f"import sys; sys.modules['immich_backup_exporter.{module}'] = None; " + CALL.format(module="run")
    call = wrapped(tmp_path / "spool", *COMMAND)
    call[2] = broken
    done = subprocess.run(call, env=environment(), capture_output=True, check=False)
    assert (done.stdout, done.returncode) == ALWAYS
    assert done.stderr.count(b"\n") == 2


@pytest.mark.parametrize(
    "sabotage",
    [
        "import os; os.fork = None",
        "import os; os.pipe = None",
        "import os; os.posix_spawnp = None",
        "import signal; signal.sigwaitinfo = None",
        "import threading; threading.Thread.start = None",
        "import immich_backup_exporter.jobs.pump as p; p._Stream.serve = None",
        "import immich_backup_exporter.formats.restic_output as r; r.OutputReader.feed = None",
        "import immich_backup_exporter.jobs.spool as s; s.Spool.write = None",
    ],
)
def test_a_bug_of_ours_anywhere(tmp_path: Path, sabotage: str) -> None:
    call = wrapped(tmp_path / "spool", *COMMAND)
    call[2] = f"{sabotage}; {call[2]}"
    done = subprocess.run(call, env=environment(), capture_output=True, check=False)
    assert (done.stdout, done.returncode) == ALWAYS
    assert done.stderr.count(b"\n") <= 2


def test_a_spool_that_hangs_does_not_keep_the_run_from_ending(tmp_path: Path) -> None:
    call = wrapped(tmp_path / "spool", *COMMAND)
    hang = "import time, immich_backup_exporter.jobs.reporter as r, immich_backup_exporter.jobs.spool as s"
    sleeps = f"time.sleep({FOREVER_SECONDS})"
    call[2] = f"{hang}; r.SPOOL_SECONDS = 0.5; s.Spool.write = lambda *_: {sleeps}; {call[2]}"
    done = subprocess.run(call, env=environment(), capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    assert_unharmed(done, line("the spool folder does not answer; the run may not be recorded"))


def test_only_the_standard_library_is_imported_before_the_command_starts(tmp_path: Path) -> None:
    call = wrapped(tmp_path / "spool", "true")
    call[2] = (
        "import os, sys\n"
        "def spawn(*_, **__):\n"
        "    names = {n.partition('.')[0] for n in sys.modules} - sys.stdlib_module_names - set(before)\n"
        "    heavy = {'argparse', 'dataclasses', 'json', 'logging', 'socket', 'sqlite3', 'subprocess', 'threading'}\n"
        "    os.write(1, f'{sorted(names)} {sorted((heavy - set(before)) & set(sys.modules))}'.encode()); os._exit(0)\n"
        "before = list(sys.modules)\n"
        "os.posix_spawnp = spawn\n" + call[2]
    )
    done = subprocess.run(call, env=environment(), capture_output=True, check=False)
    assert done.stdout == b"['immich_backup_exporter'] []"


def test_the_spool_of_a_long_run_can_be_removed_meanwhile(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with started(spool, "sh", "-c", "echo ready; read -r line; exit 5", stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        eventually(lambda: list(tmp_path.glob("spool/*.start.json")))
        for path in spool.iterdir():
            path.unlink()
        os.rmdir(spool)
        process.stdin.close()
        assert process.wait() == 5
