from immich_backup_exporter.checks.plan_matches_nothing import CHECK
from immich_backup_exporter.domain.state import State
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan, with_repository


def unmatched(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    nothing = {
        "last_success": None,
        "newest": None,
        "snapshots": 0,
        "snapshots_baseline": None,
        "expected_since": hours_ago(1),
    }
    return with_plan(settings, state, **{**nothing, **changed})


def test_a_plan_with_snapshots_is_ok() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {"repository": "nas", "plan": "immich"})
    assert finding.sentence == "30 snapshots are this plan's."


def test_snapshots_of_which_none_is_the_plans_are_a_warning_at_once() -> None:
    finding = found(CHECK, unmatched(explanation="0 of 30 snapshots match host photos.", expected_since=hours_ago(0)))
    assert (finding.severity, finding.sentence) == ("warning", "0 of 30 snapshots match host photos.")


def test_an_empty_repository_holds_nothing_to_match() -> None:
    assert silent(CHECK, unmatched(state=with_repository(snapshots=0)))


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert silent(CHECK, unmatched(state=with_repository(snapshots=None), snapshots=None))


def test_once_a_backup_is_overdue_that_is_said_instead() -> None:
    assert severity(CHECK, unmatched(expected_since=hours_ago(26))) == "warning"
    assert silent(CHECK, unmatched(expected_since=hours_ago(26.1)))


def test_a_plan_that_held_snapshots_lost_them() -> None:
    assert silent(CHECK, unmatched(snapshots_baseline=17.0))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, unmatched({"paused_until": PAUSE})) == "ok"
