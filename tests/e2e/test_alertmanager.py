"""The Alertmanager example routes, mutes and repeats as it says: by amtool, and once in the real Alertmanager."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from support.alerting import Inbox, alertmanager, ask, fire
from support.tools import PROJECT, tool
from support.waiting import eventually

EXAMPLE = PROJECT / "contrib" / "alertmanager" / "alertmanager.yml"
PROMETHEUS = PROJECT / "contrib" / "prometheus" / "prometheus.yml"
STALE = {"alertname": "ImmichBackupStale", "instance": "photos:10321", "repository": "nas", "plan": "immich"}


def test_amtool_accepts_the_example() -> None:
    checked = subprocess.run([tool("amtool"), "check-config", EXAMPLE], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("receiver", "labels"),
    [
        ("heartbeat", "alertname=ImmichBackupWatchdog severity=none"),
        ("urgent", "alertname=ImmichBackupStale severity=critical repository=nas"),
        ("urgent", "alertname=ImmichBackupExporterDown severity=critical"),
        ("mail", "alertname=ImmichBackupStale severity=warning repository=nas"),
        ("mail-without-end", "alertname=ImmichBackupNoOffsiteCopy severity=info"),
        ("mail", "alertname=ImmichBackupOfALaterVersion severity=page"),
        ("mail", "alertname=SomethingElse severity=critical"),
        ("mail", "alertname=Watchdog severity=none"),
    ],
)
def test_each_alert_goes_to_its_receiver(receiver: str, labels: str) -> None:
    command = [tool("amtool"), "config", "routes", "test", "--config.file", EXAMPLE, "--verify.receivers", receiver]
    tested = subprocess.run([*command, *labels.split()], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_no_secret_stands_in_the_example() -> None:
    text = EXAMPLE.read_text()
    assert re.findall(r"(?m)^ *-? *(\w*(?:url|password|token|credentials)): ", text) == []
    hosts = set(re.findall(r"[\w.-]+\.(?:org|com|net|de)\b", text))
    assert hosts == {"mail.example.org", "example.org", "ntfy.example.org", "hc-ping.com"}


@pytest.mark.parametrize("version", ["2", "3"])
def test_promtool_accepts_the_configuration_for_prometheus(version: str, tmp_path: Path) -> None:
    rules = tmp_path / "immich-backup.rules.yml"
    rules.write_bytes((PROJECT / "alert_rules" / "immich-backup.rules.yml").read_bytes())
    config = tmp_path / "prometheus.yml"
    config.write_text(PROMETHEUS.read_text().replace("/etc/prometheus/immich-backup.rules.yml", str(rules)))
    command = [tool(f"promtool-{version}"), "check", "config", "--lint=all", "--lint-fatal", config]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# --- in the real Alertmanager


class Running(NamedTuple):
    url: str
    inbox: Inbox


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example with the times shortened, its secrets in files, its mail server here; nothing else is changed."""
    folder = tmp_path_factory.mktemp("alertmanager")
    with Inbox() as inbox:
        secrets = {
            "heartbeat_url": f"{inbox.url}/heartbeat",
            "ntfy_url": f"{inbox.url}/ntfy?template=alertmanager&priority=urgent",
            "ntfy_token": "tk_hunter2",
            "webhook_url": f"{inbox.url}/webhook",
        }
        for name, secret in secrets.items():
            (folder / name).write_text(f"{secret}\n")
        config = yaml.safe_load(EXAMPLE.read_text().replace("/etc/alertmanager/secrets", str(folder)))
        shorten(config["route"])
        config["global"] = {"smtp_smarthost": inbox.smarthost, "smtp_from": "a@example.org", "smtp_require_tls": False}
        path = folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(config))
        with alertmanager(folder, path) as url:
            yield Running(url, inbox)


def shorten(route: dict[str, Any]) -> None:
    """Five minutes become a second, what is longer becomes a minute, so that it does not come again here."""
    quick = {"0s": "1ms", "30s": "1s", "1m": "200ms", "5m": "1s", "10m": "1s", "1h": "1s"}
    for key in ("group_wait", "group_interval", "repeat_interval"):
        if key in route:
            route[key] = quick.get(route[key], "1m")
    for child in route.get("routes", []):
        shorten(child)


def test_the_heartbeat_repeats_for_as_long_as_the_watchdog_fires(running: Running) -> None:
    fire(running.url, {"alertname": "ImmichBackupWatchdog", "severity": "none"})
    heartbeats = eventually(lambda: running.inbox.at("/heartbeat")[2:] and running.inbox.at("/heartbeat"))
    assert {post.body["status"] for post in heartbeats} == {"firing"}


def test_a_critical_alert_arrives_everywhere_with_what_a_person_needs(running: Running) -> None:
    told = {"summary": "The newest backup of photos in nas is 3d old.", "runbook_url": "https://example.org/Stale.md"}
    fire(running.url, {**STALE, "plan": "photos", "severity": "critical"}, annotations=told)
    subject = f"Backup alarm: {told['summary']}"
    (mail,) = eventually(lambda: [mail for mail in running.inbox.mails if str(mail["Subject"]) == subject])
    assert "https://example.org/Stale.md" in str(mail.get_body(("html",)))
    ntfy = "/ntfy?template=alertmanager&priority=urgent"
    (push,) = eventually(lambda: [post for post in running.inbox.at(ntfy) if post.summaries == [told["summary"]]])
    assert push.authorization == "Bearer tk_hunter2"
    assert push.body["alerts"][0]["annotations"] == told
    (hook,) = eventually(lambda: [post for post in running.inbox.at("/webhook") if post.summaries == [told["summary"]]])
    assert hook.authorization is None


def test_a_critical_alert_mutes_the_warning_of_the_same_name_and_subject(running: Running) -> None:
    other_plan = {**STALE, "plan": "database"}
    fire(running.url, {**STALE, "severity": "critical"})
    fire(running.url, {**STALE, "severity": "warning"}, {**other_plan, "severity": "warning"})
    assert states(running.url, "ImmichBackupStale", "warning") == {"immich": "suppressed", "database": "active"}
    assert states(running.url, "ImmichBackupStale", "critical")["immich"] == "active"


def test_labels_that_both_lack_are_equal(running: Running) -> None:
    """Alerts about the dumps have neither repository nor plan."""
    fire(running.url, {"alertname": "ImmichBackupDumpStale", "instance": "photos:10321", "severity": "critical"})
    fire(running.url, {"alertname": "ImmichBackupDumpStale", "instance": "photos:10321", "severity": "warning"})
    assert states(running.url, "ImmichBackupDumpStale", "warning") == {"": "suppressed"}


def states(url: str, name: str, severity: str) -> dict[str, str]:
    """Of each plan, once Alertmanager has looked at all of them."""

    def look() -> dict[str, str] | None:
        query = f"{url}/api/v2/alerts?filter=alertname%3D{name}&filter=severity%3D{severity}"
        found = {alert["labels"].get("plan", ""): alert["status"]["state"] for alert in ask(query) or []}
        return found if found and "unprocessed" not in found.values() else None

    return eventually(look)
