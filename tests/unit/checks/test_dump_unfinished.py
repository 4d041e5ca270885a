import pytest

from immich_backup_exporter.checks.dump_unfinished import CHECK
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump


def test_none_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize(("hours", "expected"), [(0.1, "ok"), (2, "ok"), (2.1, "warning")])
def test_one_that_stands_still_for_two_hours_is_a_warning(hours: float, expected: str) -> None:
    state = with_dump(unfinished=1, oldest_unfinished=hours_ago(hours))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {}


def test_a_pause_is_ok() -> None:
    state = with_dump({"paused_until": PAUSE}, unfinished=1, oldest_unfinished=hours_ago(5))
    assert severity(CHECK, state) == "ok"


def test_where_the_folder_could_not_be_looked_at_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_dump(unfinished=None))
