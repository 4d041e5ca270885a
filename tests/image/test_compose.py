"""compose.yaml as a person starts it, by the real Docker Compose. Images of others cannot be had by every machine that
runs this, so the agent alone is started; tests/integration/contrib has the rest."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import Household, done, engine
from support.tools import PROJECT, tool

SERVICE = "immich-backup-exporter"


class Compose:
    def __init__(self, household: Household, environment: dict[str, str]) -> None:
        self._environment = {
            **environment,
            "UPLOAD_LOCATION": str(household.upload_location),
            "BACKUP_LOCATION": str(household.backups),
            "BACKUP_PASSWORD_FILE": str(household.password_file),
            "BACKUP_USER": f"{household.OWNER}:{household.OWNER}",
        }

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [tool("docker-compose"), "--project-name", "ibe-test", "--file", PROJECT / "compose.yaml", *arguments],
            env=os.environ | self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def wait(self, *arguments: str) -> str:
        deadline = time.monotonic() + 60
        while (result := self(*arguments)).returncode:
            assert time.monotonic() < deadline, result.stdout + result.stderr + self("logs").stdout
            time.sleep(0.5)
        return result.stdout


@pytest.fixture(scope="module")
def service() -> Iterator[dict[str, str]]:
    """What tells Compose where the engine is: podman has to be asked to listen, docker does anyway."""
    if not os.environ["ENGINE"].endswith("podman"):
        yield {}
        return
    socket = Path(os.environ["ENGINE_FOLDER"], "engine.sock")
    process = subprocess.Popen([os.environ["ENGINE"], "system", "service", "--time", "0", f"unix://{socket}"])
    try:
        deadline = time.monotonic() + 60
        while not socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield {"DOCKER_HOST": f"unix://{socket}"}
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def compose(household: Household, service: dict[str, str]) -> Iterator[Compose]:
    compose = Compose(household, service)
    try:
        started = compose("up", "--detach", "--no-build", "--pull", "never")
        assert started.returncode == 0, started.stderr
        yield compose
    finally:
        compose("down", "--volumes")


def test_it_starts_reads_and_is_called_by_its_name(compose: Compose) -> None:
    compose.wait("exec", "-T", SERVICE, "immich-backup-exporter", "healthcheck")
    probed = compose("exec", "-T", SERVICE, "immich-backup-exporter", "config", "check", "--probe")
    assert (probed.returncode, probed.stdout.splitlines()[-1]) == (0, "Everything can be reached.")
    (name,) = done("ps", "--filter", "label=com.docker.compose.project=ibe-test", "--format", "{{.Names}}").split()
    ask = "import urllib.request as r; print(r.urlopen('http://immich-backup-exporter:10321/metrics').read().decode())"
    other = engine(
        *("run", "--rm", "--network", "ibe-test_default", "--entrypoint", "/opt/immich-backup-exporter/bin/python"),
        *("docker.io/library/immich-backup-exporter", "-c", ask),
    )
    assert other.returncode == 0, other.stderr
    assert 'immich_backup_snapshots{plan="immich",repository="nas"} 3.0' in other.stdout
    assert done("port", name) == ""
