"""What the dashboard has to know of the alert rules: their names, and where their runbooks are."""

from functools import cache
from pathlib import Path

import yaml

PREFIX = "ImmichBackup"
RULES = Path(__file__).resolve().parents[2] / "alert_rules" / "immich-backup.rules.yml"


@cache
def runbooks() -> dict[str, str]:
    """The address of each alert's runbook, by the name of the alert without its prefix."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {
        rule["alert"].removeprefix(PREFIX): rule["annotations"]["runbook_url"]
        for group in groups
        for rule in group["rules"]
    }


def name(short: str) -> str:
    """The whole name of an alert. Raises ``KeyError`` where there is no such rule, so that the build fails with it."""
    runbooks()[short]
    return PREFIX + short


def runbook(short: str) -> str:
    """The address of the runbook of an alert."""
    return runbooks()[short]


def runbook_of(variable: str) -> str:
    """The address of the runbook of the alert whose whole name Grafana puts in the place of ``variable``."""
    (base,) = {url.removesuffix(f"{PREFIX}{short}.md") for short, url in runbooks().items()}
    return f"{base}{variable}.md"
