"""The committed file is what the script writes, and what Grafana takes from a file."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from immich_backup_exporter.cli import run
from immich_backup_exporter.metrics.catalog import CATALOG
from support.board import board, panels
from support.tools import PROJECT

BUILD = [sys.executable, str(PROJECT / "grafana" / "build.py")]
RULES = PROJECT / "alert_rules" / "immich-backup.rules.yml"
METRIC = re.compile(r"\b(?:immich_backup_\w+|process_\w+)")
RUNBOOK = re.compile(r"/docs/runbooks/(\w+)\.md$")


def texts(value: object) -> Iterator[str]:
    """Every string in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def test_the_file_is_what_the_script_writes() -> None:
    checked = subprocess.run([*BUILD, "--check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_agent_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dashboard"]) == 0
    assert capsys.readouterr().out == (PROJECT / "grafana" / "immich-backup.json").read_text(encoding="utf-8")


def test_it_is_of_the_model_that_files_are_provisioned_with() -> None:
    assert board()["schemaVersion"] == 42
    assert (board()["uid"], board()["title"]) == ("immich-backup", "Immich backup")
    assert {"elements", "layout", "spec"} & set(board()) == set()


def test_every_metric_is_in_the_catalogue_or_every_programs_own() -> None:
    named = {name for text in texts(board()) for name in METRIC.findall(text)}
    others = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"}
    assert named - {metric.full_name for metric in CATALOG} == others


def test_every_runbook_that_is_linked_is_that_of_a_rule() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    known = {rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"]}
    linked = {text for text in texts(board()) if RUNBOOK.search(text)}
    assert len(linked) > 20
    assert linked <= known


def test_a_firing_alert_links_to_its_runbook() -> None:
    (firing,) = [panel for panel in panels() if panel["title"] == "What is firing"]
    links = {
        override["matcher"]["options"]: each["value"][0]["url"].rpartition("/")[2]
        for override in firing["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "links"
    }
    assert links == {
        "CRITICAL": "${__field.labels.alertname}.md",
        "WARNING": "${__field.labels.alertname}.md",
        "INFO": "${__field.labels.alertname}.md",
        "GONE": "ImmichBackupExporterDown.md",
    }


def test_alerts_are_marked_in_what_is_drawn() -> None:
    (alerts,) = board()["annotations"]["list"]
    assert alerts["enable"] is True
    assert alerts["expr"].startswith('ALERTS{alertname=~"ImmichBackup.+", alertstate="firing"')


def test_it_shows_a_month_and_asks_no_faster_than_data_changes() -> None:
    assert board()["time"] == {"from": "now-30d", "to": "now"}
    assert board()["refresh"] == "5m"


def test_no_value_that_is_not_there_looks_well() -> None:
    well = [
        panel["title"]
        for panel in panels()
        if panel["type"] in ("stat", "state-timeline")
        and panel["fieldConfig"]["defaults"]["thresholds"]["steps"] != [{"color": "purple", "value": None}]
    ]
    assert well == []
