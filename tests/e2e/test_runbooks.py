"""The commands in the runbooks run, in the order of each page, with the real restic, gzip and exporter.

Nothing in them is changed but the paths and ids of `Scene.run`. Programs that ask a machine's service manager, kernel
or containers cannot run here: theirs are stand-ins that say what they were asked. What ImmichBackupWatchdog asks is in
test_howto_alerts.py, beside a real Prometheus and Alertmanager.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support import dumps, pages, repositories
from support.agent import Agent
from support.repositories import PASSWORD, prepared_repository, prepared_upload_location
from support.tools import PROJECT
from support.waiting import PATIENCE_SECONDS

RUNBOOKS = PROJECT / "docs" / "runbooks"
PAGES = sorted(page.stem for page in RUNBOOKS.glob("ImmichBackup*.md") if page.stem != "ImmichBackupWatchdog")
NOT_HERE = ("systemctl", "journalctl", "timedatectl", "dmesg", "lsblk", "last")
EXPORT = "export RESTIC_REPOSITORY=/backups/immich RESTIC_PASSWORD_FILE=/etc/immich-backup-exporter/nas.password\n"
DUMP = "immich-db-backup-20260303T020000-v2.7.5-pg14.19.sql.gz"


class Scene(NamedTuple):
    """A library, its repository, an agent that watches both, and the programs that a person has."""

    folder: Path
    library: Path
    agent: Agent

    def run(self, folder: Path, script: str, upload_location: Path | None = None) -> subprocess.CompletedProcess[str]:
        """With a repository of its own in `folder`, where whatever is written lands, too."""
        repository = prepared_repository(folder)
        previous, newest = sorted(path.name for path in (repository / "snapshots").iterdir())[:2]
        places = {
            "/etc/immich-backup-exporter/config.yaml": str(self.agent.config_file),
            "/etc/immich-backup-exporter/nas.password": str(self.folder / "nas.password"),
            "/var/lib/immich-backup-exporter": str(self.agent.state_dir),
            "/srv/immich": str(upload_location or self.library),
            "/backups/immich": str(repository),
            "/root/": f"{folder}/",
            "/tmp/": f"{folder}/",
            "http://localhost:10321": self.agent.url,
            "PREVIOUS_ID": previous,
            "SNAPSHOT_ID": newest,
            "PACK_ID": next(path.name for path in (repository / "data").rglob("*") if path.is_file()),
        }
        script = re.sub(rf"(?<!\w)({'|'.join(map(re.escape, places))})", lambda found: places[found[0]], script)
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin:/usr/sbin:/sbin",
                "HOME": str(folder),
                "IMMICH_BACKUP_SPOOL_DIR": str(folder),
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("runbooks")
    repository = prepared_repository(folder)
    library = shutil.copytree(prepared_upload_location(), folder / "immich")
    (library / "backups" / DUMP).write_bytes(dumps.gzipped(dumps.dump_text()))
    for old in library.glob("backups/immich-db-backup-20260301*"):
        old.unlink()
    (folder / "nas.password").write_text(PASSWORD)
    (folder / "dump.sql").write_bytes(dumps.dump_text())
    programs = folder / "bin"
    answers = f"*' pg_dump '*) cat {folder}/dump.sql ;; *originalPath*) echo /data/library/admin/2026/IMG_0001.jpg ;;"
    program(programs / "immich-backup-exporter", f'exec {sys.executable} -m immich_backup_exporter "$@"')
    program(programs / "docker", f'case "$*" in {answers} *) echo "$0 $*" ;; esac')
    for name in NOT_HERE:
        program(programs / name, 'echo "$0 $*"')
    nas = {
        "repository": str(repository),
        "password_file": str(folder / "nas.password"),
        "check": {"max_age": "35d"},
        "plans": {"immich": {"backed_up_as": str(prepared_upload_location())}},
    }
    config = {
        "immich": {"upload_location": str(library)},
        "repositories": {"nas": nas},
        "jobs": {
            "nightly": {"kind": "backup", "repository": "nas", "max_duration": "6h"},
            "monthly_check": {"kind": "check", "repository": "nas"},
        },
        "state_dir": str(folder / "state"),
    }
    with Agent(folder, config) as agent:
        record = [programs / "immich-backup-exporter", "record", "--job", "nightly"]
        spool = ["--spool-dir", agent.state_dir / "spool"]
        subprocess.run([*record, "--exit-code", "3", "--unreadable-files", "2", *spool], check=True)
        subprocess.run([*record, "--event", "start", "--run-id", "next", *spool], check=True)
        agent.wait(lambda scrape: scrape("job_running_since_timestamp_seconds", job_name="nightly"))
        agent.wait(lambda scrape: scrape("dump_valid") == 1)
        yield Scene(folder, library, agent)


def program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    if path.name == "immich-backup-exporter":
        script = f"export PYTHONPATH={os.pathsep.join(one for one in sys.path if one)}\n{script}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_page_run(scene: Scene, tmp_path: Path, page: str) -> None:
    script = "".join(pages.blocks(RUNBOOKS / f"{page}.md", "sh"))
    ran = scene.run(tmp_path, script)
    assert (ran.returncode, ran.stderr.count("unknown")) == (0, 0), f"{ran.stdout}\n{ran.stderr}"


def test_every_page_has_commands_and_only_blocks_that_are_known() -> None:
    blocks = {page: pages.blocks(RUNBOOKS / f"{page}.md", "sh") for page in PAGES}
    assert [page for page, found in blocks.items() if not found] == []
    others = {page: len(pages.blocks(RUNBOOKS / f"{page}.md")) - len(found) for page, found in blocks.items()}
    assert {page for page, number in others.items() if number} == {
        "ImmichBackupExternalLibraryUnproven",  # settings
        "ImmichBackupNoOffsiteCopy",  # a rest-server of somebody's
        "ImmichBackupNotIndependent",  # asks for a new password
        "ImmichBackupPlanAmbiguous",  # settings
    }


# --- what the pages promise of the commands that change something


def test_damage_is_mended_from_the_library_as_the_page_says(scene: Scene, tmp_path: Path) -> None:
    """A pack file with a photo is lost; after the page's steps every snapshot is whole again."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "photo.jpg").write_bytes(os.urandom(100_000))
    lose = "restic backup --quiet /srv/immich\nrm -f $(ls -S $(find /backups/immich/data -type f) | head -1)\n"
    steps = "".join(pages.blocks(RUNBOOKS / "ImmichBackupRepositoryCheckFailed.md", "sh")[-2:])
    script = f"{EXPORT}{lose}! restic check\n{steps.replace('restic repair packs PACK_ID', '')}"
    ran = scene.run(tmp_path, script, upload_location=library)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert ran.stderr.count("does not exist") == 1
    assert "no errors were found" in ran.stdout
    assert "no snapshots would be modified" in ran.stdout


def test_what_was_forgotten_is_recovered_as_the_page_says(scene: Scene, tmp_path: Path) -> None:
    page = "".join(pages.blocks(RUNBOOKS / "ImmichBackupSnapshotsVanished.md", "sh"))
    ran = scene.run(tmp_path, page.replace("restic recover", "rm -f /backups/immich/snapshots/*\nrestic recover"))
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert "found 3 unreferenced roots" in ran.stdout
    listing = repositories.restic("0.18", tmp_path / "repository-0.18", "ls", "latest", "--no-lock").stdout
    assert listing.count("/library/admin/2026/IMG_0001.jpg") == 3


def test_unlock_leaves_the_lock_of_a_living_restic_and_takes_that_of_a_dead_one(scene: Scene, tmp_path: Path) -> None:
    """What the page about stale locks relies on, on the machine that the lock is of."""
    start = "sleep 20 2> /dev/null | restic backup --quiet --stdin &\n"
    wait = "until restic list locks --no-lock | grep -q .; do sleep 0.1; done\n"
    count = "restic unlock; restic list locks --no-lock | wc -l\n"
    kill = "kill -9 $!; sleep 0.2\n"
    ran = scene.run(tmp_path, f"{EXPORT}{start}{wait}{count}{kill}{count}")
    assert re.findall(r"(?m)^\d+$", ran.stdout) == ["1", "0"], ran.stderr


def test_the_dump_that_the_page_makes_by_hand_is_whole(scene: Scene, tmp_path: Path) -> None:
    script = "".join(pages.blocks(RUNBOOKS / "ImmichBackupDumpMissing.md", "sh"))
    ran = scene.run(tmp_path, script)
    assert "PostgreSQL database dump complete" in ran.stdout
    assert (tmp_path / "immich.sql.gz").stat().st_mode & 0o777 == 0o600
