"""The tutorial's commands, as they stand there but for addresses and paths. That the stack's own part of it starts:
tests/image/test_compose.py."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from support.alerting import Inbox, alertmanager
from support.repositories import PASSWORD, make_library, make_repository
from support.tools import PROJECT, tool
from support.waiting import PATIENCE_SECONDS, eventually

PAGE = (PROJECT / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"(?m)^```sh\n(.*?)^```$", PAGE, re.DOTALL)


def block(mark: str) -> str:
    (found,) = [text for text in BLOCKS if mark in text]
    return found


class Newcomer:
    """A folder like a fresh clone, with a library and a repository that is another user's."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "clone"
        self.programs = folder / "programs"
        self.programs.mkdir(parents=True)
        self.clone.mkdir()
        self.library = make_library(folder / "immich")
        self.repository = make_repository(folder / "backups")
        self.password = folder / "nas.password"
        self.password.write_text(PASSWORD)
        self.program("sudo", 'exec "$@"')

    def program(self, name: str, script: str) -> None:
        (self.programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.programs / name).chmod(0o755)

    def sh(self, script: str) -> subprocess.CompletedProcess[str]:
        places = {
            "/srv/immich": self.library,
            "/backups/immich": self.repository,
            "/etc/immich-backup-exporter/nas.password": self.password,
        }
        for place, here in places.items():
            script = script.replace(place, str(here))
        return subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.clone,
            env={"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(self.clone)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    newcomer = Newcomer(tmp_path)
    for mark in ("cat > .env", "mkdir -m 0700 secrets"):
        ran = newcomer.sh(block(mark))
        assert (ran.returncode, ran.stderr) == (0, "")
    return newcomer


def test_no_command_is_left_out_here_and_in_the_tests_of_the_image() -> None:
    here = ("cat > .env", "mkdir -m 0700 secrets", "--profile monitoring up", "amtool alert add")
    in_the_image = ("config check --probe", "demo --web.listen-address")
    only_read = ("git clone", "compose logs", "compose stop")
    assert sum(any(mark in text for mark in here + in_the_image + only_read) for text in BLOCKS) == len(BLOCKS) == 9


def test_the_env_file_says_who_owns_the_repository(newcomer: Newcomer) -> None:
    lines = dict(line.split("=", 1) for line in (newcomer.clone / ".env").read_text().splitlines())
    assert lines == {
        "UPLOAD_LOCATION": str(newcomer.library),
        "BACKUP_LOCATION": str(newcomer.repository),
        "BACKUP_PASSWORD_FILE": f"{newcomer.clone}/secrets/restic_password",
        "BACKUP_USER": f"{os.getuid()}:{os.getgid()}",
    }


def test_the_secrets_lie_where_only_their_owner_gets_in(newcomer: Newcomer) -> None:
    secrets = newcomer.clone / "secrets"
    assert oct(secrets.stat().st_mode) == "0o40700"
    assert {oct(file.stat().st_mode) for file in secrets.iterdir()} == {"0o100444"}
    assert (secrets / "restic_password").read_text() == PASSWORD
    assert len((secrets / "grafana_password").read_text().strip()) == 24
    address = (secrets / "ntfy_url").read_text()
    assert re.fullmatch(r"https://ntfy\.sh/immich-\w{10,}\?template=alertmanager\n", address)


def test_compose_takes_what_was_written(newcomer: Newcomer) -> None:
    (up,) = block("--profile monitoring up").splitlines()
    assert up.startswith("docker compose --profile monitoring up ")
    file = PROJECT / "compose.yaml"
    newcomer.program("docker", f'shift; exec {tool("docker-compose")} --file {file} --project-directory . "$@"')
    ran = newcomer.sh("docker compose --profile monitoring config --format json")
    assert ran.returncode == 0, ran.stderr
    config = json.loads(ran.stdout)
    missing = [name for name, secret in config["secrets"].items() if not Path(secret["file"]).exists()]
    assert missing == []
    assert config["services"]["immich-backup-exporter"]["user"] == f"{os.getuid()}:{os.getgid()}"


# --- the way to the phone


def test_an_alert_made_by_hand_reaches_the_phone(newcomer: Newcomer, tmp_path: Path) -> None:
    """By the Alertmanager of compose.yaml, with an address that leads to the phone, and less patience."""
    text = (PROJECT / "contrib" / "compose" / "alertmanager.yml").read_text()
    config = tmp_path / "alertmanager.yml"
    config.write_text(text.replace("/run/secrets/ntfy_url", str(tmp_path / "ntfy_url")).replace("30s", "1s"))
    newcomer.program("docker", f'shift 4; exec {tool("amtool")} "$@"')
    with Inbox() as inbox:
        (tmp_path / "ntfy_url").write_text(f"{inbox.url}/topic?template=alertmanager\n")
        with alertmanager(tmp_path, config) as url:
            ran = newcomer.sh(block("amtool alert add").replace("http://localhost:9093", url))
            assert (ran.returncode, ran.stderr) == (0, "")
            (message,) = eventually(lambda: inbox.at("/topic?template=alertmanager"))
    assert message.body["status"] == "firing"
    assert message.body["commonLabels"] == {"alertname": "ItRings", "severity": "critical"}
    assert message.summaries == ["The way to the phone is clear."]
