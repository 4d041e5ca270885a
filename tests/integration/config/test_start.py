"""What reading the settings costs, and the probe with a real restic."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.probing.probe import probe
from immich_backup_exporter.restic.client import restic_version
from immich_backup_exporter.words import ENGLISH
from support.repositories import PASSWORD, prepared_repository
from support.tools import tool
from support.waiting import PATIENCE_SECONDS

HEAVY = {"email_validator", "httpx", "jsonschema", "prometheus_client", "rich", "starlette"}


def test_importing_the_configuration_imports_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, immich_backup_exporter.config; print(*sys.modules)"],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert set(done.stdout.split()) & HEAVY == set()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("restic-0.14", "is version 0.14."), ("restic-0.18", "is version 0.18."), ("restic-0.19", "is version 0.19.")],
)
def test_real_restics_are_new_enough(tmp_path: Path, name: str, sentence: str) -> None:
    async def version(program: str) -> str | None:
        return await restic_version(program, {"PATH": "/usr/bin:/bin"})

    async def fine(repository: RepositorySettings) -> None:
        pass

    access = RepositoryAccess(name="nas", url="/r", password="x")
    settings = AgentSettings(
        repositories=(RepositorySettings(access=access, poll_interval=timedelta(minutes=5)),),
        state_dir=str(tmp_path),
        cache_dir=str(tmp_path),
        restic=tool(name),
    )
    findings = asyncio.run(probe(settings, try_repository=fine, restic_version=version))
    assert [ENGLISH.render(finding.message) for finding in findings if finding.subject == "restic"] == [sentence]


def test_probing_with_a_real_restic_leaves_nothing_behind(tmp_path: Path) -> None:
    repository = prepared_repository(tmp_path, "0.18")
    config, temporary = tmp_path / "config.yaml", tmp_path / "tmp"
    temporary.mkdir()
    config.write_text(
        json.dumps(
            {
                "repositories": {"nas": {"repository": str(repository), "password": PASSWORD}},
                "state_dir": str(tmp_path / "state"),
                "restic": tool("restic-0.18"),
            }
        )
    )
    config.chmod(0o600)
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "immich_backup_exporter", "config", "check", "--probe", "--config.file", str(config)],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": "/usr/bin:/bin", "TMPDIR": str(temporary)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert "ok     repositories.nas: was listed and opened." in done.stdout
    assert done.returncode == 0
    assert not (tmp_path / "state").exists()
    assert sorted(tmp_path.rglob("*")) == before
