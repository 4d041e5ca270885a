from datetime import timedelta

import pytest

from immich_backup_exporter.checks.stale import CHECK
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan


def test_a_fresh_backup_is_ok_and_says_age_and_limit() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas", "plan": "immich"})
    assert finding.sentence == "The newest complete backup is 10 hours old; the limit is 26 hours."


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(26, "ok"), (26.01, "warning"), (52, "warning"), (52.01, "critical"), (5200, "critical")],
)
def test_a_backup_is_a_warning_after_its_age_and_critical_after_twice_that(hours: float, expected: str) -> None:
    assert severity(CHECK, with_plan(last_success=hours_ago(hours))) == expected


def test_the_limit_is_the_plans_own() -> None:
    weekly = {"max_age": timedelta(days=8)}
    assert severity(CHECK, with_plan(weekly, last_success=hours_ago(190))) == "ok"
    assert severity(CHECK, with_plan(weekly, last_success=hours_ago(193))) == "warning"


@pytest.mark.parametrize(("hours", "expected"), [(30, "unknown"), (53, "critical")])
def test_a_run_under_way_excuses_the_warning_only(hours: float, expected: str) -> None:
    assert severity(CHECK, with_plan(last_success=hours_ago(hours), run_in_progress=True)) == expected


def test_whether_a_run_is_under_way_may_be_unknown() -> None:
    assert severity(CHECK, with_plan(last_success=hours_ago(30), run_in_progress=None)) == "warning"


@pytest.mark.parametrize("hours", [30, 5200])
def test_a_paused_plan_is_ok(hours: float) -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, last_success=hours_ago(hours))) == "ok"


def test_a_pause_that_is_over_excuses_nothing() -> None:
    assert severity(CHECK, with_plan({"paused_until": hours_ago(0)}, last_success=hours_ago(60))) == "critical"


def test_where_there_never_was_one_another_check_says_so() -> None:
    assert silent(CHECK, with_plan(last_success=None))
