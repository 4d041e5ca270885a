import pytest

from immich_backup_exporter.checks.state_not_writable import CHECK
from support.facts import hours_ago
from support.healthy import STATE, found, severity, with_agent


def test_a_state_that_is_written_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize(("minutes", "expected"), [(1, "ok"), (14.9, "ok"), (15, "warning"), (600, "warning")])
def test_writes_that_failed_for_a_quarter_of_an_hour_are_a_warning(minutes: float, expected: str) -> None:
    assert severity(CHECK, with_agent(state_failing_since=hours_ago(minutes / 60))) == expected


def test_the_warning_says_for_how_long() -> None:
    finding = found(CHECK, with_agent(state_failing_since=hours_ago(2)))
    assert "for 2 h" in finding.sentence
    assert finding.labels == {}
