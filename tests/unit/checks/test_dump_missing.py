from dataclasses import replace

import pytest

from immich_backup_exporter.checks.dump_missing import CHECK
from immich_backup_exporter.domain.state import State
from support.facts import hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump, without_folder


def none(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    nothing = {"routine": 0, "newest": None, "valid": None, "last_valid": None, "size_baseline_bytes": None}
    return with_dump(settings, state, **{**nothing, **changed})


def test_a_dump_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize(("hours", "expected"), [(0, "ok"), (26, "ok"), (26.1, "critical")])
def test_none_is_critical_once_it_was_expected_for_longer_than_its_age(hours: float, expected: str) -> None:
    state = none(expected_since=hours_ago(hours))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {}


def test_an_unmounted_disk_explains_it() -> None:
    assert silent(CHECK, none(state=without_folder("backups")))
    assert severity(CHECK, none(state=without_folder("library"))) == "critical"


def test_a_pause_is_ok_until_it_is_over() -> None:
    assert severity(CHECK, none({"paused_until": PAUSE})) == "ok"
    assert severity(CHECK, none({"paused_until": hours_ago(0)})) == "critical"


def test_a_folder_that_never_could_be_looked_at_is_unknown_until_a_dump_is_overdue() -> None:
    blind = {"routine": None, "out_of_sight": True, "sentence": "The dump folder cannot be read."}
    assert severity(CHECK, none(expected_since=hours_ago(1), **blind)) == "unknown"
    assert severity(CHECK, none(expected_since=hours_ago(27), **blind)) == "critical"


def test_where_dumps_are_not_watched_there_is_nothing_to_say() -> None:
    assert silent(CHECK, replace(STATE, dump=None))
