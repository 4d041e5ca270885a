"""Each scenario, told by promtool: exactly the alerts that it expects, no fewer and no more."""

import os
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED, Shaped
from rules.shaped_contents import CONTENTS
from support.truth.mutation import shipped_rules
from support.truth.promtool import VERSIONS
from support.truth.scenario import Scenario, evidence, expected, tape_of, told, told_side_by_side
from support.truth.tape import Segment

EVERY_VERSION = "EVERY_PROMTOOL" in os.environ
"""Each generation of promtool tells every scenario, and each alone: it takes longer than all the rest. Else each tells
every other one, `TOGETHER` of them side by side."""
TOGETHER = 1 if EVERY_VERSION else 14

PARTS = {
    (version, start // TOGETHER): chosen[start : start + TOGETHER]
    for index, version in enumerate(VERSIONS)
    for chosen in [ALL if EVERY_VERSION else ALL[index :: len(VERSIONS)]]
    for start in range(0, len(chosen), TOGETHER)
}
TOLD_BY = [
    pytest.param(one, version, part, id=f"{version}-part{part}-{one.name}")
    for (version, part), several in PARTS.items()
    for one in several
]


@pytest.mark.parametrize(("one", "version", "part"), TOLD_BY)
def test_exactly_what_should_fire_does(one: Scenario, version: str, part: int) -> None:
    assert told_in(version, part)[one.name] == expected(evidence(tape_of(one)))


@cache
def told_in(version: str, part: int) -> dict[str, list[list[str]]]:
    """What is told of the scenarios of one part, by their names."""
    found = {one.name: evidence(tape) for one in PARTS[version, part] if (tape := _tape_if_it_plays(one)) is not None}
    with TemporaryDirectory() as folder:
        told = iter(told_side_by_side([one for several in found.values() for one in several], Path(folder), version))
    return {name: [next(told) for _ in several] for name, several in found.items()}


def _tape_if_it_plays(one: Scenario) -> list[Segment] | None:
    try:
        return tape_of(one)
    except Exception:  # noqa: BLE001 - it is its own test that fails then, and no other
        return None


def test_no_rule_looks_beyond_one_job_but_the_one_whose_stories_are_told_alone() -> None:
    """Side by side, a scenario could hide what such a rule makes of another one."""
    beyond = {rule["alert"] for rule in shipped_rules() if re.search(r"absent|\bon *\(\)|\b(by|on) *\(", rule["expr"])}
    assert beyond == {"ImmichBackupExporterDown"}


APART = [one for one in (*SHAPED, *CONTENTS) if not one.whole or EVERY_VERSION]
WHOLE = [one for one in (*SHAPED, *CONTENTS) if one.whole and not EVERY_VERSION]


@pytest.mark.parametrize("one", APART, ids=lambda one: one.name)
def test_what_no_story_reaches_is_told(one: Shaped, tmp_path: Path) -> None:
    found = [one.build()]
    for version in VERSIONS:
        assert told(found, tmp_path, version, one.untold) == expected(found), f"promtool {version}"


@pytest.mark.parametrize("number", range(len(WHOLE)), ids=[one.name for one in WHOLE])
def test_what_no_story_reaches_is_told_beside_others(number: int) -> None:
    found = WHOLE[number].build()
    assert found.is_whole
    for version in VERSIONS:
        assert [told_of_shapes(version)[number]] == expected([found]), f"promtool {version}"


@cache
def told_of_shapes(version: str) -> list[list[str]]:
    """What is told of each that is whole."""
    with TemporaryDirectory() as folder:
        return told_side_by_side([one.build() for one in WHOLE], Path(folder), version)
