"""The recording rules that keep a dashboard of restic-exporter's alive, in promtool's own format."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from immich_backup_exporter.metrics import catalog
from support.tools import PROJECT, tool

RULES = PROJECT / "contrib" / "prometheus" / "restic-exporter-names.rules.yml"
PAGE = PROJECT / "docs" / "how-to" / "move-from-restic-exporter.md"


def recorded() -> list[str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule["record"] for group in groups for rule in group["rules"] if rule["record"].startswith("restic_")]


@pytest.mark.parametrize("version", ["promtool-2", "promtool-3"])
def test_each_old_name_has_its_value_and_the_labels_of_the_newest_snapshot(version: str) -> None:
    tested = subprocess.run(
        [tool(version), "test", "rules", str(Path(__file__).with_name("restic-exporter-names.test.yml"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_rule_is_tested() -> None:
    tests = Path(__file__).with_name("restic-exporter-names.test.yml").read_text()
    assert [name for name in recorded() if f"{name}" not in tests] == []


def test_the_page_tells_of_every_rule_and_of_names_that_exist() -> None:
    page = PAGE.read_text()
    assert [name for name in recorded() if f"`{name}`" not in page] == []
    known = {metric.name for metric in catalog.CATALOG}
    assert set(re.findall(r"`immich_backup_(\w+)[`{]", page)) - known == set()
