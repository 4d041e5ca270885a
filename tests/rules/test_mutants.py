"""Whatever is broken in a rule, some scenario tells."""

from pathlib import Path

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED
from support.truth.mutation import shipped_rules, survivors
from support.truth.scenario import evidence, tape_of

RULES = dict(enumerate(shipped_rules()))


@pytest.mark.parametrize("part", range(4))
def test_every_mutant_of_every_rule_is_found_out(part: int, tmp_path: Path) -> None:
    known = [one for scenario in ALL for one in evidence(tape_of(scenario))] + [one.build() for one in SHAPED]
    rules = {number: rule for number, rule in RULES.items() if number % 4 == part}
    assert survivors(rules, known, tmp_path) == []
