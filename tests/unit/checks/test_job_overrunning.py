import pytest

from immich_backup_exporter.checks.job_overrunning import CHECK
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_job


def test_a_job_that_is_not_at_work_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize(("hours", "expected"), [(1, "ok"), (6, "ok"), (6.1, "warning")])
def test_longer_than_it_may_is_a_warning(hours: float, expected: str) -> None:
    state = with_job(running=True, running_since=hours_ago(hours))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {"job_name": "nightly", "repository": "nas", "plan": "immich"}


def test_a_paused_job_is_ok() -> None:
    assert severity(CHECK, with_job({"paused_until": PAUSE}, running=True, running_since=hours_ago(99))) == "ok"


def test_without_a_limit_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_job({"max_duration": None}, running=True, running_since=hours_ago(99)))
