"""What keeps the demo from starting is said in a sentence, and before anything is built."""

import argparse
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from immich_backup_exporter.demo import add_flags
from immich_backup_exporter.demo.layout import Note
from immich_backup_exporter.demo.run import run_demo


def options(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_flags(parser)
    parser.set_defaults(log_level="info", log_format="logfmt")
    return parser.parse_args(["--web.listen-address", "127.0.0.1:0", *flags])


@pytest.fixture(autouse=True)
def _logs_of_one_test_only() -> Iterator[None]:
    """The demo sets up the log of its process; other tests' must not go to what was captured here."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that says that it is restic 0.12."""
    path = tmp_path / "restic-0.12"
    path.write_text("#!/bin/sh\necho 'restic 0.12.1 compiled with go1.16 on linux/amd64'\n")
    path.chmod(0o755)
    return path


def test_the_kinds_can_be_listed(capsys: pytest.CaptureFixture[str]):
    assert run_demo(options("--break", "list")) == 0
    assert "empty-folder       the library's disk is not mounted" in capsys.readouterr().out


def test_an_unknown_kind_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    assert run_demo(options("--break", "everything")) == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith("immich-backup-exporter demo: --break: there is no 'everything'; one of\n")
    assert "wrong-password" in complaint


def test_a_missing_restic_is_named_with_what_to_install(capsys: pytest.CaptureFixture[str]):
    assert run_demo(options("--restic", "/nowhere/restic")) == 1
    assert capsys.readouterr().err == (
        "immich-backup-exporter demo: restic was not found (/nowhere/restic). "
        "Install it (such as `apt install restic` or `brew install restic`), or name it with --restic.\n"
    )


def test_a_restic_that_is_too_old_is_refused(program: Path, capsys: pytest.CaptureFixture[str]):
    assert run_demo(options("--restic", str(program))) == 1
    assert f"{program} is restic 0.12; the demo needs 0.14 or later." in capsys.readouterr().err


def test_another_program_of_that_name_is_refused(capsys: pytest.CaptureFixture[str]):
    assert run_demo(options("--restic", "/bin/true")) == 1
    assert "/bin/true does not answer as restic does." in capsys.readouterr().err


def test_a_busy_port_is_answered_with_the_flag_for_another(capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert run_demo(options("--web.listen-address", f"127.0.0.1:{port}")) == 1
    complaint = capsys.readouterr().err
    assert f"127.0.0.1:{port} is in use already" in complaint
    assert "To take a free port: --web.listen-address=127.0.0.1:0." in complaint


def test_a_folder_with_somebodys_files_is_left_alone(tmp_path: Path, program: Path, capsys: pytest.CaptureFixture[str]):
    program.write_text("#!/bin/sh\necho 'restic 0.18.0'\n")
    assert run_demo(options("--restic", str(program), "--folder", str(tmp_path))) == 1
    assert f"{tmp_path} holds something that is not a demo" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["restic-0.12"]


def test_a_restic_that_fails_leaves_no_scratch_folder(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    program.write_text("#!/bin/sh\n[ \"$1\" = version ] && echo 'restic 0.18.0' || exit 7\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert run_demo(options("--restic", str(program))) == 1
    assert "`restic init` failed with exit code 7" in capsys.readouterr().err
    assert list(scratch.iterdir()) == []


def test_an_unfinished_demo_in_the_folder_is_made_anew(
    tmp_path: Path, program: Path, layout, capsys: pytest.CaptureFixture[str]
):
    program.write_text("#!/bin/sh\n[ \"$1\" = version ] && echo 'restic 0.18.0' || exit 7\n")
    Note(days=30, photos=300, last_night="2026-03-14").write(layout)
    (layout.dumps / "old").touch()
    assert run_demo(options("--restic", str(program), "--folder", str(layout.root))) == 1
    assert f"The demo in {layout.root} is made anew: it was never finished." in capsys.readouterr().out
    assert not (layout.dumps / "old").exists()
