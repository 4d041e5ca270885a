"""Breaks each shipped rule in every way it can be broken in one place, and finds the evidence that tells.

Worked on what scenarios recorded: all mutants of a rule are rules of one file, which promtool evaluates together.
A mutant is found out where it fires, or fired within a window, otherwise than the rule itself does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import promql
from .promtool import RULES, BrokenRulesError, firing
from .scenario import Evidence

LONG_FOR_MINUTES = 10
"""A shorter `for` only bridges one poll or two, and is no part of what a rule says."""

EQUIVALENT = {
    # Writes are tried again every few seconds: no failure that lasts is one failure in five minutes.
    "StateNotWritable warning: 0 is 1",
}
"""What makes no difference that could ever be seen."""

_UNTOLD = ("alertstate", "alertname", "severity")
CHUNK = 20
"""So much evidence is asked about at once: a mutant that was found out need not be evaluated on the rest."""

WATCHDOG = {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}


@dataclass(frozen=True, slots=True)
class Mutant:
    """`name` is the alert's in the file that promtool gets; the rule itself is called `original` there."""

    name: str
    original: str
    what: str
    rule: Mapping[str, Any]


def shipped_rules() -> list[Mapping[str, Any]]:
    text = yaml.safe_load(RULES.read_text())
    return [rule for group in text["groups"] for rule in group["rules"] if rule["labels"]["severity"] != "none"]


def mutants_of(number: int, rule: Mapping[str, Any]) -> Iterator[Mutant]:
    """All mutants of the rule, which is the file's `number`-th."""
    node = promql.parse(rule["expr"])
    changed: list[tuple[str, Mapping[str, Any]]] = [
        (what, {"expr": promql.text_of(mutant)}) for what, mutant in promql.mutants(node)
    ]
    if int(str(rule.get("for", "0m")).removesuffix("m")) >= LONG_FOR_MINUTES:
        changed.append(("for is dropped", {"for": "0m"}))
    if rule["labels"]["severity"] == "critical":
        changed.append(("keep_firing_for is dropped", {"keep_firing_for": "0m"}))
    label = f"{rule['alert'].removeprefix('ImmichBackup')} {rule['labels']['severity']}"
    for index, (what, change) in enumerate(changed):
        if f"{label}: {what}" not in EQUIVALENT:
            yield Mutant(f"R{number}M{index}", f"R{number}", f"{label}: {what}", {**rule, **change})


def survivors(rules: Mapping[int, Mapping[str, Any]], evidence: Sequence[Evidence], folder: Path) -> list[str]:
    """What was done to those mutants of these rules that no evidence tells from the rule itself."""
    left: list[Mutant] = []
    for number, rule in rules.items():
        near = [one for one in evidence if _fires(rule, one)]
        left += _unfound({number: rule}, list(mutants_of(number, rule)), near, folder)
    for start in range(0, len(evidence), CHUNK):
        left = _unfound(rules, left, evidence[start : start + CHUNK], folder)
    return [one.what for one in left]


def _fires(rule: Mapping[str, Any], one: Evidence) -> bool:
    start = f"{rule['alert'].removeprefix('ImmichBackup')} {rule['labels']['severity']}"
    return any(f"{alert} ".startswith(f"{start} ") for check in one.checks for alert in check.firing)


def _unfound(
    rules: Mapping[int, Mapping[str, Any]], candidates: list[Mutant], evidence: Sequence[Evidence], folder: Path
) -> list[Mutant]:
    while candidates and evidence:
        try:
            found = _found(rules, candidates, evidence, folder)
        except BrokenRulesError as broken:  # a mutant that Prometheus cannot evaluate does not go unnoticed
            found = broken.rules
            if found.isdisjoint(one.name for one in candidates):
                raise
        else:
            return [one for one in candidates if one.name not in found]
        candidates = [one for one in candidates if one.name not in found]
    return candidates


def _found(
    rules: Mapping[int, Mapping[str, Any]], candidates: Sequence[Mutant], evidence: Sequence[Evidence], folder: Path
) -> set[str]:
    file = folder / "mutants.rules.json"
    wanted = {one.original for one in candidates}
    originals = [{**rule, "alert": f"R{number}"} for number, rule in rules.items() if f"R{number}" in wanted]
    broken = [{**one.rule, "alert": one.name} for one in candidates]
    group = {"name": "mutants", "rules": [*map(_bare, [*originals, *broken]), WATCHDOG]}
    file.write_text(json.dumps({"groups": [group]}))
    answers = firing([one.case for one in evidence], folder, rules=file, untold=_UNTOLD)
    found: set[str] = set()
    for answer in answers:
        for alerts in answer:
            by_name: dict[str, set[str]] = {}
            for alert in alerts:
                name, _, rest = alert.partition(" ")
                by_name.setdefault(name, set()).add(rest)
            found |= {one.name for one in candidates if by_name.get(one.name) != by_name.get(one.original)}
    return found


def _bare(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "annotations"}
