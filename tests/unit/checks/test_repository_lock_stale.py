import pytest

from immich_backup_exporter.checks.repository_lock_stale import CHECK
from immich_backup_exporter.domain.state import LockFacts
from support.facts import hours_ago
from support.healthy import STATE, found, severity, silent, with_repository


def test_no_lock_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize(("minutes", "expected"), [(5, "ok"), (30, "ok"), (30.1, "warning"), (3000, "warning")])
def test_a_lock_is_stale_that_was_not_refreshed_for_half_an_hour(minutes: float, expected: str) -> None:
    state = with_repository(
        last_poll_success=hours_ago(1), locks=LockFacts(count=1, oldest=hours_ago(1 + minutes / 60))
    )
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {"repository": "nas"}


def test_an_outage_does_not_make_a_fresh_lock_stale() -> None:
    state = with_repository(last_poll_success=hours_ago(50), locks=LockFacts(count=1, oldest=hours_ago(50)))
    assert severity(CHECK, state) == "ok"


def test_where_no_lock_could_be_listed_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_repository(locks=None))
