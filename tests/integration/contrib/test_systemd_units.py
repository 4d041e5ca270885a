"""The systemd units, checked by systemd's own programs. That they work: tests/image/test_systemd.py."""

import re
import subprocess
from pathlib import Path

import pytest

from support.tools import PROJECT, tool
from support.waiting import PATIENCE_SECONDS

UNITS = PROJECT / "contrib" / "systemd"
TARGETS = ("basic", "multi-user", "network-online", "shutdown", "sysinit", "timers")
PROGRAMS = ("opt/immich-backup-exporter/bin/immich-backup-exporter", "usr/bin/restic", "bin/sh")


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("systemd-analyze"), "--no-pager", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root folder with the units, the programs that they start, and the targets that systemd brings along."""
    folder = tmp_path / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    for unit in UNITS.iterdir():
        (folder / unit.name).write_text(unit.read_text())
    for name in TARGETS:
        (folder / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n")
    for name in PROGRAMS:
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return tmp_path


def verify(root: Path) -> str:
    result = analyze("verify", "--man=no", f"--root={root}", *(unit.name for unit in sorted(UNITS.iterdir())))
    return result.stdout + result.stderr


def test_systemd_has_nothing_to_say_about_any_unit(root: Path) -> None:
    assert verify(root) == ""


def test_it_would_about_a_mistyped_key(root: Path) -> None:
    """The test above can fail."""
    unit = root / "etc" / "systemd" / "system" / "immich-backup.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSystems="))
    assert "'ProtectSystems' in section" in verify(root)


@pytest.mark.parametrize(
    ("unit", "exposure"),
    [
        ("immich-backup-exporter.service", 2.0),
        ("immich-backup.service", 2.3),
    ],
)
def test_a_unit_is_exposed_no_more_than_it_has_to_be(unit: str, exposure: float) -> None:
    """systemd's figure: 0 is locked, 10 is open. A unit that says nothing has 9.6."""
    result = analyze("security", "--offline=true", f"--threshold={exposure * 10:.0f}", UNITS / unit)
    assert result.returncode == 0, result.stdout
    measured = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", result.stdout)
    assert measured is not None
    assert exposure - 0.4 < float(measured[1]) <= exposure
