"""The README's own installation, from its configuration to the report of a backup, as a newcomer types it.

Nothing in its blocks is changed but paths; `nano` and `sudo` are stand-ins. The lines that install the packages are the
image's, too.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support import pages
from support.agent import Agent
from support.repositories import PASSWORD, prepared_repository, prepared_upload_location
from support.tools import PROJECT, tool
from support.waiting import PATIENCE_SECONDS

README = PROJECT / "README.md"


class Newcomer(NamedTuple):
    """Who has followed the README until the agent runs, in a folder of their own."""

    folder: Path
    places: dict[str, str]
    agent: Agent

    def sh(self, mark: str) -> subprocess.CompletedProcess[str]:
        """Runs the one block of commands that says `mark`."""
        return run(self.folder, block(mark), self.places)


def block(mark: str) -> str:
    (found,) = [text for text in pages.blocks(README) if mark in text]
    return found


def here(text: str, places: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)


def run(folder: Path, script: str, places: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", here(script, places)],
        cwd=folder,
        env={
            "PATH": f"{folder / 'programs'}:/usr/bin:/bin",
            "HOME": str(folder),
            "RESTIC_REPOSITORY": places["/backups/immich"],
            "RESTIC_PASSWORD_FILE": str(folder / "nas.password"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def program(folder: Path, name: str, script: str) -> None:
    path = folder / "programs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("newcomer")
    program(folder, "nano", f'printf "{PASSWORD}" > "$1"')
    program(folder, "sudo", 'exec "$@"')
    program(folder, "restic", f'exec {tool("restic-0.18")} "$@"')
    modules = os.pathsep.join(path for path in sys.path if path)
    program(
        folder,
        "immich-backup-exporter",
        f'PYTHONPATH={modules} exec {sys.executable} -m immich_backup_exporter "$@"',
    )
    places = {
        "/srv/immich": str(prepared_upload_location()),
        "/backups/immich": str(prepared_repository(folder)),
        "/etc/prometheus": str(folder),
        "./nas.password": str(folder / "nas.password"),  # the agent of these tests runs in another folder
        "./state": str(folder / "state"),
    }
    made = run(folder, block("nano"), places)
    assert (made.returncode, made.stderr) == (0, "")
    configuration = block("upload_location:") + "\n" + block("jobs:")
    (folder / "config.yaml").write_text(here(configuration, places))
    with Agent(folder, flags=("--config.file", str(folder / "config.yaml"))) as agent:
        yield Newcomer(folder, places, agent)


def test_only_its_owner_can_read_the_password(newcomer: Newcomer) -> None:
    password = newcomer.folder / "nas.password"
    assert (oct(password.stat().st_mode), password.read_text()) == ("0o100600", PASSWORD)


def test_the_probe_can_reach_everything(newcomer: Newcomer) -> None:
    probe, _ = block("--probe").splitlines()
    ran = run(newcomer.folder, probe, newcomer.places)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_agent_sees_the_run_that_the_wrapper_reports(newcomer: Newcomer) -> None:
    ran = newcomer.sh("run --job nightly")
    assert (ran.returncode, ran.stderr) == (0, "")
    newcomer.agent.wait(lambda scrape: scrape("job_last_outcome", job_name="nightly", outcome="success") == 1)


def test_the_rules_are_written_where_prometheus_reads_them(newcomer: Newcomer) -> None:
    ran = newcomer.sh("rules | sudo tee")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    written = (newcomer.folder / "immich-backup.rules.yml").read_bytes()
    assert written == (PROJECT / "alert_rules" / "immich-backup.rules.yml").read_bytes()
