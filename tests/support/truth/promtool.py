"""Asks promtool which alerts fire, of any rules on any series, at any minutes."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.tools import PROJECT, tool

RULES = PROJECT / "alert_rules" / "immich-backup.rules.yml"
VERSIONS = ("2", "3")

_TIMEOUT_SECONDS = 300.0
_BLOCK = re.compile(r'expr: "(?P<expr>.*)", time: (?P<time>\S+),\s*exp: nil\s*got: (?P<got>.*)')
_ALERT = re.compile(r'\{__name__="ALERTS", ([^}]*)\}')
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_BROKEN = re.compile(r"rule: (\w+), time: ")
_CASE = re.compile(r'case!=\\?"(\d+)/(\d+)')

UNTOLD = ("alertstate", "alertname", "severity", "job", "instance")


@dataclass(frozen=True, slots=True)
class Question:
    """What fires at a minute; with `window`, what fired at any moment of so many minutes before.

    `pending`: what waits for its `for` to elapse counts too. `job`: only what fires for this one, or for none at all.
    """

    minute: int
    window: int | None = None
    pending: bool = False
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Series in promtool's notation, one value a minute, and what is asked about them."""

    series: Mapping[str, str]
    questions: Sequence[Question]


class BrokenRulesError(Exception):
    """Prometheus could not evaluate these rules: `rules` are the names of their alerts."""

    def __init__(self, rules: set[str], output: str) -> None:
        super().__init__(output)
        self.rules = rules


def firing(
    cases: Sequence[Case],
    folder: Path,
    *,
    version: str = "3",
    rules: Path = RULES,
    interval: str = "1m",
    untold: Sequence[str] = UNTOLD,
) -> list[list[frozenset[str]]]:
    """By case and question the alerts that fire, each written `Name severity label=value ...` without the prefix.

    The labels `untold` are left out. The Watchdog, which always fires, proves that promtool did its work and is not
    told.
    """
    file = folder / f"promtool-{version}.json"
    file.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": interval, "tests": _tests(cases)}))
    done = subprocess.run(
        [tool(f"promtool-{version}"), "test", "rules", str(file)],
        env={"GOGC": "1600"},  # it lives for a second or two; collecting garbage is a quarter of that
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    broken = set(_BROKEN.findall(done.stdout + done.stderr))
    if broken:
        raise BrokenRulesError(broken, done.stdout + done.stderr)
    answers = dict(_answers(done.stdout + done.stderr, untold))
    wanted = [(case, question) for case, one in enumerate(cases) for question in range(len(one.questions))]
    assert answers.keys() == set(wanted), f"promtool {version} did not answer:\n{done.stdout}{done.stderr}"
    return [[answers[case, question] for question in range(len(one.questions))] for case, one in enumerate(cases)]


def _tests(cases: Sequence[Case]) -> list[object]:
    """Nothing is expected of any expression, so promtool tells what it got; a matcher carries the question's place."""
    return [
        {
            "interval": "1m",
            "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
            "promql_expr_test": [
                {"expr": _expression(number, index, question), "eval_time": f"{question.minute}m", "exp_samples": []}
                for index, question in enumerate(case.questions)
            ],
        }
        for number, case in enumerate(cases)
    ]


def _expression(case: int, index: int, question: Question) -> str:
    states = "pending|firing" if question.pending else "firing"
    job = "" if question.job is None else f',job=~"|{question.job}"'
    selector = f'ALERTS{{alertstate=~"{states}",case!="{case}/{index}"{job}}}'
    return selector if question.window is None else f"last_over_time({selector}[{question.window}m])"


def _answers(output: str, untold: Sequence[str]) -> list[tuple[tuple[int, int], frozenset[str]]]:
    found = []
    for block in _BLOCK.finditer(output):
        case = _CASE.search(block["expr"])
        assert case is not None, block["expr"]
        alerts = [dict(_LABEL.findall(labels)) for labels in _ALERT.findall(block["got"])]
        assert any(alert["alertname"].endswith("Watchdog") for alert in alerts), f"no Watchdog:\n{output}"
        told = frozenset(_told(alert, untold) for alert in alerts if not alert["alertname"].endswith("Watchdog"))
        found.append(((int(case[1]), int(case[2])), told))
    return found


def _told(alert: Mapping[str, str], untold: Sequence[str]) -> str:
    labels = [f"{name}={value}" for name, value in sorted(alert.items()) if name not in untold]
    return " ".join([alert["alertname"].removeprefix("ImmichBackup"), alert["severity"], *labels])
