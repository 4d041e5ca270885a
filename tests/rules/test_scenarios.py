"""Each scenario, told by promtool: exactly the alerts that it expects, no fewer and no more."""

from pathlib import Path

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED, Shaped
from support.truth.promtool import VERSIONS
from support.truth.scenario import Scenario, evidence, expected, tape_of, told

IN_TURN = [(one, VERSIONS[number % len(VERSIONS)]) for number, one in enumerate(ALL)]
"""Each generation of promtool tells every other scenario: either takes as long as all the rest."""


@pytest.mark.parametrize(("one", "version"), IN_TURN, ids=[one.name for one in ALL])
def test_exactly_what_should_fire_does(one: Scenario, version: str, tmp_path: Path) -> None:
    found = evidence(tape_of(one))
    assert told(found, tmp_path, version) == expected(found)


@pytest.mark.parametrize("one", SHAPED, ids=lambda one: one.name)
def test_what_concerns_prometheus_itself_is_told(one: Shaped, tmp_path: Path) -> None:
    found = [one.build()]
    for version in VERSIONS:
        assert told(found, tmp_path, version, one.untold) == expected(found), f"promtool {version}"
