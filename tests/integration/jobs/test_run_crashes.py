"""Reports are never wrong and never unreadable, whatever is killed and whenever the power fails."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from immich_backup_exporter.domain.runs import Outcome, RunEvent, RunReport
from immich_backup_exporter.jobs.inbox import read_spool
from support.verdict import outcomes
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually
from support.wrapped import end, environment, reading, reports, run, started, wrapped

ENDURANCE = int(os.environ.get("ENDURANCE", "1"))
KILLS = 30 * ENDURANCE
AT_ONCE = 200

# Works for 50 ms, tells its process id first.
WORKS = "echo $$; sleep 0.05; echo 'snapshot 0123abcd saved'; exit 3"
LONGEST_SECONDS = 0.15


@pytest.mark.parametrize("victim", ["wrapper", "command", "both"])
def test_a_kill_at_any_instant_leaves_the_truth(tmp_path: Path, victim: str) -> None:
    chance = random.Random(victim)
    for number in range(KILLS // 3):
        spool = tmp_path / f"spool-{number}"
        with started(spool, "sh", "-c", WORKS) as process:
            out, _ = reading(process)
            pid = int(out.readline()) if victim != "wrapper" or chance.random() < 0.5 else None
            threading.Event().wait(chance.random() * LONGEST_SECONDS)
            if victim in ("command", "both") and pid is not None:
                kill(pid)
            if victim in ("wrapper", "both"):
                kill(process.pid)
            code = process.wait(PATIENCE_SECONDS)
            out.read()
        if spool.exists():
            assert_told_the_truth(spool, code)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def assert_told_the_truth(spool: Path, code: int) -> None:
    """The agent says what happened: as the end says, or crashed without one. What the caller was told was reported."""
    told = reports(spool)
    for report in told:
        assert_true(report, code)
    ends = [report.outcome for report in told if report.event is RunEvent.END]
    assert (code == -9) or len(ends) == 1
    if told:
        assert list(outcomes(spool).values()) == (ends or [Outcome.CRASHED])


def assert_true(report: RunReport, code: int) -> None:
    """A report says what happened: done with exit 3, or killed; the caller was told the same, or we were killed."""
    if report.event is RunEvent.START:
        assert (report.outcome, report.beat_seconds) == (None, 30.0)
    elif report.exit_code == 3:
        assert (report.outcome, report.snapshot_ids, code in (3, -9)) == (Outcome.PARTIAL, ("0123abcd",), True)
    else:
        assert (report.exit_code, report.signal, report.outcome) == (137, 9, Outcome.FAILED)
        assert code in (137, -9)


def test_a_killed_wrapper_takes_neither_the_command_nor_its_output_with_it(tmp_path: Path) -> None:
    script = "echo $$; read -r go; echo still here; echo and here >&2"
    with started(tmp_path / "spool", "sh", "-c", script, stdin=subprocess.PIPE) as process:
        out, errors = reading(process)
        out.readline()
        eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
        kill(process.pid)
        assert process.wait() == -9
        assert process.stdin is not None
        process.stdin.close()
        assert (out.read(), errors.read()) == (b"still here\n", b"and here\n")
    (report,) = reports(tmp_path / "spool")
    assert report.event is RunEvent.START


def test_a_power_loss_at_any_instant_leaves_whole_reports(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    run(spool, "true")
    done = threading.Event()
    copies: list[Path] = []

    def keep_copying() -> None:
        while not done.is_set():
            copy = tmp_path / f"copy-{len(copies)}"
            copy_of_the_moment(spool, copy)
            copies.append(copy)
            done.wait(0.005)

    copier = threading.Thread(target=keep_copying)
    copier.start()
    try:
        for _ in range(6 * min(ENDURANCE, 10)):
            several = [subprocess.Popen(wrapped(spool, "sleep", "0.03"), env=environment()) for _ in range(3)]
            assert [one.wait() for one in several] == [0, 0, 0]
        eventually(lambda: len(copies) > 20)
    finally:
        done.set()
        copier.join()
    looks = [read_spool(str(copy)) for copy in copies]
    assert [look.rejected for look in looks if look.rejected] == []
    ends = [entry.report.outcome for look in looks for entry in look.entries if entry.report.event is RunEvent.END]
    assert set(ends) == {Outcome.SUCCESS}


def copy_of_the_moment(folder: Path, copy: Path) -> None:
    copy.mkdir()
    for name in os.listdir(folder):
        try:
            shutil.copy2(folder / name, copy / name)
        except FileNotFoundError:
            continue


RECORDS_TEN = """
import os, sys
from immich_backup_exporter.jobs import record
for number in range(10):
    if os.fork() == 0:
        os._exit(record.main(["--job", "nightly", "--exit-code", str(number), "--spool-dir", sys.argv[1]]))
sys.exit(any([os.wait()[1] for _ in range(10)]))
"""


def test_two_hundred_reports_at_once(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    call = [sys.executable, "-c", RECORDS_TEN, str(spool)]
    many = [subprocess.Popen(call, env=environment()) for _ in range(AT_ONCE // 10)]
    assert {one.wait() for one in many} == {0}
    told = reports(spool)
    assert Counter(report.exit_code for report in told) == dict.fromkeys(range(10), 20)
    assert len({report.run_id for report in told}) == AT_ONCE


def test_a_run_that_lasts_gives_signs_of_life(tmp_path: Path) -> None:
    with started(tmp_path / "spool", "sleep", str(FOREVER_SECONDS)) as process:
        eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
        (report,) = reports(tmp_path / "spool")
        assert read_spool(str(tmp_path / "spool")).beats.keys() == {report.run_id}
        process.terminate()
        process.wait()
    assert read_spool(str(tmp_path / "spool")).beats == {}
    assert end(tmp_path / "spool").run_id == report.run_id
