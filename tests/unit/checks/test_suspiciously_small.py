from dataclasses import replace

import pytest

from immich_backup_exporter.checks.suspiciously_small import CHECK
from support.facts import snapshot
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan
from support.insides import CONTENTS


def test_the_usual_size_is_ok_and_says_size_and_share() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas", "plan": "immich"})
    assert finding.sentence == "The newest snapshot holds 1,000 bytes (100 % of the usual) in 100 files (100 %)."


@pytest.mark.parametrize(("size", "expected"), [(800, "ok"), (799, "critical"), (0, "critical")])
def test_a_size_below_the_ratio_is_critical(size: int, expected: str) -> None:
    assert severity(CHECK, with_plan(size_bytes=size)) == expected


@pytest.mark.parametrize(("files", "expected"), [(80, "ok"), (79, "critical"), (0, "critical")])
def test_a_number_of_files_below_the_ratio_is_critical(files: int, expected: str) -> None:
    assert severity(CHECK, with_plan(files=files)) == expected


def test_the_ratio_is_the_plans_own() -> None:
    assert severity(CHECK, with_plan({"min_size_ratio": 0.5}, size_bytes=500)) == "ok"
    assert severity(CHECK, with_plan({"min_size_ratio": 0.5}, size_bytes=499)) == "critical"


def test_nothing_at_all_is_critical_before_anything_is_usual() -> None:
    assert (
        severity(CHECK, with_plan(size_bytes=0, files=0, size_baseline_bytes=None, files_baseline=None)) == "critical"
    )


def test_on_the_first_day_nothing_is_usual_and_all_is_well() -> None:
    state = with_plan(size_baseline_bytes=None, files_baseline=None)
    assert severity(CHECK, state) == "ok"
    assert found(CHECK, state).sentence == "The newest snapshot holds 1,000 bytes in 100 files."


def test_a_size_that_nobody_knows_yet_is_ok() -> None:
    assert severity(CHECK, with_plan(size_bytes=None, files=None)) == "ok"


def test_where_nothing_was_usual_nothing_is_small() -> None:
    assert severity(CHECK, with_plan(size_baseline_bytes=0.0, files_baseline=0.0)) == "ok"


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, size_bytes=0)) == "ok"


def test_without_a_snapshot_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_plan(newest=None, size_bytes=None, files=None))


def test_it_says_that_a_symbolic_link_was_stored() -> None:
    state = with_plan(newest=CONTENTS.snapshot, size_bytes=0, contents=replace(CONTENTS, sentence="It is a link."))
    assert found(CHECK, state).sentence.endswith("At least 80 % of the usual is expected. It is a link.")


def test_what_an_older_snapshot_stored_explains_nothing() -> None:
    state = with_plan(newest=snapshot(8), size_bytes=0, contents=replace(CONTENTS, sentence="It is a link."))
    assert found(CHECK, state).sentence.endswith("At least 80 % of the usual is expected.")
