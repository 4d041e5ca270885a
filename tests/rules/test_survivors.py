"""Whatever is broken in a rule, some scenario tells.

All rules with EVERY_PROMTOOL set (`make scenarios`), which takes longer than the scenarios; else a few that go quickly.
"""

import os
from pathlib import Path

import pytest

from rules.scenarios import ALL
from rules.shaped import SHAPED
from rules.shaped_contents import CONTENTS
from support.truth.mutation import shipped_rules, survivors
from support.truth.scenario import evidence, tape_of

SHAPES = (*SHAPED, *CONTENTS)

EVERY = "EVERY_PROMTOOL" in os.environ
RULES = dict(enumerate(shipped_rules()))
QUICK = ("ImmichBackupStale", "ImmichBackupAssetsMissingInImmich")
PARTS = 12


@pytest.mark.parametrize("part", range(PARTS) if EVERY else range(1))
def test_every_mutant_of_every_rule_is_found_out(part: int, tmp_path: Path) -> None:
    known = [one for scenario in ALL for one in evidence(tape_of(scenario))] + [one.build() for one in SHAPES]
    chosen = {
        number: rule for number, rule in RULES.items() if (number % PARTS == part if EVERY else rule["alert"] in QUICK)
    }
    assert survivors(chosen, known, tmp_path) == []
