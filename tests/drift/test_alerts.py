"""The alert rules, their tests, their runbooks and the pages say the same, and both promtools accept them."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from immich_backup_exporter.metrics.catalog import CATALOG, Kind
from support.tools import PROJECT, tool

RULE_FILE = PROJECT / "alert_rules" / "immich-backup.rules.yml"
TEST_FILE = PROJECT / "alert_rules" / "immich-backup.test.yml"
RUNBOOKS = PROJECT / "docs" / "runbooks"
RUNBOOK_URL = "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"
SECTIONS = [
    "What it means",
    "How bad it is for the photos",
    "Find out",
    "Fix it",
    "Prevent it",
]
METRIC = re.compile(r"\bimmich_backup_(?!exporter\b)[a-z0-9_]*[a-z0-9]\b")
ARITHMETIC_ON = re.compile(r"([-+*/%^<>=]|\bbool)\s*on\s*\(")
ROW = re.compile(r"(?m)^\| \[(ImmichBackup\w+)\]\((\S+)\) \| ([a-z, ]+) \| \S.*\. \|$")

Rule = dict[str, Any]


def rules() -> list[Rule]:
    groups = yaml.safe_load(RULE_FILE.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def promtool(version: str, *arguments: str) -> tuple[int, str]:
    ran = subprocess.run(
        [tool(f"promtool-{version}"), *arguments],
        cwd=RULE_FILE.parent,
        env={"GOGC": "1600"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def those(condition: Callable[[Rule], object]) -> list[str]:
    """The alerts of which it holds; what all of them must be, none may fail to be."""
    return [rule["alert"] for rule in rules() if condition(rule)]


# --- the rules


@pytest.mark.parametrize("version", ["2", "3"])
def test_promtool_finds_nothing_to_say_about_the_rules(version: str) -> None:
    code, said = promtool(version, "check", "rules", "--lint=all", "--lint-fatal", RULE_FILE.name)
    assert code == 0, said


@pytest.mark.parametrize("version", ["2", "3"])
def test_every_rule_behaves_as_the_unit_tests_beside_it_say(version: str) -> None:
    code, said = promtool(version, "test", "rules", TEST_FILE.name)
    assert code == 0, said


def test_every_alert_has_what_a_person_needs() -> None:
    assert those(lambda rule: not re.fullmatch("ImmichBackup[A-Z][A-Za-z]+", rule["alert"])) == []
    assert those(lambda rule: rule["labels"].keys() != {"severity"}) == []
    assert those(lambda rule: rule["annotations"].keys() != {"summary", "description", "runbook_url"}) == []
    assert those(lambda rule: not all(rule["annotations"].values())) == []
    assert those(lambda rule: rule["annotations"]["runbook_url"] != f"{RUNBOOK_URL}{rule['alert']}.md") == []


def test_only_the_watchdog_has_no_severity() -> None:
    with_one = {"critical", "warning", "info"}
    assert those(lambda rule: rule["labels"]["severity"] not in with_one) == ["ImmichBackupWatchdog"]


def test_two_rules_share_a_name_only_with_different_severities() -> None:
    names = [(rule["alert"], rule["labels"]["severity"]) for rule in rules()]
    assert len(set(names)) == len(names)


def test_no_alert_waits_long_and_every_critical_one_outlives_a_missed_scrape() -> None:
    critical = [rule for rule in rules() if rule["labels"]["severity"] == "critical"]
    assert those(lambda rule: rule.get("for", "0m") not in ("0m", "5m", "10m", "15m")) == []
    assert {rule["keep_firing_for"] for rule in critical} == {"15m"}
    assert those(lambda rule: "keep_firing_for" not in rule) == ["ImmichBackupWatchdog"]


def test_no_rule_joins_the_series_of_two_installations() -> None:
    """`on` forgets every label that it does not name, a cluster's too: it may say what is there, never compute."""
    assert those(lambda rule: ARITHMETIC_ON.search(rule["expr"])) == []
    assert those(lambda rule: re.search(r"\bon\s*\(", rule["expr"])) == ["ImmichBackupExporterDown"]


@pytest.mark.parametrize("expression", ["a - on (job) b", "a >= on() b", "a == bool on(job) group_left () b"])
def test_a_join_by_on_is_told_from_a_set_by_on(expression: str) -> None:
    assert ARITHMETIC_ON.search(expression)
    assert not ARITHMETIC_ON.search("a unless on (job) b and on () c")


def test_every_metric_in_a_rule_is_in_the_catalogue() -> None:
    known = {metric.full_name for metric in CATALOG}
    named = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    assert named - known == set()
    assert named & {metric.full_name for metric in CATALOG if metric.kind is Kind.INFO} == {
        "immich_backup_exporter_build_info",
        "immich_backup_job_info",
    }


def test_every_word_in_a_text_comes_from_a_label_that_the_alert_has() -> None:
    """`promtool test rules` compares the texts; this says which labels they may use, so that none is ever empty."""
    used = {name for rule in rules() for name in re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))}
    assert used == {"folder", "instance", "job", "job_name", "plan", "reason", "repository", "scope"}


# --- their tests


def test_every_alert_is_seen_firing_and_silent_in_the_unit_tests() -> None:
    cases = [
        case for test in yaml.safe_load(TEST_FILE.read_text())["tests"] for case in test.get("alert_rule_test", [])
    ]
    names = {rule["alert"] for rule in rules()}
    fires = {
        (case["alertname"], alert["exp_labels"]["severity"]) for case in cases for alert in case.get("exp_alerts", [])
    }
    assert fires == {(rule["alert"], rule["labels"]["severity"]) for rule in rules()}
    silent = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    assert names - silent == {"ImmichBackupWatchdog"}


# --- the pages


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    names = {rule["alert"] for rule in rules()}
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == names | {"index"}


def test_every_runbook_has_the_same_sections_in_the_same_order() -> None:
    pages = {page.stem: page.read_text() for page in RUNBOOKS.glob("ImmichBackup*.md")}
    assert {name: re.findall(r"(?m)^# (ImmichBackup\w+)$", text) for name, text in pages.items()} == {
        name: [name] for name in pages
    }
    assert {name: re.findall(r"(?m)^## (.+)$", text) for name, text in pages.items()} == dict.fromkeys(pages, SECTIONS)


def test_every_runbook_says_its_alerts_severities_in_its_first_line() -> None:
    told: dict[str, set[str]] = {}
    for page in RUNBOOKS.glob("ImmichBackup*.md"):
        first = page.read_text().splitlines()[2].lower()
        told[page.stem] = {word for word in ("critical", "warning", "info") if word in first} or {"none"}
    assert told == severities()


def test_the_index_lists_every_runbook_with_its_severities() -> None:
    rows = ROW.findall((RUNBOOKS / "index.md").read_text())
    assert [(name, page) for name, page, _ in rows] == [(name, f"{name}.md") for name in severities()]
    assert {name: set(listed.split(", ")) for name, _, listed in rows} == severities()


def severities() -> dict[str, set[str]]:
    """Those of each alert, in the order of the rule file."""
    found: dict[str, set[str]] = {}
    for rule in rules():
        found.setdefault(rule["alert"], set()).add(rule["labels"]["severity"])
    return found


# --- what is shipped


def test_rules_prints_the_file() -> None:
    command = [sys.executable, "-m", "immich_backup_exporter", "rules"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert printed == RULE_FILE.read_bytes()


def test_an_installed_wheel_prints_the_same_rules(tmp_path: Path) -> None:
    """As `pip install` would leave it: nothing of the checkout is on the path but the dependencies."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(PROJECT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    printed = subprocess.run(
        [sys.executable, "-P", "-m", "immich_backup_exporter", "rules"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "installed")},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    assert printed == RULE_FILE.read_bytes()
    assert (tmp_path / "installed/immich_backup_exporter/shipped/alert_rules/immich-backup.rules.yml").is_file()
