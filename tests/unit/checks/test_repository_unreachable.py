from datetime import timedelta

import pytest

from immich_backup_exporter.checks.repository_unreachable import CHECK
from immich_backup_exporter.domain.errors import FailureReason
from support.facts import hours_ago
from support.healthy import STATE, found, severity, silent, with_repository
from support.words import message


def test_a_repository_that_was_just_read_is_ok_and_says_when() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas"})
    assert finding.sentence == "It was read 3 minutes ago and holds 30 snapshots."


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1.0, "unknown"), (1.01, "warning"), (2.0, "warning"), (2.01, "critical"), (99.0, "critical")],
)
def test_out_of_reach_is_a_warning_after_an_hour_and_critical_after_two(hours: float, expected: str) -> None:
    state = with_repository(up=False, failure=FailureReason.TIMEOUT, last_poll_success=hours_ago(hours))
    assert severity(CHECK, state) == expected


def test_the_limit_is_the_repositorys_own() -> None:
    away = {"unreachable_after": timedelta(days=8)}
    assert severity(CHECK, with_repository(away, last_poll_success=hours_ago(190))) == "ok"
    assert severity(CHECK, with_repository(away, last_poll_success=hours_ago(193))) == "warning"
    assert severity(CHECK, with_repository(away, last_poll_success=hours_ago(385))) == "critical"


@pytest.mark.parametrize(("hours", "expected"), [(1.5, "warning"), (2.5, "critical")])
def test_one_that_was_never_read_counts_from_when_it_was_expected(hours: float, expected: str) -> None:
    state = with_repository(up=False, last_poll_success=None, expected_since=hours_ago(hours))
    assert severity(CHECK, state) == expected


def test_one_failed_poll_is_unknown_and_says_what_happened() -> None:
    state = with_repository(up=False, failure=FailureReason.TIMEOUT, failure_sentence=message("It did not answer."))
    assert severity(CHECK, state) == "unknown"
    assert found(CHECK, state).sentence.endswith("not just now; the limit is 1 hour. It did not answer.")


def test_before_the_first_poll_it_is_unknown() -> None:
    state = with_repository(up=None, last_poll=None, last_poll_success=None, expected_since=hours_ago(0))
    assert severity(CHECK, state) == "unknown"


def test_one_that_never_could_be_read_is_unknown_at_first() -> None:
    state = with_repository(
        up=False, failure=FailureReason.TIMEOUT, last_poll_success=None, expected_since=hours_ago(0.1)
    )
    assert severity(CHECK, state) == "unknown"


@pytest.mark.parametrize("reason", ["wrong_password", "unauthorized", "permission", "not_found"])
def test_what_is_denied_is_for_another_check_to_say(reason: str) -> None:
    assert silent(CHECK, with_repository(up=False, failure=FailureReason(reason), last_poll_success=hours_ago(50)))


@pytest.mark.parametrize("reason", ["timeout", "unreachable", "damaged", "protocol", "restic_missing", "unknown"])
def test_every_other_reason_is_for_this_one(reason: str) -> None:
    state = with_repository(up=False, failure=FailureReason(reason), last_poll_success=hours_ago(50))
    assert severity(CHECK, state) == "critical"


def test_of_a_state_that_nobody_renewed_it_says_what_is_true() -> None:
    state = with_repository(up=None, last_poll=None, last_poll_success=hours_ago(72))
    assert found(CHECK, state).sentence == "It could not be read for 3 days; the limit is 1 hour."
