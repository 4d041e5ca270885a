import pytest

from immich_backup_exporter.checks.assets_dropped import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import with_coverage


@pytest.mark.parametrize(("assets", "expected"), [(800, "ok"), (799, "warning"), (0, "warning")])
def test_below_four_fifths_of_the_usual_is_a_warning(assets: int, expected: str) -> None:
    assert severity(CHECK, with_coverage(counts={"assets": assets})) == expected


def test_on_the_first_days_nothing_is_usual() -> None:
    finding = found(CHECK, with_coverage(counts={"assets": 3}, assets_baseline=None))
    assert (finding.severity, finding.sentence) == ("ok", "The database knows 3 originals.")


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_coverage({"paused_until": PAUSE}, counts={"assets": 1})) == "ok"


def test_before_any_comparison_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)
