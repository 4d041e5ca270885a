"""Panels as this dashboard has them: tiles that say their state in words, timelines, lines with limits, tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as d
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as cm
from grafana_foundation_sdk.models import dashboard as dm
from grafana_foundation_sdk.models import prometheus as pm

from immich_backup_exporter.domain.messages import Message

from . import alerts
from .states import LOOKS, Look
from .texts import Word, say

DATA_SOURCE = cm.DataSourceRef(type_val="prometheus", uid="$datasource")
TIMELINE_POINTS = 720  # one an hour of a month: each costs Prometheus a hundred selectors


Panel = bargauge.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What every panel has: ``runbooks`` are names of alerts without their prefix."""

    title: Word
    description: Word
    runbooks: tuple[str, ...] = ()

    @property
    def links(self) -> list[Builder[dm.DashboardLink]]:
        return [
            d.DashboardLink(say(Message("board.runbook_of", alert=short)))
            .type(dm.DashboardLinkType.LINK)
            .url(alerts.runbook(short))
            .target_blank(True)
            for short in self.runbooks
        ]


def _target(ref: str, expression: str, legend: str = "", *, instant: bool = False) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(ref).expr(expression).datasource(DATA_SOURCE)
    target = target.editor_mode(pm.QueryEditorMode.CODE)
    if legend:
        target = target.legend_format(legend)
    return target.instant() if instant else target.range()


def _property(name: str, value: object) -> dm.DynamicConfigValue:
    return dm.DynamicConfigValue(id_val=name, value=value)


def _fixed(colour: str) -> dm.DynamicConfigValue:
    return _property("color", {"mode": "fixed", "fixedColor": colour})


def _with_icon(look: Look) -> str:
    return f"{look.icon} {say(look.word)}"


def _mapped(texts: Mapping[int, tuple[Word, str]]) -> list[dm.ValueMapping]:
    """Text and colour of each value, and of there being none."""
    nothing = LOOKS[2]
    values = {
        str(value): dm.ValueMappingResult(text=say(text), color=colour) for value, (text, colour) in texts.items()
    }
    special = dm.DashboardSpecialValueMapOptions(
        match=dm.SpecialValueMatch.NULL_AND_NAN,
        result=dm.ValueMappingResult(text=_with_icon(nothing), color=nothing.colour),
    )
    return [dm.ValueMap(options=values), dm.SpecialValueMap(options=special)]


def _steps(*steps: tuple[float | None, str]) -> d.ThresholdsConfig:
    return (
        d.ThresholdsConfig()
        .mode(dm.ThresholdsMode.ABSOLUTE)
        .steps([dm.Threshold(value=value, color=colour) for value, colour in steps])
    )


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


# --- tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Tiles of one look: one for each series of ``expression``, called ``name``; ``text`` instead of a value of 0."""

    ref: str
    look: Look
    expression: str
    name: Word
    text: Word = ""
    link: str = ""
    """Where a click leads to."""


def tiles(about: About, unit: str, *kinds: Tile, names_only: bool = False) -> stat.Panel:
    """Values with their state: the colour is the look's, the icon stands before the name. Never empty."""
    panel = (
        stat.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .unit(unit)
        .decimals(0 if unit == "none" else 1)
        .graph_mode(cm.BigValueGraphMode.NONE)
        .color_mode(cm.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(cm.BigValueTextMode.NAME if names_only else cm.BigValueTextMode.VALUE_AND_NAME)
        .orientation(cm.VizOrientation.HORIZONTAL)  # one below the other: large names, however many there are
        .wide_layout(True)
        .reduce_options(_last())
        .no_value(say(Message("board.no_answer_yet")))
        .thresholds(_steps((None, LOOKS[2].colour)))
    )
    for kind in kinds:
        panel = panel.with_target(
            _target(kind.ref, kind.expression, f"{kind.look.icon} {say(kind.name)}", instant=True)
        )
        properties = [_fixed(kind.look.colour)]
        if kind.text:
            properties.append(_property("mappings", _mapped({0: (kind.text, kind.look.colour)})))
        if kind.link:
            properties.append(
                _property("links", [{"title": say(Message("board.runbook")), "url": kind.link, "targetBlank": True}])
            )
        panel = panel.override_by_query(kind.ref, properties)
    return panel


def verdict(about: About, expression: str) -> stat.Panel:
    """One state as large as can be, in the words of an answer."""
    answers = {state: (f"{look.icon} {say(look.answer)}", look.colour) for state, look in LOOKS.items()}
    return (
        stat.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .with_target(_target("A", expression, "verdict", instant=True))
        .unit("none")
        .mappings(_mapped(answers))
        .no_value(say(Message("board.no_verdict")))
        .thresholds(_steps((None, LOOKS[2].colour)))
        .color_scheme(d.FieldColor().mode(dm.FieldColorModeId.THRESHOLDS))
        .graph_mode(cm.BigValueGraphMode.NONE)
        .color_mode(cm.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(cm.BigValueTextMode.VALUE)
        .justify_mode(cm.BigValueJustifyMode.CENTER)
        .reduce_options(_last())
    )


def shares(about: About, expression: str, unknown: str, name: str) -> bargauge.Panel:
    """Bars of what is used of a limit: 1 is all of it, 2 twice as much. ``unknown``: those whose value is not known."""
    nothing = LOOKS[2]
    return (
        bargauge.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .with_target(_target("A", expression, name, instant=True))
        .with_target(_target("B", unknown, f"{nothing.icon} {name}", instant=True))
        .unit("percentunit")
        .decimals(0)
        .min(0)
        .max(2)
        .thresholds(_steps((None, LOOKS[0].colour), (1, LOOKS[3].colour), (2, LOOKS[5].colour)))
        .override_by_query(
            "B", [_fixed(nothing.colour), _property("mappings", _mapped({0: (nothing.word, nothing.colour)}))]
        )
        .orientation(cm.VizOrientation.HORIZONTAL)
        .display_mode(cm.BarGaugeDisplayMode.BASIC)
        .value_mode(cm.BarGaugeValueMode.TEXT)
        .show_unfilled(True)
        .reduce_options(_last())
        .no_value(say(Message("board.no_answer_yet")))
    )


# --- timelines


STATE_TEXTS = {state: (_with_icon(look), look.colour) for state, look in LOOKS.items()}


def timeline(
    about: About, rows: Sequence[tuple[str, Word]], texts: Mapping[int, tuple[Word, str]] | None = None
) -> statetimeline.Panel:
    """Bands of states over the time. ``rows``: expressions and the names of their series."""
    panel = (
        statetimeline.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .max_data_points(TIMELINE_POINTS)
        .unit("none")
        .mappings(_mapped(texts or STATE_TEXTS))
        .thresholds(_steps((None, LOOKS[2].colour)))
        .color_scheme(d.FieldColor().mode(dm.FieldColorModeId.THRESHOLDS))
        .merge_values(True)
        .show_value(cm.VisibilityMode.AUTO)
        .row_height(0.85)
        .per_page(20)
        .fill_opacity(85)
        .line_width(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(cm.LegendDisplayMode.LIST)
            .placement(cm.LegendPlacement.BOTTOM)
            .show_legend(False)
        )
    )
    for index, (expression, name) in enumerate(rows):
        panel = panel.with_target(_target(chr(ord("A") + index), expression, say(name)))
    return panel


# --- lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Lines, one for each series of ``expression``."""

    expression: str
    name: Word
    properties: list[dm.DynamicConfigValue] = field(default_factory=list)


def usual(expression: str, name: Word) -> Line:
    """What is usual: a thin dashed line."""
    dashes = _property("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})
    return Line(
        expression=expression,
        name=Message("board.usual", name=name),
        properties=[dashes, _property("custom.fillOpacity", 0)],
    )


def most(expression: str, name: Word) -> Line:
    """The most that it may be: a red dashed line."""
    dashes = _property("custom.lineStyle", {"fill": "dash", "dash": [2, 6]})
    properties = [dashes, _fixed(LOOKS[5].colour), _property("custom.fillOpacity", 0)]
    return Line(expression=expression, name=Message("board.line_limit", name=name), properties=properties)


def least(expression: str, name: Word) -> Line:
    """The least that it may be: a red dashed line, and what is below it is red."""
    dashes = _property("custom.lineStyle", {"fill": "dash", "dash": [2, 6]})
    properties = [dashes, _fixed(LOOKS[5].colour), _property("custom.fillOpacity", 15)]
    return Line(expression=expression, name=Message("board.least", name=name), properties=properties)


def lines(
    about: About, unit: str, *drawn: Line, bars: bool = False, interval: str = "", below_zero: bool = False
) -> timeseries.Panel:
    """Values over the time, nothing stacked."""
    panel = (
        timeseries.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .unit(unit)
        .draw_style(cm.GraphDrawStyle.BARS if bars else cm.GraphDrawStyle.LINE)
        .line_interpolation(cm.LineInterpolation.STEP_AFTER)
        .line_width(1 if bars else 2)
        .fill_opacity(60 if bars else 0)
        .show_points(cm.VisibilityMode.NEVER)
        .span_nulls(False)
        .legend(
            common.VizLegendOptions()
            .display_mode(cm.LegendDisplayMode.LIST)
            .placement(cm.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(cm.TooltipDisplayMode.MULTI).sort(cm.SortOrder.DESCENDING))
    )
    if interval:
        panel = panel.interval(interval)
    if not below_zero:
        panel = panel.min(0)
    for index, line in enumerate(drawn):
        ref = chr(ord("A") + index)
        panel = panel.with_target(_target(ref, line.expression, say(line.name)))
        if line.properties:
            panel = panel.override_by_query(ref, line.properties)
    return panel


# --- tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of each row. Without a ``header`` its labels are the columns, and its value is not shown."""

    expression: str
    header: Word = ""
    unit: str = "none"


_HEADERS = {
    "instance": Message("board.of_instance"),
    "repository": Message("board.of_repository"),
    "plan": Message("board.of_plan"),
    "job_name": Message("board.of_job_name"),
    "kind": Message("board.of_kind"),
    "file": Message("board.of_file"),
    "immich_version": Message("board.of_immich_version"),
    "postgres_version": Message("board.of_postgres_version"),
    "version": Message("board.of_version"),
    "revision": Message("board.of_revision"),
    "python": Message("board.of_python"),
    "backend": Message("board.of_backend"),
    "snapshot": Message("board.of_snapshot"),
    "hostname": Message("board.of_hostname"),
    "restic_version": Message("board.of_restic_version"),
}
"""What a label is called at the head of its column."""


def rows(about: About, labels: Sequence[str], *columns: Column) -> table.Panel:
    """A table: a row for each set of ``labels``, values from several queries."""
    panel = (
        table.Panel()
        .title(say(about.title))
        .description(say(about.description))
        .links(about.links)
        .datasource(DATA_SOURCE)
        .unit("none")
        .no_value(say(Message("board.no_value")))
        .show_header(True)
        .cell_height(cm.TableCellHeight.SM)
    )
    hidden, renamed = {"Time": True, "__name__": True, "job": True}, {label: say(_HEADERS[label]) for label in labels}
    for index, column in enumerate(columns):
        ref = chr(ord("A") + index)
        panel = panel.with_target(_target(ref, column.expression, instant=True).format(pm.PromQueryFormat.TABLE))
        if column.header:
            renamed[f"Value #{ref}"] = say(column.header)
            panel = panel.override_by_name(say(column.header), [_property("unit", column.unit)])
        else:
            hidden[f"Value #{ref}"] = True
    order = {
        name: index for index, name in enumerate((*labels, *(f"Value #{chr(65 + i)}" for i in range(len(columns)))))
    }
    return panel.transformations(
        [
            dm.DataTransformerConfig(id_val="merge", options={}),
            dm.DataTransformerConfig(
                id_val="organize",
                options={"excludeByName": hidden, "renameByName": renamed, "indexByName": order},
            ),
        ]
    )
