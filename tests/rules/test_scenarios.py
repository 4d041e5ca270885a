"""Each scenario, told by promtool: exactly the alerts that it expects, no fewer and no more."""

import os
from pathlib import Path

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED, Shaped
from rules.shaped_contents import CONTENTS
from support.truth.promtool import VERSIONS
from support.truth.scenario import Scenario, evidence, expected, tape_of, told

EVERY_VERSION = "EVERY_PROMTOOL" in os.environ
"""Else each generation of promtool tells every other scenario: it takes as long as all the rest."""

TOLD_BY = [
    pytest.param(one, version, id=f"{one.name}-{version}")
    for number, one in enumerate(ALL)
    for index, version in enumerate(VERSIONS)
    if EVERY_VERSION or number % len(VERSIONS) == index
]


@pytest.mark.parametrize(("one", "version"), TOLD_BY)
def test_exactly_what_should_fire_does(one: Scenario, version: str, tmp_path: Path) -> None:
    found = evidence(tape_of(one))
    assert told(found, tmp_path, version) == expected(found)


@pytest.mark.parametrize("one", [*SHAPED, *CONTENTS], ids=lambda one: one.name)
def test_what_no_story_reaches_is_told(one: Shaped, tmp_path: Path) -> None:
    found = [one.build()]
    for version in VERSIONS:
        assert told(found, tmp_path, version, one.untold) == expected(found), f"promtool {version}"
