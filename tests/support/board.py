"""The dashboard's JSON as Grafana understands it: variables, names of series, texts and colours of values."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from support.tools import PROJECT

Panel = dict[str, Any]
ALL = ".+"
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@cache
def board() -> dict[str, Any]:
    """The whole of it."""
    text = (PROJECT / "grafana" / "immich-backup.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def panels() -> list[Panel]:
    """All but the titled rows."""
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def panel(title: str, kind: str | None = None) -> Panel:
    (found,) = [one for one in panels() if one["title"] == title and kind in (None, one["type"])]
    return found


def variable(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [one for one in board()["templating"]["list"] if one["name"] == name]
    (only,) = found
    return only


def targets() -> Iterator[tuple[Panel, dict[str, Any]]]:
    """Every query with its panel."""
    for one in panels():
        for target in one["targets"]:
            yield one, target


def chosen(*values: str) -> str:
    """What Grafana puts in the place of a variable of which these are chosen; none: All."""
    escaped = [re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1", value) for value in values]
    if not escaped:
        return ALL
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def substituted(expression: str, variables: Mapping[str, str]) -> str:
    """With every variable replaced; one that is not given is an error."""
    return _VARIABLE.sub(lambda found: variables[found.group(1) or found.group(2)], expression)


def legend_labels(target: Mapping[str, Any]) -> list[str]:
    """The labels that a legend names."""
    return _LABEL.findall(target.get("legendFormat", ""))


def series_name(target: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """What a series is called; a label that it does not have is left out."""
    name = _LABEL.sub(lambda found: labels.get(found.group(1), ""), target["legendFormat"])
    return re.sub(r"\s+", " ", name).strip()


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as a person sees it. ``text`` is empty where it is a number in the panel's unit."""

    name: str
    value: float
    text: str
    colour: str


def shown(one: Panel, ref: str, series: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """The last values of the series of one query in a panel."""
    (target,) = [target for target in one["targets"] if target["refId"] == ref]
    properties = _properties(one, ref)
    found = []
    for each in series:
        value = each["values"][-1][1]
        text, colour = _mapped(properties["mappings"], value)
        fixed = properties.get("color", {}).get("fixedColor")
        colour = colour or fixed or _threshold(properties["thresholds"]["steps"], value)
        found.append(Shown(series_name(target, each["labels"]), value, text, colour))
    return found


def _properties(one: Panel, ref: str) -> dict[str, Any]:
    defaults = one["fieldConfig"]["defaults"]
    properties = {"mappings": defaults.get("mappings", []), "thresholds": defaults["thresholds"]}
    for override in one["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byFrameRefID", "options": ref}:
            properties |= {each["id"]: each["value"] for each in override["properties"]}
    return properties


def _mapped(mappings: Sequence[Mapping[str, Any]], value: float) -> tuple[str, str]:
    for mapping in mappings:
        if mapping["type"] == "value" and not math.isnan(value) and f"{value:g}" in mapping["options"]:
            result = mapping["options"][f"{value:g}"]
            return result["text"], result["color"]
        if mapping["type"] == "special" and math.isnan(value):
            result = mapping["options"]["result"]
            return result["text"], result["color"]
    return "", ""


def _threshold(steps: Sequence[Mapping[str, Any]], value: float) -> str:
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return str(reached[-1])
