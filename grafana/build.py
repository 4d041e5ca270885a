"""Writes the dashboard: `immich-backup.json` beside this file, as Grafana reads it from a file.

    python grafana/build.py            writes it
    python grafana/build.py --check    says whether it is what this program would write, exit code 0 or 1

Metrics are named by way of the catalogue and alerts by way of the rule file: a name that is gone ends the build.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as d
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as dm

from board import alerts
from board.details import ROWS
from board.panels import DATA_SOURCE
from board.query import firing
from board.texts import say
from board.wall import HEIGHT, wall
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

FILE = Path(__file__).parent / "immich-backup.json"
COLUMNS = 24
PANEL_HEIGHT = 8
DESCRIPTION = Message("board.about")


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the dashboard.")
    parser.add_argument("--check", action="store_true", help="only say whether it is as it would be written")
    text = dashboard_text()
    if not parser.parse_args().check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{FILE} is not what the code says: run `make dashboard`", file=sys.stderr)
    return 1


def dashboard_text() -> str:
    """The JSON, in the same words for the same code."""
    with warnings.catch_warnings():
        # The model that files are provisioned with is the classic one; its builder recommends the next.
        warnings.simplefilter("ignore", DeprecationWarning)
        builder = d.Dashboard(say(Message("board.title")))
        built = _filled(builder).build()
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _filled(board: d.Dashboard) -> d.Dashboard:
    board = (
        board.uid("immich-backup")
        .description(say(DESCRIPTION))
        .tags(["immich", "backup", "restic"])
        .readonly()
        .time("now-30d", "now")
        .refresh("5m")
        .timezone("browser")
        .tooltip(dm.DashboardCursorSync.CROSSHAIR)
        .variables(list(_variables()))
        .annotation(_alert_annotation())
        .link(
            d.DashboardLink(say(Message("board.runbooks")))
            .type(dm.DashboardLinkType.LINK)
            .url(alerts.runbook_of("").removesuffix("/.md"))
            .icon("doc")
            .target_blank(True)
        )
    )
    number = 0
    for panel, (x, y, width, height) in wall():
        number += 1
        board = board.with_panel(panel.id(number).grid_pos(dm.GridPos(x=x, y=y, w=width, h=height)))
    y = HEIGHT
    for title, panels in ROWS:
        number += 1
        board = board.with_row(d.Row(say(title)).id(number).grid_pos(dm.GridPos(x=0, y=y, w=COLUMNS, h=1)))
        y += 1
        x = 0
        for panel, width in panels():
            if x + width > COLUMNS:
                x, y = 0, y + PANEL_HEIGHT
            number += 1
            board = board.with_panel(panel.id(number).grid_pos(dm.GridPos(x=x, y=y, w=width, h=PANEL_HEIGHT)))
            x += width
        y += PANEL_HEIGHT
    return board


def _variables() -> Iterator[d.DatasourceVariable | d.QueryVariable]:
    yield d.DatasourceVariable("datasource").label(say(Message("board.data_source"))).type("prometheus")
    exporter = c.BUILD_INFO.full_name
    chosen = 'job=~"$job", instance=~"$instance"'
    yield _choice("job", Message("board.of_job"), f"label_values({exporter}, job)")
    yield _choice("instance", Message("board.of_target"), f'label_values({exporter}{{job=~"$job"}}, instance)')
    yield _choice(
        "repository",
        Message("board.of_repository"),
        f"label_values({c.REPOSITORY_EXPECTED_SINCE.full_name}{{{chosen}}}, repository)",
    )
    yield _choice(
        "plan",
        Message("board.of_plan"),
        f'label_values({c.PLAN_EXPECTED_SINCE.full_name}{{{chosen}, repository=~"$repository"}}, plan)',
    )
    # The alert that always fires tells whether the rules are loaded; it has no labels that a panel could ask for.
    watchdog = alerts.name("Watchdog")
    yield (
        d.QueryVariable("rules")
        .label(say(Message("board.rules")))
        .hide(dm.VariableHide.HIDE_VARIABLE)
        .datasource(DATA_SOURCE)
        # Of this moment: values of labels would be those of the whole time that is shown.
        .query(f'query_result(count by (alertname) (ALERTS{{alertname="{watchdog}", alertstate="firing"}}))')
        .regex('/alertname="([^"]+)"/')
        .refresh(dm.VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


def _choice(name: str, label: Message, query: str) -> d.QueryVariable:
    return (
        d.QueryVariable(name)
        .label(say(label))
        .datasource(DATA_SOURCE)
        .query(query)
        .refresh(dm.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dm.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(dm.VariableOption(selected=True, text=[say(Message("board.all"))], value=["$__all"]))
    )


def _alert_annotation() -> d.AnnotationQuery:
    return (
        d.AnnotationQuery()
        .name(say(Message("board.alerts")))
        .datasource(DATA_SOURCE)
        .enable(True)
        .icon_color("red")
        .expr(firing('severity=~"critical|warning"'))
        .step("5m")
        .title_format("{{alertname}}")
        .text_format("{{severity}} {{repository}} {{plan}} {{job_name}}")
    )


if __name__ == "__main__":
    sys.exit(main())
