from dataclasses import replace
from datetime import timedelta

import pytest

from immich_backup_exporter.checks.never_succeeded import CHECK
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.state import State
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan, with_repository
from support.words import message


def never(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    nothing = {"last_success": None, "newest": None, "snapshots": 0}
    return with_plan(settings, state, **{**nothing, **changed})


def test_a_plan_with_a_backup_is_ok() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas", "plan": "immich"})


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, "unknown"), (26, "unknown"), (26.1, "critical"), (900, "critical")]
)
def test_none_is_critical_once_it_was_expected_for_longer_than_its_age(hours: float, expected: str) -> None:
    assert severity(CHECK, never(expected_since=hours_ago(hours))) == expected


def test_a_weekly_plan_has_its_week() -> None:
    weekly = {"max_age": timedelta(days=8)}
    assert severity(CHECK, never(weekly, expected_since=hours_ago(190))) == "unknown"
    assert severity(CHECK, never(weekly, expected_since=hours_ago(193))) == "critical"


def test_it_says_why_nothing_matches_also_before_its_time() -> None:
    told = found(CHECK, never(expected_since=hours_ago(1), explanation=message("Hosts seen: photos."))).sentence
    assert told == "Hosts seen: photos. One is expected by 2026-11-24 13:00 UTC."


def test_a_paused_plan_is_ok_and_says_until_when() -> None:
    finding = found(CHECK, never({"paused_until": PAUSE}))
    assert (finding.severity, finding.sentence) == ("ok", "Paused until 2026-11-23 13:00 UTC.")


def test_a_pause_that_is_over_excuses_nothing() -> None:
    assert severity(CHECK, never({"paused_until": hours_ago(0)})) == "critical"


@pytest.mark.parametrize(("hours", "quiet"), [(2.0, False), (2.1, True)])
def test_a_repository_that_is_long_out_of_reach_explains_it(hours: float, quiet: bool) -> None:
    assert silent(CHECK, never(state=with_repository(up=False, last_poll_success=hours_ago(hours)))) is quiet


@pytest.mark.parametrize("reason", ["wrong_password", "unauthorized", "permission", "not_found"])
def test_a_repository_that_is_denied_explains_it(reason: str) -> None:
    assert silent(CHECK, never(state=with_repository(up=False, failure=FailureReason(reason))))


def test_of_a_repository_that_was_not_read_yet_it_is_unknown() -> None:
    state = never(
        state=with_repository(up=None, last_poll_success=None, expected_since=hours_ago(0)),
        snapshots=None,
        expected_since=hours_ago(0),
    )
    assert severity(CHECK, state) == "unknown"


def test_a_check_that_cannot_remember_waits_for_nothing() -> None:
    state = replace(never(expected_since=hours_ago(0)), remembers=False)
    finding = found(CHECK, state)
    assert finding.severity == "critical"
    assert finding.sentence.startswith("This check cannot remember since when a backup is expected")


def test_snapshots_that_match_nothing_are_for_another_check_to_say() -> None:
    state = never(state=STATE, expected_since=hours_ago(1), snapshots_baseline=None)
    assert silent(CHECK, state)
