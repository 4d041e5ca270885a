from datetime import timedelta

import pytest

from immich_backup_exporter.checks.repository_access_denied import CHECK
from immich_backup_exporter.domain.errors import FailureReason
from support.facts import hours_ago
from support.healthy import STATE, found, severity, silent, with_repository
from support.words import message

NOT_FOUND = FailureReason.NOT_FOUND


def test_a_repository_that_is_open_to_us_is_ok() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas"})


@pytest.mark.parametrize("reason", ["wrong_password", "unauthorized", "permission"])
def test_a_refusal_is_critical_at_once_and_says_which(reason: str) -> None:
    finding = found(
        CHECK, with_repository(up=False, failure=FailureReason(reason), failure_next_step=message("Mend it."))
    )
    assert (finding.severity, finding.labels) == ("critical", {"repository": "nas", "reason": reason})
    assert finding.next_step == "Mend it."


@pytest.mark.parametrize(("minutes", "expected"), [(14.9, "unknown"), (15, "critical"), (600, "critical")])
def test_one_that_was_there_may_come_back_for_a_quarter_of_an_hour(minutes: float, expected: str) -> None:
    assert (
        severity(CHECK, with_repository(up=False, failure=NOT_FOUND, last_poll_success=hours_ago(minutes / 60)))
        == expected
    )


def test_one_that_never_was_there_is_critical_at_once() -> None:
    state = with_repository(up=False, failure=NOT_FOUND, last_poll_success=None, expected_since=hours_ago(0))
    assert severity(CHECK, state) == "critical"


@pytest.mark.parametrize(("hours", "expected"), [(2, "unknown"), (192, "unknown"), (192.1, "critical")])
def test_a_disk_that_rotates_has_the_time_that_it_was_given(hours: float, expected: str) -> None:
    away = {"unreachable_after": timedelta(days=8)}
    assert (
        severity(CHECK, with_repository(away, up=False, failure=NOT_FOUND, last_poll_success=hours_ago(hours)))
        == expected
    )


def test_the_time_to_rotate_excuses_no_refusal() -> None:
    away = {"unreachable_after": timedelta(days=8)}
    assert severity(CHECK, with_repository(away, up=False, failure=FailureReason.PERMISSION)) == "critical"


def test_before_a_poll_and_out_of_reach_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_repository(up=None))
    assert silent(CHECK, with_repository(up=False, failure=FailureReason.TIMEOUT))
