"""Whatever is broken in a rule, some scenario tells.

All rules with EVERY_PROMTOOL set (`make scenarios`); else some of them, since this takes as long as the scenarios.
"""

import os
from pathlib import Path

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED
from rules.shaped_contents import CONTENTS
from support.truth.mutation import shipped_rules, survivors
from support.truth.scenario import evidence, tape_of

PARTS = 12
RULES = dict(enumerate(shipped_rules()))


@pytest.mark.parametrize("part", range(PARTS) if "EVERY_PROMTOOL" in os.environ else range(1))
def test_every_mutant_of_every_rule_is_found_out(part: int, tmp_path: Path) -> None:
    known = [one for scenario in ALL for one in evidence(tape_of(scenario))] + [
        one.build() for one in (*SHAPED, *CONTENTS)
    ]
    rules = {number: rule for number, rule in RULES.items() if number % PARTS == part}
    assert survivors(rules, known, tmp_path) == []
