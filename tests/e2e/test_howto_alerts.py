"""The pages about Prometheus, Alertmanager and pauses, followed with the real programs: from nothing to an alert.

Nothing in their blocks is changed but paths, ports and the two intervals, which are a second here.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from support import pages
from support.agent import Agent
from support.alerting import Inbox, alertmanager, ask, prometheus
from support.repositories import PASSWORD, prepared_repository
from support.tools import PROJECT, free_port, tool
from support.waiting import PATIENCE_SECONDS, eventually

HOW_TO = PROJECT / "docs" / "how-to"
EXAMPLES = PROJECT / "contrib"


class Chain(NamedTuple):
    """An exporter, a Prometheus and an Alertmanager, set up by what the pages say."""

    folder: Path
    places: dict[str, str]
    inbox: Inbox

    def sh(self, script: str) -> subprocess.CompletedProcess[str]:
        """As somebody types it, with this machine's places."""
        return run(self.folder, self.here(script))

    def here(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self.places)), lambda found: self.places[found[0]], text)


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def commands(page: str, mark: str) -> str:
    """The one block of commands that says `mark`."""
    (found,) = [block for block in pages.blocks(HOW_TO / f"{page}.md", "sh") if mark in block]
    return found


def whole_configuration() -> str:
    (found,) = [block for block in pages.blocks(HOW_TO / "prometheus.md", "yaml") if "scrape_configs" in block]
    return found


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("chain")
    programs = folder / "bin"
    programs.mkdir()
    for name, real in (("promtool", "promtool-3"), ("amtool", "amtool")):
        (programs / name).symlink_to(tool(real))
    exporter = programs / "immich-backup-exporter"
    exporter.write_text(
        f'#!/bin/sh\nPYTHONPATH={PROJECT}/exporter exec {sys.executable} -m immich_backup_exporter "$@"\n'
    )
    exporter.chmod(0o755)
    no_systemd = programs / "journalctl"
    no_systemd.write_text('#!/bin/sh\necho "$0 $*"\n')
    no_systemd.chmod(0o755)
    nas = {"repository": str(prepared_repository(folder)), "password": PASSWORD, "inspect": {"enabled": False}}
    with Agent(folder, {"repositories": {"nas": nas}}) as agent, Inbox() as inbox:
        places = {
            "/etc/prometheus": str(folder),
            "/etc/alertmanager": str(folder),
            "localhost:10321": agent.url.removeprefix("http://"),
            "localhost:9090": f"127.0.0.1:{free_port()}",
            "interval: 1m": "interval: 1s",
            "-o alertmanager ": "",
            "chown alertmanager ": "true ",
            "https://hc-ping.com/YOUR-UUID": f"{inbox.url}/heartbeat",
            "https://ntfy.example.org": f"{inbox.url}/ntfy",
            "https://chat.example.org": f"{inbox.url}/chat",
            "mail.example.org:587": inbox.smarthost,
        }
        chain = Chain(folder, places, inbox)
        set_up_alertmanager(chain)
        with alertmanager(folder, folder / "alertmanager.yml") as url:
            places["localhost:9093"] = url.removeprefix("http://")
            set_up_prometheus(chain)
            with prometheus(folder, folder / "prometheus.yml", f"http://{places['localhost:9090']}"):
                yield chain


def set_up_alertmanager(chain: Chain) -> None:
    made = chain.sh(commands("alertmanager", "install -d"))
    assert (made.returncode, made.stderr) == (0, "")
    config = yaml.safe_load(chain.here((EXAMPLES / "alertmanager/alertmanager.yml").read_text()))
    config["global"] = {
        "smtp_smarthost": chain.inbox.smarthost,
        "smtp_from": "a@example.org",
        "smtp_require_tls": False,
    }
    (chain.folder / "alertmanager.yml").write_text(yaml.safe_dump(config))


def set_up_prometheus(chain: Chain) -> None:
    made = chain.sh(commands("prometheus", "immich-backup-exporter rules"))
    assert (made.returncode, made.stderr) == (0, "")
    (chain.folder / "prometheus.yml").write_text(chain.here(whole_configuration()))


# --- Prometheus


def test_the_page_shows_the_configuration_that_lies_in_contrib() -> None:
    assert yaml.safe_load(whole_configuration()) == yaml.safe_load((EXAMPLES / "prometheus/prometheus.yml").read_text())


def test_the_configuration_is_checked_and_read_again(chain: Chain) -> None:
    ran = chain.sh(commands("prometheus", "promtool check config"))
    assert ran.returncode == 0, ran.stderr
    assert " rules found" in ran.stdout


def test_the_exporter_and_the_watchdog_show_and_the_heartbeat_goes_out(chain: Chain) -> None:
    look = commands("prometheus", "promtool query instant")
    pattern = r'immich_backup_exporter_build_info\{instance="127\.0\.0\.1:\d+"[\s\S]*ImmichBackupWatchdog'
    seen = eventually(lambda: re.search(pattern, (ran := chain.sh(look)).stdout) and ran)
    alerts = set(re.findall(r"ImmichBackup\w+", seen.stdout)) - {"ImmichBackupExporterDown"}  # before the first scrape
    assert alerts <= {"ImmichBackupWatchdog", "ImmichBackupStale"}  # the snapshots of tests are of last March
    assert eventually(lambda: chain.inbox.at("/heartbeat"))[0].body["status"] == "firing"


def test_the_test_of_the_chain_reaches_the_receiver(chain: Chain) -> None:
    ran = chain.sh(commands("prometheus", "alert add"))
    assert (ran.returncode, ran.stderr) == (0, "")
    arrived = eventually(lambda: chain.inbox.at("/ntfy/YOUR-TOPIC?template=alertmanager&priority=urgent"))
    assert arrived[0].summaries == ["A test: this should reach your phone."]


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_parts_for_several_installations_fit_into_the_configuration(tmp_path: Path, version: str) -> None:
    several, pair = [
        yaml.safe_load(block)
        for block in pages.blocks(HOW_TO / "prometheus.md", "yaml")
        if "scrape_configs" not in block
    ]
    config = yaml.safe_load(whole_configuration())
    config["scrape_configs"][0] |= several
    config["global"] |= pair["global"]
    config["alerting"] |= pair["alerting"]
    config["rule_files"] = []
    path = tmp_path / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    command = [tool(f"promtool-{version}"), "check", "config", path]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# --- Alertmanager


def test_the_secrets_are_their_owners_alone(chain: Chain) -> None:
    secrets = chain.folder / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {
        "heartbeat_url": 0o600,
        "ntfy_url": 0o600,
        "ntfy_token": 0o600,
        "webhook_url": 0o600,
        "smtp_password": 0o600,
    }


def test_the_routes_are_shown_as_the_page_says(chain: Chain) -> None:
    ran = chain.sh(commands("alertmanager", "amtool check-config"))
    assert ran.returncode == 0, ran.stderr
    assert "\nurgent\n" in ran.stdout


def test_a_silence_is_made(chain: Chain) -> None:
    ran = chain.sh(commands("alertmanager", "silence add"))
    assert (ran.returncode, ran.stderr) == (0, "")
    (silence,) = ask(f"http://{chain.places['localhost:9093']}/api/v2/silences")
    assert {matcher["name"]: matcher["value"] for matcher in silence["matchers"]} == {
        "alertname": "ImmichBackupRepositoryUnreachable",
        "repository": "nas",
    }


def test_what_the_runbook_of_the_watchdog_asks_is_answered(chain: Chain) -> None:
    (script,) = pages.blocks(PROJECT / "docs/runbooks/ImmichBackupWatchdog.md", "sh")
    ran = eventually(lambda: (ran := chain.sh(script)).returncode == 0 and ran)
    assert ran.stdout.count("ImmichBackupWatchdog") >= 2


# --- pauses


def test_the_pause_of_the_page_is_accepted_and_exported(tmp_path: Path) -> None:
    (block,) = pages.blocks(HOW_TO / "pause.md", "yaml")
    soon = datetime.now(UTC) + timedelta(days=20)
    config = yaml.safe_load(block.replace("2026-12-24", f"{soon:%Y-%m-%d}"))
    config["repositories"]["nas"] |= {"repository": str(prepared_repository(tmp_path)), "password": PASSWORD}
    config["immich"]["upload_location"] = str(shutil.copytree(HOW_TO, tmp_path / "immich"))
    with Agent(tmp_path, config) as agent:
        scrape = agent.scrape()
    midnight = soon.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    assert scrape("plan_paused_until_timestamp_seconds", repository="nas") == midnight + 17 * 3600
    day = 86400
    assert abs((scrape("dump_paused_until_timestamp_seconds") or 0) - midnight) < day
    assert abs((scrape("job_paused_until_timestamp_seconds", job_name="nightly") or 0) - midnight) < day
