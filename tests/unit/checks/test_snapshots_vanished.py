import pytest

from immich_backup_exporter.checks.snapshots_vanished import CHECK
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_job, with_plan


def test_the_usual_number_is_ok() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas", "plan": "immich"})
    assert finding.sentence == "30 snapshots, usually 30."


@pytest.mark.parametrize(("left", "expected"), [(15, "ok"), (14, "critical"), (0, "critical")])
def test_fewer_than_half_of_the_usual_number_is_critical(left: int, expected: str) -> None:
    assert severity(CHECK, with_plan(snapshots=left)) == expected


@pytest.mark.parametrize("usual", [None, 0.0])
def test_where_nothing_is_usual_nothing_can_vanish(usual: float | None) -> None:
    assert severity(CHECK, with_plan(snapshots=0, snapshots_baseline=usual)) == "ok"


@pytest.mark.parametrize(("hours", "expected"), [(1, "ok"), (24, "ok"), (24.1, "critical")])
def test_a_job_at_work_excuses_it_for_a_day(hours: float, expected: str) -> None:
    state = with_plan(state=with_job(running=True, running_since=hours_ago(hours)), snapshots=3)
    assert severity(CHECK, state) == expected


def test_a_job_of_any_plan_of_the_repository_excuses_it() -> None:
    running = with_job({"plan": None}, running=True, running_since=hours_ago(1))
    assert severity(CHECK, with_plan(state=running, snapshots=3)) == "ok"


def test_a_job_of_another_repository_excuses_nothing() -> None:
    running = with_job({"repository": "b2"}, running=True, running_since=hours_ago(1))
    assert severity(CHECK, with_plan(state=running, snapshots=3)) == "critical"


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, snapshots=0)) == "ok"


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_plan(snapshots=None))
