"""From a backup that is missed to the page, and from the mend to its end: the agent, Prometheus, Alertmanager."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import wrapped
from support.agent import Agent
from support.alerting import Inbox, alertmanager, prometheus
from support.repositories import PASSWORD, backup, make_library, make_repository
from support.truth.promtool import RULES
from support.waiting import eventually

RUNBOOKS = "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"


def agent_config(tmp_path: Path) -> dict[str, object]:
    return {
        "immich": {"upload_location": str(tmp_path / "library"), "dump": {"enabled": False}},
        "jobs": {"tidy": {"kind": "forget", "repository": "nas"}},
        "repositories": {
            "nas": {
                "repository": str(tmp_path / "nas"),
                "password": PASSWORD,
                "poll_interval": "1s",
                "inspect": {"enabled": False},  # the library of these backups is none of Immich's
                "plans": {"nightly": {"tags": ["nightly"]}, "weekly": {"tags": ["weekly"], "max_age": "8d"}},
            }
        },
    }


def alertmanager_config(tmp_path: Path, inbox: Inbox) -> Path:
    """Everything goes to one webhook, each alert by itself and at once."""
    file = tmp_path / "alertmanager.yml"
    route = {"receiver": "page", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
    receiver = {"name": "page", "webhook_configs": [{"url": f"{inbox.url}/page"}]}
    file.write_text(yaml.safe_dump({"route": route, "receivers": [receiver]}))
    return file


def prometheus_config(tmp_path: Path, agent: str, alertmanager: str) -> Path:
    """The shipped rules with everything that waits shortened, evaluated every second."""
    rules = tmp_path / "short.rules.yml"
    rules.write_text(re.sub(r"(keep_firing_for|for): \d+m", r"\1: 2s", RULES.read_text()))
    file = tmp_path / "prometheus.yml"
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "immich-backup", "static_configs": [_targets(agent)]}],
        "alerting": {"alertmanagers": [{"static_configs": [_targets(alertmanager)]}]},
    }
    file.write_text(yaml.safe_dump(config))
    return file


def _targets(url: str) -> dict[str, list[str]]:
    return {"targets": [url.removeprefix("http://")]}


def page(inbox: Inbox, name: str, severity: str, status: str) -> Callable[[], Mapping[str, Any] | None]:
    """The first of these that the webhook got."""

    def look() -> Mapping[str, Any] | None:
        for post in inbox.at("/page"):
            for alert in post.body["alerts"]:
                labels = alert["labels"]
                if (labels["alertname"], labels["severity"], alert["status"]) == (name, severity, status):
                    return dict(alert)
        return None

    return look


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_page_of_each_severity_arrives_and_is_resolved(tmp_path: Path, version: str) -> None:
    library, repository = make_library(tmp_path / "library"), make_repository(tmp_path / "nas")
    now = datetime.now(UTC)
    backup(repository, library, time=now - timedelta(hours=60), tags=["nightly"])
    backup(repository, library, time=now - timedelta(days=9), tags=["weekly"])
    with (
        Inbox() as inbox,
        Agent(tmp_path, agent_config(tmp_path)) as agent,
        alertmanager(tmp_path, alertmanager_config(tmp_path, inbox)) as manager,
        prometheus(tmp_path, prometheus_config(tmp_path, agent.url, manager), version=version),
    ):
        spool = agent.state_dir / "spool"
        assert wrapped.run(spool, "sh", "-c", "exit 143", job="tidy").returncode == 143
        critical = eventually(page(inbox, "ImmichBackupStale", "critical", "firing"))
        assert critical["labels"]["plan"] == "nightly"
        assert critical["annotations"]["summary"] == "The newest backup of nightly in nas is far too old."
        assert " began 2d 12h ago, " in critical["annotations"]["description"]
        assert critical["annotations"]["runbook_url"] == f"{RUNBOOKS}ImmichBackupStale.md"
        warning = eventually(page(inbox, "ImmichBackupStale", "warning", "firing"))
        assert warning["labels"]["plan"] == "weekly"
        assert warning["annotations"]["summary"] == "A backup of weekly into nas was missed."
        info = eventually(page(inbox, "ImmichBackupJobInterrupted", "info", "firing"))
        assert info["annotations"]["summary"] == "The job tidy was interrupted."
        backup(repository, library, tags=["nightly"])
        backup(repository, library, tags=["weekly"])
        assert wrapped.run(spool, "true", job="tidy").returncode == 0
        eventually(page(inbox, "ImmichBackupStale", "critical", "resolved"))
        eventually(page(inbox, "ImmichBackupStale", "warning", "resolved"))
        eventually(page(inbox, "ImmichBackupJobInterrupted", "info", "resolved"))
        told = {alert["labels"]["alertname"] for post in inbox.at("/page") for alert in post.body["alerts"]}
        # A test's library and repository share one disk, which is true and no part of this.
        always = {"ImmichBackupWatchdog", "ImmichBackupNotIndependent"}
        assert told - always == {"ImmichBackupJobInterrupted", "ImmichBackupStale"}
