from datetime import timedelta

import pytest

from immich_backup_exporter.checks.history_too_short import CHECK
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan

MONTH = {"min_history": timedelta(days=30)}


def test_where_none_is_asked_for_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


@pytest.mark.parametrize(("days", "expected"), [(30, "ok"), (29.9, "info"), (1, "info")])
def test_a_history_shorter_than_asked_for_is_an_info(days: float, expected: str) -> None:
    state = with_plan(MONTH, oldest=hours_ago(24 * days), expected_since=hours_ago(2400))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {"repository": "nas", "plan": "immich"}


@pytest.mark.parametrize(("days", "expected"), [(30, "ok"), (30.1, "info")])
def test_a_new_plan_has_time_to_grow_one(days: float, expected: str) -> None:
    assert severity(CHECK, with_plan(MONTH, oldest=hours_ago(5), expected_since=hours_ago(24 * days))) == expected


def test_a_paused_plan_is_ok() -> None:
    state = with_plan({**MONTH, "paused_until": PAUSE}, oldest=hours_ago(5), expected_since=hours_ago(2400))
    assert severity(CHECK, state) == "ok"


def test_without_a_snapshot_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_plan(MONTH, oldest=None))
