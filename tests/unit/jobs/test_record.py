"""`record`: arguments and systemd's variables to a report."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.jobs.inbox import read_spool
from immich_backup_exporter.jobs.record import main

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class StandingClock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


def recorded(spool: Path, *arguments: str, **environment: str) -> RunReport:
    """The one report that is in the spool then."""
    assert main(["--job", "nightly", "--spool-dir", str(spool), *arguments], StandingClock(), environment) == 0
    (entry,) = read_spool(str(spool)).entries
    return entry.report


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["--job", "nightly", "--spool-dir", "/nowhere", *arguments], StandingClock(), {})
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1].partition("error: ")[2]


def test_an_exit_code_is_enough(tmp_path: Path) -> None:
    report = recorded(tmp_path / "spool", "--exit-code", "3")
    assert (report.event, report.outcome, report.started, report.ended) == (RunEvent.END, "partial", None, NOON)
    assert report.beat_seconds is None


def test_everything_can_be_told(tmp_path: Path) -> None:
    report = recorded(
        tmp_path / "spool",
        *("--exit-code=0", "--start=2026-03-01T11:00:00+01:00", "--end=1772362800", "--snapshot=0123abcd"),
        *("--unreadable-files=2", "--unchanged", "--read-data", "--damaged"),
    )
    assert (report.started, report.ended) == (
        datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
        datetime(2026, 3, 1, 11, 0, tzinfo=UTC),
    )
    assert (report.snapshot_ids, report.unreadable_files) == (("0123abcd",), 2)
    assert (report.no_snapshot, report.check_scope, report.damaged) == ("unchanged", "data", True)


@pytest.mark.parametrize("duration", ["90s", "90", "1.5m", "0.025h"])
def test_a_duration_is_no_exact_start(tmp_path: Path, duration: str) -> None:
    report = recorded(tmp_path / "spool", "--exit-code=0", f"--duration={duration}")
    assert (report.started, report.duration_seconds) == (None, 90.0)


def test_an_exit_code_below_zero_is_a_signal(tmp_path: Path) -> None:
    report = recorded(tmp_path / "spool", "--exit-code", "-9")
    assert (report.exit_code, report.signal, report.outcome) == (137, 9, "failed")


def test_an_outcome_can_be_stated_without_an_exit_code(tmp_path: Path) -> None:
    report = recorded(tmp_path / "spool", "--outcome", "partial")
    assert (report.exit_code, report.outcome) == (None, "partial")


@pytest.mark.parametrize(
    ("exit_code", "outcome", "told"),
    [
        ("1", "success", (1, None, "failed")),
        ("3", "success", (3, None, "partial")),
        ("0", "failed", (None, "failed", "failed")),
        ("3", "failed", (None, "failed", "failed")),
        ("0", "success", (0, "success", "success")),
        ("143", "failed", (143, "failed", "failed")),
        ("1", "interrupted", (1, "interrupted", "interrupted")),
    ],
)
def test_of_an_outcome_and_an_exit_code_that_contradict_each_other_the_worse_counts(
    tmp_path: Path, exit_code: str, outcome: str, told: tuple[int | None, str | None, str]
) -> None:
    report = recorded(tmp_path / "spool", "--exit-code", exit_code, "--outcome", outcome)
    assert (report.exit_code, report.stated_outcome, report.outcome) == told


def test_a_run_that_tried_nothing_can_be_told(tmp_path: Path) -> None:
    assert recorded(tmp_path, "--outcome", "skipped").outcome == "skipped"
    told = recorded(tmp_path / "2", "--exit-code", "75", "--skipped-exit-code", "75")
    assert (told.outcome, told.exit_code) == ("skipped", 75)
    told = recorded(tmp_path / "3", "--exit-code", "0", "--skipped-exit-code", "0")
    assert told.outcome == "success"
    assert recorded(tmp_path / "4", "--exit-code", "0", "--outcome", "skipped").outcome == "skipped"


def test_a_hook_that_cannot_know_of_skipping_says_so(tmp_path: Path) -> None:
    assert recorded(tmp_path, "--exit-code", "0", "--unless-changed").no_snapshot == "unless_changed"
    told = recorded(tmp_path / "2", "--exit-code", "0", "--unless-changed", "--snapshot", "0badcafe")
    assert (told.no_snapshot, told.snapshot_ids) == (None, ("0badcafe",))


def test_a_check_of_a_part_of_the_data_can_be_told(tmp_path: Path) -> None:
    told = recorded(tmp_path, "--exit-code", "0", "--read-data-subset", "2/4")
    assert (told.check_scope, told.check_part) == ("data", "2/4")
    assert recorded(tmp_path / "2", "--exit-code", "0", "--read-data-subset", "10%").check_part == "sample"


def test_a_start_can_be_told(tmp_path: Path) -> None:
    report = recorded(tmp_path / "spool", "--event", "start")
    assert (report.event, report.started, report.beat_seconds) == (RunEvent.START, NOON, None)


INVOCATION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("result", "code", "status", "told"),
    [
        ("success", "exited", "0", (0, None, "success")),
        ("success", "exited", "3", (3, None, "partial")),
        ("exit-code", "exited", "1", (1, None, "failed")),
        ("exit-code", "exited", "203", (203, None, "failed")),
        ("success", "killed", "TERM", (143, 15, "interrupted")),
        ("signal", "killed", "KILL", (137, 9, "failed")),
        ("core-dump", "dumped", "SEGV", (139, 11, "failed")),
        ("oom-kill", "killed", "KILL", (137, 9, "failed")),
        ("timeout", "killed", "TERM", (143, 15, "failed")),
        ("resources", "", "", (None, None, "failed")),
        ("start-limit-hit", "", "", (None, None, "failed")),
    ],
)
def test_systemd_tells_how_its_job_ended(
    tmp_path: Path, result: str, code: str, status: str, told: tuple[int | None, int | None, str]
) -> None:
    report = recorded(
        tmp_path / "spool",
        "--systemd",
        SERVICE_RESULT=result,
        EXIT_CODE=code,
        EXIT_STATUS=status,
        INVOCATION_ID=INVOCATION,
    )
    assert (report.exit_code, report.signal, report.outcome) == told
    assert report.run_id == INVOCATION


def test_a_unit_that_its_condition_skipped_is_no_run(tmp_path: Path) -> None:
    arguments = ["--job", "nightly", "--spool-dir", str(tmp_path / "spool"), "--systemd"]
    assert main(arguments, StandingClock(), {"SERVICE_RESULT": "exec-condition"}) == 0
    assert not (tmp_path / "spool").exists()


def test_the_same_run_recorded_twice_is_one_report(tmp_path: Path) -> None:
    first = recorded(tmp_path / "spool", "--exit-code=0", "--run-id=task 7")
    second = recorded(tmp_path / "spool", "--exit-code=0", "--run-id=task 7")
    assert first == second


def test_an_empty_run_id_is_none_so_that_two_runs_stay_two(tmp_path):
    one = recorded(tmp_path / "spool", "--exit-code=0", "--run-id=")
    other = recorded(tmp_path / "other", "--exit-code=0", "--run-id=")
    assert one.run_id != other.run_id


def test_the_same_id_in_two_jobs_is_two_runs(tmp_path: Path) -> None:
    one = recorded(tmp_path / "one", "--exit-code=0", "--run-id=7")
    other = recorded(tmp_path / "other", "--exit-code=0", "--run-id=7", "--job=weekly")
    assert one.run_id != other.run_id


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of --exit-code, --outcome and --systemd must say how the run ended"),
        (["--exit-code=300"], "--exit-code is not from 0 to 255"),
        (["--systemd"], "--systemd works in ExecStopPost= only: $SERVICE_RESULT is not set"),
        (["--exit-code=0", "--start=noon"], "--start is neither a time with its UTC offset nor Unix seconds"),
        (
            ["--exit-code=0", "--end=2026-03-01T12:00:00"],
            "--end is neither a time with its UTC offset nor Unix seconds",
        ),
        (["--exit-code=0", "--start=1", "--duration=1"], "--start and --duration cannot both be given"),
        (["--exit-code=0", "--duration=long"], "--duration is not a number with s, m, h or d"),
        (["--exit-code=0", "--snapshot=latest"], "--snapshot is not the id of a snapshot (8 to 64 hexadecimal digits)"),
        (["--exit-code=0", "--job=a/b"], "--job is not 1 to 64 letters, digits, '_', '-' and '.'"),
        (["--exit-code=0", "--unreadable-files=-1"], "--unreadable-files is negative"),
    ],
)
def test_wrong_arguments_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert refused(capsys, *arguments) == message


def test_a_report_that_could_not_be_left_anywhere_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spool = tmp_path / "none" / "spool"
    assert main(["--job", "j", "--spool-dir", str(spool), "--exit-code", "0"], StandingClock(), {}) == 1
    assert capsys.readouterr().err == (
        f"immich-backup-exporter record: the spool folder {spool} cannot be written: No such file or directory. "
        "Give `--spool-dir` (the agent's is STATE_DIR/spool) or set IMMICH_BACKUP_SPOOL_DIR\n"
    )
