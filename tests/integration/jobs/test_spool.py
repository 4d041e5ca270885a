"""The spool on a real file system: what its writers leave and what its reader believes."""

import os
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.formats.run_report import encode
from immich_backup_exporter.jobs.inbox import SpoolLook, read_spool
from immich_backup_exporter.jobs.spool import Spool, file_name
from immich_backup_exporter.words import ENGLISH
from support.unprivileged import open_folder
from support.wrapped import environment

RUN = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = RunReport(run_id=RUN, job="nightly", event=RunEvent.END, ended=NOON, exit_code=0)
NAME = f"nightly.{RUN}.end.json"
DAY = 86400.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


def sentences(look: SpoolLook) -> list[str]:
    return [ENGLISH.render(rejected.sentence) for rejected in look.rejected]


def test_what_is_written_is_read(folder: Path) -> None:
    Spool.open(str(folder)).write(NAME, encode(END))
    look = read_spool(str(folder))
    assert [(entry.name, entry.report) for entry in look.entries] == [(NAME, END)]
    assert look.rejected == ()


def test_a_known_report_is_not_read_again(folder: Path) -> None:
    Spool.open(str(folder)).write(NAME, encode(END))
    look = read_spool(str(folder), known={NAME})
    assert (look.entries, look.names) == ((), {NAME})


def test_reading_changes_nothing(folder: Path) -> None:
    Spool.open(str(folder)).write(NAME, encode(END))
    (folder / f"bad.{RUN}.end.json").write_text("?")
    before = {path.name: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}
    read_spool(str(folder))
    assert {path.name: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]} == before


def test_two_that_make_the_folder_at_once_both_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = os.mkdir

    def late(path: str, mode: int) -> None:
        mkdir(path, mode)  # the other one
        mkdir(path, mode)

    monkeypatch.setattr("os.mkdir", late)
    Spool.open(str(tmp_path / "spool")).close()
    assert (tmp_path / "spool").is_dir()


def test_a_new_spool_is_shared_by_the_group_of_its_parent(tmp_path: Path) -> None:
    Spool.open(str(tmp_path / "new")).write(NAME, encode(END))
    status = (tmp_path / "new").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o2770, tmp_path.stat().st_gid)


def test_a_report_is_readable_by_the_folders_group_whatever_the_umask(folder: Path) -> None:
    code = (
        f"import os; os.umask(0o777); from immich_backup_exporter.jobs.spool import Spool; Spool.open({str(folder)!r})"
    )
    subprocess.run([sys.executable, "-c", f"{code}.write('x', b'')"], env=environment(), check=True)
    assert stat.S_IMODE((folder / "x").stat().st_mode) == 0o640


READS_AS_ANOTHER_USER = """
import sys
from immich_backup_exporter.jobs.inbox import read_spool
from support.unprivileged import step_down
step_down(4321, 12345)
print([entry.name for entry in read_spool(sys.argv[1]).entries])
"""


def test_a_root_wrapper_and_an_unprivileged_agent_share_the_spool() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can write as one user and read as another")
    with open_folder() as folder:
        spool = folder / "spool"
        spool.mkdir()
        os.chown(spool, 0, 12345)
        spool.chmod(0o2770)
        Spool.open(str(spool)).write(NAME, encode(END))
        call = [sys.executable, "-c", READS_AS_ANOTHER_USER, str(spool)]
        done = subprocess.run(call, env=environment(), stdout=subprocess.PIPE, check=True)
    assert done.stdout == f"['{NAME}']\n".encode()


def test_a_report_of_a_foreign_owner_is_not_believed(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    Spool.open(str(folder)).write(NAME, encode(END))
    os.chown(folder / NAME, 4321, -1)
    assert sentences(read_spool(str(folder))) == [
        (
            "The report belongs to user 4321, who is neither root, nor the agent, nor the owner of the spool folder. "
            "Let its job run as one of them."
        )
    ]
    assert len(read_spool(str(folder), trusted_uids={4321}).entries) == 1


def test_nobody_owning_the_folder_makes_nobodys_reports_no_truer(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    Spool.open(str(folder)).write(NAME, encode(END))
    os.chown(folder, 65534, -1)
    os.chown(folder / NAME, 65534, -1)
    assert read_spool(str(folder)).entries == ()


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(encode(END))
    (folder / NAME).symlink_to(tmp_path / "elsewhere")
    assert sentences(read_spool(str(folder))) == [
        "The report is a link or not a plain file; it was not followed. Remove it."
    ]


def test_a_second_name_of_some_other_file_is_not_believed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(encode(END))
    os.link(tmp_path / "elsewhere", folder / NAME)
    assert sentences(read_spool(str(folder))) == ["The report is not a plain file with one name. Remove it."]


def test_a_fifo_does_not_hang_the_reader(folder: Path) -> None:
    os.mkfifo(folder / NAME)
    assert sentences(read_spool(str(folder))) == ["The report is not a plain file with one name. Remove it."]


def test_a_folder_and_a_socket_are_not_believed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / NAME).mkdir()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"other.{RUN}.end.json")
        assert len(read_spool(str(folder)).rejected) == 2


def test_a_report_that_others_can_write_is_not_believed(folder: Path) -> None:
    Spool.open(str(folder)).write(NAME, encode(END))
    (folder / NAME).chmod(0o660)
    assert sentences(read_spool(str(folder))) == ["The report can be written by others than its owner. Remove it."]


def test_a_report_under_another_runs_name_is_not_believed(folder: Path) -> None:
    Spool.open(str(folder)).write(f"weekly.{RUN}.end.json", encode(END))
    assert sentences(read_spool(str(folder))) == [
        "The report is about another run than its file's name says; it was moved here. Remove it."
    ]


def test_a_huge_file_is_not_read(folder: Path) -> None:
    with (folder / NAME).open("wb") as file:
        file.truncate(1 << 40)
    assert sentences(read_spool(str(folder))) == ["The report is larger than 16384 bytes. Remove it."]


def test_one_bad_file_hides_no_other(folder: Path) -> None:
    spool = Spool.open(str(folder))
    spool.write(f"bad.{RUN}.end.json", b"\xff\x00")
    spool.write(NAME, encode(END))
    look = read_spool(str(folder))
    assert ([entry.name for entry in look.entries], len(look.rejected)) == ([NAME], 1)


def test_what_has_no_reports_name_is_left_alone(folder: Path) -> None:
    (folder / "README").write_text("?")
    (folder / ".tmp-123").write_text("?")
    (folder / "outbox-1").mkdir()
    assert read_spool(str(folder)) == SpoolLook(beats={})


def test_a_missing_spool_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_spool(str(tmp_path / "none"))
    assert ENGLISH.render(caught.value.explanation) == (
        "The spool folder does not exist. Create it, owned by root, with mode 2770."
    )


def test_a_thousand_new_reports_are_read_in_portions(folder: Path) -> None:
    for number in range(1001):
        run = f"{number:032x}"
        (folder / file_name("nightly", run, "end")).write_bytes(encode(END).replace(RUN.encode(), run.encode()))
    first = read_spool(str(folder))
    second = read_spool(str(folder), known={entry.name for entry in first.entries})
    assert [(len(look.entries), look.more) for look in (first, second)] == [(1000, True), (1, False)]


def test_a_touched_start_is_a_new_sign_of_life(folder: Path) -> None:
    name = f"nightly.{RUN}.start.json"
    spool = Spool.open(str(folder))
    spool.write(name, b"{}")
    os.utime(folder / name, (1, 1))
    assert read_spool(str(folder)).beats == {RUN: 1_000_000_000}
    spool.touch(name)
    assert read_spool(str(folder)).beats[RUN] > 1_700_000_000_000_000_000


def test_cleaning_keeps_fifty_runs_and_two_weeks(folder: Path) -> None:
    spool = Spool.open(str(folder))
    for number in range(60):
        for event in ("start", "end"):
            name = file_name("nightly", f"{number:032x}", event)
            (folder / name).touch()
            os.utime(folder / name, (number * DAY, number * DAY))
    spool.clean("nightly", 60 * DAY)
    left = sorted({int(name.split(".")[1], 16) for name in spool.names()})
    assert (left, len(spool.names())) == (list(range(10, 60)), 100)


def test_cleaning_leaves_other_jobs_and_recent_reports_alone(folder: Path) -> None:
    spool = Spool.open(str(folder))
    for number in range(60):
        (folder / file_name("weekly", f"{number:032x}", "end")).touch()
        (folder / file_name("nightly", f"{number:032x}", "end")).touch()
        os.utime(folder / file_name("weekly", f"{number:032x}", "end"), (0, 0))
    spool.clean("nightly", (folder / file_name("nightly", f"{0:032x}", "end")).stat().st_mtime + DAY)
    assert len(spool.names()) == 120


def test_cleaning_keeps_the_start_of_a_crashed_run_for_two_months(folder: Path) -> None:
    spool = Spool.open(str(folder))
    for number, days in enumerate((1, 39, 41)):
        name = file_name("nightly", f"{number:032x}", "start")
        (folder / name).touch()
        os.utime(folder / name, (days * DAY, days * DAY))
    spool.clean("nightly", 100 * DAY)
    assert spool.names() == [file_name("nightly", f"{2:032x}", "start")]


def test_cleaning_removes_what_a_crash_left_half_written(folder: Path) -> None:
    (folder / ".tmp-0123").touch()
    os.utime(folder / ".tmp-0123", (0, 0))
    Spool.open(str(folder)).clean("nightly", 2 * DAY)
    assert list(folder.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_report(folder: Path) -> None:
    spool = Spool.open(str(folder))
    spool.write(NAME, b"old")
    (folder / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        spool.write("taken", b"new")
    assert sorted(path.name for path in folder.iterdir()) == [NAME, "taken"]


class CrashError(BaseException):
    """The process is gone: nothing of ours cleans up."""


@pytest.mark.parametrize("step", ["write", "fchown", "fchmod", "fsync", "close", "rename"])
def test_a_crash_at_any_step_of_writing_leaves_no_report_or_the_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise CrashError

    spool = Spool.open(str(folder))
    with monkeypatch.context() as patch:
        patch.setattr(os, step, crash)
        with pytest.raises(CrashError):
            spool.write(NAME, encode(END))
    look = read_spool(str(folder))
    assert (look.entries, look.rejected, look.names) == ((), (), frozenset())
    spool.write(NAME, encode(END))
    assert [entry.report for entry in read_spool(str(folder)).entries] == [END]
