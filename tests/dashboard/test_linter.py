"""The rules of Grafana's dashboard-linter, all 17 and without an exclusion, for a machine that has no linter."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support import board
from support.board import panels, substituted, variable
from support.tools import tool

SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
NAMED = re.compile(r"(?<![\w\"$])(?:immich_backup_\w+|process_\w+|up|ALERTS)(?![\w\"{])")
FUNCTION = re.compile(r"^(label_names|label_values|metrics|query_result)\((.+)\)$")
UNITS = {"none", "short", "s", "bytes", "percentunit", "dateTimeAsIso", "dateTimeFromNow", "bool_yes_no"}
"""Of those that Grafana knows, the ones in use."""


def expressions() -> list[str]:
    return [target["expr"] for _, target in board.targets()]


def selectors() -> Iterator[tuple[str, str]]:
    """Names and matchers of every selector of every query."""
    for expression in expressions():
        yield from SELECTOR.findall(expression)


def queried() -> list[dict[str, object]]:
    return [one for one in board.board()["templating"]["list"] if one["type"] == "query"]


def test_template_datasource_rule() -> None:
    (source,) = [one for one in board.board()["templating"]["list"] if one["type"] == "datasource"]
    assert (source["name"], source["label"], source["query"]) == ("datasource", "Data source", "prometheus")


@pytest.mark.parametrize(("name", "label"), [("job", "Job"), ("instance", "Instance")])
def test_template_job_rule_and_template_instance_rule(name: str, label: str) -> None:
    one = variable(name)
    assert one["datasource"] == {"type": "prometheus", "uid": "$datasource"}
    assert (one["type"], one["label"], one["multi"], one["allValue"]) == ("query", label, True, ".+")


@pytest.mark.parametrize(("name", "label"), [("repository", "Repository"), ("plan", "Plan")])
def test_the_other_variables_are_as_those(name: str, label: str) -> None:
    one = variable(name)
    assert one["datasource"] == {"type": "prometheus", "uid": "$datasource"}
    assert (one["type"], one["label"], one["multi"], one["allValue"]) == ("query", label, True, ".+")
    assert (one["includeAll"], one["current"]["value"]) == (True, ["$__all"])


def test_template_label_promql_rule(tmp_path: Path) -> None:
    arguments = [FUNCTION.match(str(one["query"])) for one in queried()]
    assert None not in arguments
    check(tmp_path, [re.sub(r", \w+$", "", found.group(2)) for found in arguments if found])


def test_template_on_time_change_reload() -> None:
    assert [one["name"] for one in queried() if one["refresh"] != 2] == []


def test_panel_datasource_rule() -> None:
    others = [one["title"] for one in panels() if one["datasource"] != {"type": "prometheus", "uid": "$datasource"}]
    assert others == []


def test_panel_title_description_rule() -> None:
    assert [one["id"] for one in panels() if not (one["title"] and one["description"])] == []


def test_panel_units_rule() -> None:
    units = [one["fieldConfig"]["defaults"].get("unit") for one in panels()]
    overridden = [
        each["value"]
        for one in panels()
        for override in one["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "unit"
    ]
    assert set(units) | set(overridden) <= UNITS


def test_panel_no_targets_rule() -> None:
    assert [one["title"] for one in panels() if not one["targets"]] == []


def test_target_logql_rule_and_target_logql_auto_rule() -> None:
    """There is no log in it, so there is no LogQL."""
    sources = {(target["datasource"]["type"], target["datasource"]["uid"]) for _, target in board.targets()}
    assert sources == {("prometheus", "$datasource")}


def test_target_promql_rule(tmp_path: Path) -> None:
    given = dict.fromkeys(("job", "instance", "repository", "plan"), ".+") | {"rules": "x", "__rate_interval": "5m"}
    check(tmp_path, [substituted(expression, given) for expression in expressions()])


def test_target_rate_interval_rule() -> None:
    ranges = {found for text in expressions() for found in re.findall(r"\bi?rate\([^\[\]]*\[([^\]]*)\]", text)}
    assert ranges == {"$__rate_interval"}


def test_target_job_rule_and_target_instance_rule() -> None:
    lacking = [
        (name, matchers)
        for name, matchers in selectors()
        if not {'job=~"$job"', 'instance=~"$instance"'} <= set(matchers.split(", "))
    ]
    assert lacking == []
    assert [found for expression in expressions() for found in NAMED.findall(expression)] == []


def test_target_counter_agg_rule() -> None:
    counters = re.compile(r"(\w*)\(?\s*\w+_total\{[^}]*\}(\[[^\]]*\])?")
    used = {(found[0], bool(found[1])) for text in expressions() for found in counters.findall(text)}
    assert used == {("rate", True), ("increase", True)}


def test_uneditable_dashboard_rule() -> None:
    assert board.board()["editable"] is False


def check(tmp_path: Path, queries: list[str]) -> None:
    """Both Prometheus parse them all."""
    rules = [{"record": f"q{index}", "expr": query} for index, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    for promtool in ("promtool-2", "promtool-3"):
        checked = subprocess.run(
            [tool(promtool), "check", "rules", "--lint=none", str(file)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr + checked.stdout
