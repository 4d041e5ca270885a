from dataclasses import replace

import pytest

from immich_backup_exporter.checks.dump_not_in_snapshot import CHECK
from immich_backup_exporter.domain.state import State
from support.facts import dump_file, hours_ago
from support.healthy import DUMP, PAUSE, STATE, found, severity, silent
from support.insides import with_contents


def with_live(state: State, **changed: object) -> State:
    return replace(state, dump=replace(DUMP, **changed))  # type: ignore[arg-type]


NONE = with_contents(dumps=0, dump=None, dump_valid=None)


def test_a_current_dump_is_ok() -> None:
    assert found(CHECK, with_contents()).sentence == "The dump in it was 1 hour old when the snapshot was made."


def test_no_dump_is_critical() -> None:
    assert severity(CHECK, NONE) == "critical"


@pytest.mark.parametrize(("hours", "expected"), [(36, "ok"), (36.01, "critical")])
def test_a_dump_that_was_too_old_when_the_snapshot_was_made_is_critical(hours: float, expected: str) -> None:
    assert severity(CHECK, with_contents(dump=dump_file(5, hours=hours))) == expected


def test_one_that_has_become_old_since_is_ok() -> None:
    state = with_live(with_contents(), last_valid=hours_ago(10))
    assert severity(CHECK, state) == "ok"


def test_stale_dumps_explain_it() -> None:
    assert silent(CHECK, with_live(NONE, last_valid=hours_ago(27)))


def test_on_the_first_day_there_is_no_dump_yet() -> None:
    assert severity(CHECK, with_live(NONE, routine=0, newest=None, valid=None, last_valid=None)) == "ok"
    first = dump_file(1, hours=9)
    assert severity(CHECK, with_live(NONE, routine=1, newest=first, last_valid=first.time)) == "ok"


def test_a_first_dump_of_before_the_snapshot_should_be_in_it() -> None:
    first = dump_file(1, hours=11)
    assert severity(CHECK, with_live(NONE, routine=1, newest=first, last_valid=first.time)) == "critical"


def test_an_agent_that_sees_no_live_dumps_goes_by_the_snapshot_alone() -> None:
    assert severity(CHECK, replace(NONE, dump=None)) == "critical"


def test_paused_dumps_may_be_old_but_not_absent() -> None:
    paused = replace(DUMP.settings, paused_until=PAUSE)
    assert severity(CHECK, with_live(with_contents(dump=dump_file(5, hours=99)), settings=paused)) == "ok"
    assert severity(CHECK, with_live(NONE, settings=paused)) == "critical"


def test_a_plan_for_the_originals_alone_holds_no_dump() -> None:
    assert silent(CHECK, with_contents({"holds": ("originals",)}, dumps=0, dump=None))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_contents({"paused_until": PAUSE}, dumps=0, dump=None)) == "ok"


def test_before_anything_was_looked_into_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


def test_it_says_that_a_symbolic_link_was_stored() -> None:
    state = with_contents(dumps=0, dump=None, dump_valid=None, sentence="It is a link.")
    assert found(CHECK, state).sentence == (
        "The newest inspected snapshot holds no dump of Immich's database. It is a link."
    )
