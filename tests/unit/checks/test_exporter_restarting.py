from immich_backup_exporter.checks.exporter_restarting import CHECK
from support.facts import hours_ago
from support.healthy import STATE, found, severity, silent, with_agent


def test_an_agent_that_runs_is_ok_and_says_since_when() -> None:
    assert severity(CHECK, STATE) == "ok"
    assert found(CHECK, STATE).sentence == "It was started 30 hours ago."


def test_three_restarts_within_an_hour_are_ok() -> None:
    state = with_agent(starts=(hours_ago(9), hours_ago(0.9), hours_ago(0.5), hours_ago(0.1)))
    assert severity(CHECK, state) == "ok"


def test_four_restarts_within_an_hour_are_a_warning() -> None:
    state = with_agent(starts=(hours_ago(9), hours_ago(0.9), hours_ago(0.7), hours_ago(0.5), hours_ago(0.1)))
    assert severity(CHECK, state) == "warning"
    assert found(CHECK, state).labels == {}


def test_the_very_first_start_is_no_restart() -> None:
    assert severity(CHECK, with_agent(starts=(hours_ago(0.9), hours_ago(0.7), hours_ago(0.5), hours_ago(0.1)))) == "ok"


def test_a_restart_more_than_an_hour_ago_does_not_count() -> None:
    state = with_agent(starts=(hours_ago(9), hours_ago(1), hours_ago(0.7), hours_ago(0.5), hours_ago(0.1)))
    assert severity(CHECK, state) == "ok"


def test_without_a_start_on_record_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_agent(starts=()))
