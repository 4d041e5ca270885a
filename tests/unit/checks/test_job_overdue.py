import pytest

from immich_backup_exporter.checks.job_overdue import CHECK
from immich_backup_exporter.domain.state import State
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_job, with_plan


def overdue(settings: dict[str, object] | None = None, **changed: object) -> State:
    return with_job(settings, **{"last_end": hours_ago(27), **changed})


def test_a_run_in_time_is_ok_and_says_when() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.sentence) == (
        "ok",
        "The last reported end is 9 hours 30 minutes ago; one is due every 26 hours.",
    )


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.1, "warning"), (2600, "warning")])
def test_no_end_within_its_age_is_a_warning(hours: float, expected: str) -> None:
    state = with_job(last_end=hours_ago(hours))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {"job_name": "nightly", "repository": "nas", "plan": "immich"}


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.1, "warning")])
def test_without_any_it_counts_from_when_it_was_expected(hours: float, expected: str) -> None:
    assert severity(CHECK, with_job(last_end=None, last_outcome=None, expected_since=hours_ago(hours))) == expected


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.1, "warning")])
def test_a_run_under_way_has_as_long_as_the_jobs_own_interval(hours: float, expected: str) -> None:
    assert severity(CHECK, overdue(running=True, running_since=hours_ago(hours))) == expected


def test_a_paused_job_is_ok_and_so_is_one_of_a_paused_plan() -> None:
    assert severity(CHECK, overdue({"paused_until": PAUSE})) == "ok"
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, overdue())) == "ok"


@pytest.mark.parametrize(("hours", "quiet"), [(26, False), (26.1, True), (99, True)])
def test_a_stale_plan_explains_it(hours: float, quiet: bool) -> None:
    assert silent(CHECK, with_plan(state=overdue(), last_success=hours_ago(hours))) is quiet


@pytest.mark.parametrize(("hours", "quiet"), [(26, False), (26.1, True)])
def test_a_plan_that_never_succeeded_explains_it(hours: float, quiet: bool) -> None:
    state = with_plan(state=overdue(), last_success=None, expected_since=hours_ago(hours))
    assert silent(CHECK, state) is quiet


def test_a_stale_plan_explains_no_job_of_another_one() -> None:
    state = with_plan(state=overdue({"plan": None}), last_success=hours_ago(99))
    assert severity(CHECK, state) == "warning"


def test_without_an_age_there_is_nothing_to_say() -> None:
    assert silent(CHECK, overdue({"max_age": None}))
