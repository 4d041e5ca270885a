from datetime import timedelta

import pytest

from immich_backup_exporter.checks.repository_check_overdue import CHECK
from immich_backup_exporter.domain.records import CheckRecord
from immich_backup_exporter.domain.runs import CheckScope
from support.facts import hours_ago
from support.healthy import STATE, found, severity, silent, with_repository

MONTHLY = {"check_max_age": timedelta(days=35)}


def test_where_none_is_asked_for_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


@pytest.mark.parametrize(("days", "expected"), [(1, "ok"), (35, "ok"), (35.1, "warning")])
def test_the_newest_check_of_any_scope_counts(days: float, expected: str) -> None:
    checks = {
        CheckScope.DATA: CheckRecord(time=hours_ago(2400), success=False),
        CheckScope.STRUCTURE: CheckRecord(time=hours_ago(24 * days), success=True),
    }
    state = with_repository(MONTHLY, checks=checks)
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {"repository": "nas"}


@pytest.mark.parametrize(("days", "expected"), [(35, "ok"), (36, "warning")])
def test_without_any_it_counts_from_when_the_repository_was_expected(days: float, expected: str) -> None:
    assert severity(CHECK, with_repository(MONTHLY, expected_since=hours_ago(24 * days))) == expected
