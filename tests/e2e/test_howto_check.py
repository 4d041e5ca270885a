"""The page about `check` without a Prometheus: its lines for cron and its scripts, in cron's bare environment.

Nothing in them is changed but paths and addresses; curl is the real one.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from support import pages
from support.agent import Agent
from support.repositories import PASSWORD, backup, make_library, make_repository
from support.tools import PROJECT
from support.waiting import PATIENCE_SECONDS

PAGE = PROJECT / "docs" / "how-to" / "check.md"
CRON = {"HOME": "/root", "LOGNAME": "root", "SHELL": "/bin/sh"}
"""What cron gives to a command of /etc/cron.d, beside the variables that stand in the file."""
LATE = "The newest complete backup is"


class Service:
    """Takes what curl sends, as healthchecks and ntfy do."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str | None]] = []
        service = self

        class Web(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                service.got.append((self.path, body, self.headers["Title"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Service":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Host(NamedTuple):
    """A machine whose agent has looked at everything once, with the program where the page says that it is."""

    places: dict[str, str]

    def here(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self.places)), lambda found: self.places[found[0]], text)

    def cron(self, mark: str) -> subprocess.CompletedProcess[str]:
        """Runs the one command of the page's file for cron that says `mark`, as cron does."""
        lines = self.here(block(mark)).splitlines()
        variables = dict(line.split("=", 1) for line in lines if line.startswith(("PATH=", "MAILTO=")))
        (command,) = [line.split(maxsplit=6)[6] for line in lines if line[0].isdigit()]
        return self.sh(command, CRON | {"PATH": "/usr/bin:/bin"} | variables)

    def script(self, mark: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Runs the page's script that says `mark` by the page's line for cron."""
        script = folder / "immich-backup-check"
        script.write_text(self.here(block(mark)))
        script.chmod(0o755)
        host = Host(self.places | {"/usr/local/bin/immich-backup-check": str(script)})
        return host.cron("/usr/local/bin/immich-backup-check > /dev/null")

    @staticmethod
    def sh(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", command],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


def block(mark: str) -> str:
    (found,) = [text for text in pages.blocks(PAGE, "sh") if mark in text]
    return found


def host(folder: Path, backup_age: timedelta) -> Host:
    """With one backup of that age, which the agent has seen before it ended."""
    library, repository = make_library(folder / "library"), make_repository(folder / "nas")
    backup(repository, library, time=datetime.now(UTC) - backup_age)
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "immich-backup-exporter"
    paths = os.pathsep.join(path for path in sys.path if path)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={paths} exec {sys.executable} -m immich_backup_exporter "$@"\n')
    program.chmod(0o755)
    nas = {"repository": str(repository), "password": PASSWORD, "inspect": {"enabled": False}}
    config = {
        "immich": {"upload_location": str(library), "dump": {"enabled": False}},
        "repositories": {"nas": nas},
        "state_dir": str(folder / "state"),
    }
    with Agent(folder, config) as agent:
        agent.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
    return Host(
        {
            "/opt/immich-backup-exporter/bin": str(programs),
            "/etc/immich-backup-exporter/config.yaml": str(folder / "config.yaml"),
        }
    )


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return host(tmp_path_factory.mktemp("late"), timedelta(days=4))


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return host(tmp_path_factory.mktemp("well"), timedelta(hours=1))


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def with_service(host: Host, service: Service) -> Host:
    return Host(host.places | {"https://hc-ping.com": service.url, "https://ntfy.sh": service.url})


def test_the_line_for_cron_prints_what_is_wrong_and_keeps_the_exit_code(late: Host) -> None:
    ran = late.cron("MAILTO=")
    assert (ran.returncode, ran.stderr) == (2, "")
    assert LATE in ran.stdout


def test_the_line_for_cron_is_silent_while_all_is_well(well: Host) -> None:
    ran = well.cron("MAILTO=")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_program_that_is_not_there_is_an_error_of_the_line(late: Host, tmp_path: Path) -> None:
    ran = Host(late.places | {"/opt/immich-backup-exporter/bin": str(tmp_path)}).cron("MAILTO=")
    assert ran.returncode == 127
    assert "not found" in ran.stderr


def test_the_line_without_an_agent_looks_by_itself(late: Host) -> None:
    ran = late.cron("check --fresh")
    assert (ran.returncode, ran.stderr) == (2, "")
    assert LATE in ran.stdout


def test_ntfy_gets_what_is_wrong(late: Host, service: Service, tmp_path: Path) -> None:
    ran = with_service(late, service).script("to an ntfy topic", tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "")
    ((path, body, title),) = service.got
    assert (path, title) == ("/YOUR-TOPIC", "Immich backup")
    assert LATE in body


def test_ntfy_gets_nothing_while_all_is_well(well: Host, service: Service, tmp_path: Path) -> None:
    assert with_service(well, service).script("to an ntfy topic", tmp_path).returncode == 0
    assert service.got == []


def test_healthchecks_gets_the_exit_code_and_what_is_wrong(late: Host, service: Service, tmp_path: Path) -> None:
    ran = with_service(late, service).script("tells healthchecks", tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "")
    ((path, body, _),) = service.got
    assert path == "/YOUR-UUID/2"
    assert LATE in body


def test_healthchecks_gets_a_sign_of_life_while_all_is_well(well: Host, service: Service, tmp_path: Path) -> None:
    assert with_service(well, service).script("tells healthchecks", tmp_path).returncode == 0
    assert [path for path, _, _ in service.got] == ["/YOUR-UUID/0"]
