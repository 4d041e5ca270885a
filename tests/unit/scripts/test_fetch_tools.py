"""Which programs are usable, and what is said where they cannot be had."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import PROJECT, load_script

fetch_tools = load_script("fetch-tools")


def _put_on_path(folder: Path, name: str, says: str) -> Path:
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("restic 0.18.0 compiled with go1.24.4 on linux/amd64", (0, 18)),
        ("promtool, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5+deb12u1)", (2, 42)),
        ("restic-rest-server version restic-rest-server 0.14.0 compiled with go1.24.9 on linux/amd64", (0, 14)),
        ("BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.", (1, 35)),
        ("0.19.1-1", (0, 19)),
        ("1:3.5.3+ds1-6", (3, 5)),
        ("command not found", None),
    ],
)
def test_the_version_is_the_first_number_that_a_program_gives(text: str, version: tuple[int, int] | None) -> None:
    assert fetch_tools.parse_version(text) == version


def test_a_program_of_the_wanted_version_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_on_path(tmp_path / "old", "restic", "restic 0.16.4 compiled with go1.21")
    right = _put_on_path(tmp_path / "new", "restic", "restic 0.18.1 compiled with go1.25")
    monkeypatch.setenv("PATH", f"{tmp_path}/old:{tmp_path}/new")

    assert fetch_tools.find_on_path("restic-0.18") == right


def test_any_restic_of_at_least_0_14_serves_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _put_on_path(tmp_path, "restic", "restic 0.16.4 compiled with go1.21")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    assert fetch_tools.find_on_path("restic") == found


def test_debians_own_name_of_a_program_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _put_on_path(tmp_path, "restic-rest-server", "restic-rest-server version restic-rest-server 0.14.0")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    assert fetch_tools.find_on_path("rest-server") == found


def test_a_program_of_another_version_on_path_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_on_path(tmp_path, "promtool", "promtool, version 2.53.3")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert fetch_tools.find_on_path("promtool-3") is None


def test_a_broken_program_on_path_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_on_path(tmp_path, "restic", "restic 0.18.0").write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    assert fetch_tools.find_on_path("restic-0.18") is None


def _run_without_apt(tmp_path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """A copy of the script in a folder of its own, with nothing but a shell and /bin/echo on PATH."""
    scripts = tmp_path / "project" / "scripts"
    scripts.mkdir(parents=True)
    for name in ("fetch-tools", "debian_archive.py"):
        (scripts / name).write_bytes((PROJECT / "scripts" / name).read_bytes())
    return subprocess.run(
        [sys.executable, scripts / "fetch-tools", *names],
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_apt_the_script_says_what_to_install(tmp_path: Path) -> None:
    result = _run_without_apt(tmp_path, "restic-0.14", "prometheus-3")

    assert result.returncode == 1
    assert result.stderr == (
        "restic-0.14: install version 0.14 as `restic` on PATH\n"
        "prometheus-3: install version 3.5 or a later 3 as `prometheus` on PATH\n"
        "Install these programs by hand, then start again.\n"
    )


def test_without_apt_programs_on_path_are_linked(tmp_path: Path) -> None:
    program = _put_on_path(tmp_path / "bin", "restic", "restic 0.14.0 compiled with go1.19.8")

    result = _run_without_apt(tmp_path, "restic-0.14")

    assert result.returncode == 0
    assert os.readlink(tmp_path / "project/.tools/bin/restic-0.14") == str(program)


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    assert _run_without_apt(tmp_path, "restic-9").returncode == 2


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("restic-0.18", "0.18"), ("promtool-3", "3.5 or a later 3"), ("pg_dump", "15.0 or newer")],
)
def test_the_wanted_versions_are_said_in_words(name: str, wanted: str) -> None:
    assert {program.name: program.wanted for program in fetch_tools.PROGRAMS}[name] == wanted
