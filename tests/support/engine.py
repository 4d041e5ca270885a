"""Containers of the real image, by a real engine: podman of `scripts/with-engine`, or docker with ENGINE=docker."""

import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from support.agent import Scrape
from support.repositories import PASSWORD, prepared_repository, prepared_upload_location
from support.tools import PROJECT
from support.waiting import eventually

IMAGE = "docker.io/library/immich-backup-exporter"
COMMAND_TIMEOUT_SECONDS = 600.0
STATE = "/var/lib/immich-backup-exporter"
ASK = (
    "import sys, urllib.request as r; print(r.urlopen('http://127.0.0.1:10321' + sys.argv[1]).read().decode(), end='')"
)

# What README and compose.yaml give every container of the agent.
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


def engine(*arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The exit code is the caller's to judge."""
    return subprocess.run(
        [os.environ["ENGINE"], *map(str, arguments)],
        env=os.environ | dict(env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )


def done(*arguments: str | Path) -> str:
    """What a call that has to succeed prints."""
    result = engine(*arguments)
    assert result.returncode == 0, f"{arguments[:2]}: {result.stdout}{result.stderr}"
    return result.stdout


def inspect(name: str) -> dict[str, Any]:
    (found,) = json.loads(done("inspect", name))
    return dict(found)


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A scratch folder that the engine sees at the same path, and that everybody may enter."""
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("ENGINE_FOLDER")))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Household:
    """What a person has: Immich's library, a repository that restic made as another user, its password."""

    OWNER = 1234

    def __init__(self, folder: Path) -> None:
        self.upload_location = prepared_upload_location()  # where it lay when it was backed up
        self.backups = prepared_repository(folder)
        self.password_file = folder / "nas.password"
        self.password_file.write_text(PASSWORD)
        self.password_file.chmod(0o400)
        for path in (self.password_file, self.backups, *self.backups.rglob("*")):
            os.chown(path, self.OWNER, self.OWNER)

    def options(self, state: str = STATE) -> list[str]:
        """Mounts and settings of a container of the agent. `state`: `NAME:PATH` keeps the volume under that name."""
        values = {
            "IMMICH__UPLOAD_LOCATION": self.upload_location,
            "REPOSITORIES__NAS__REPOSITORY": "/backups",
            "REPOSITORIES__NAS__PASSWORD_FILE": "/password",
        }
        mounts = {self.upload_location: self.upload_location, self.backups: "/backups", self.password_file: "/password"}
        return [
            f"--volume={state}",
            *(f"--volume={outside}:{inside}:ro,rslave" for outside, inside in mounts.items()),
            *(f"--env=IMMICH_BACKUP_{name}={value}" for name, value in values.items()),
        ]


class Container:
    """A container of the image that runs until the block ends; its volumes without a name go with it."""

    image = IMAGE

    def __init__(self, *options: str, command: tuple[str, ...] = ()) -> None:
        self.name = f"ibe-{uuid.uuid4().hex[:12]}"
        self._options = options
        self._command = command

    def __enter__(self) -> Self:
        done("run", "--detach", "--name", self.name, *self._options, self.image, *self._command)
        return self

    def __exit__(self, *_: object) -> None:
        engine("rm", "--force", "--volumes", self.name)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return engine("exec", self.name, *command)

    def get(self, path: str) -> str:
        result = self.run("/opt/immich-backup-exporter/bin/python", "-c", ASK, path)
        return result.stdout

    def scrape(self) -> Scrape:
        return Scrape(self.get("/metrics"))

    def wait(self, condition: Callable[[Scrape], object]) -> Scrape:
        scrapes: list[Scrape] = []

        def holds() -> bool:
            scrapes[:] = [self.scrape()]
            return bool(condition(scrapes[0]))

        eventually(holds, lambda: f"{scrapes[0].text}\n{self.log()}", every=0.2)
        return scrapes[0]

    def log(self) -> str:
        result = engine("logs", self.name)
        return result.stdout + result.stderr


def build() -> None:
    """The image as the workflow builds it; layers of an earlier build are used again."""
    version = subprocess.run(
        ["git", "-C", PROJECT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    done("build", "--quiet", "--build-arg", f"REVISION={version or 'unknown'}", "--tag", IMAGE, PROJECT)
