import pytest

from immich_backup_exporter.checks.dump_suspiciously_small import CHECK
from support.facts import dump_file
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump


def test_the_usual_size_is_ok_and_says_the_share() -> None:
    assert severity(CHECK, STATE) == "ok"
    assert found(CHECK, STATE).sentence == "The newest dump has 500 bytes, 100 % of the usual."


@pytest.mark.parametrize(("size", "expected"), [(250, "ok"), (249, "warning"), (0, "warning")])
def test_a_size_below_the_ratio_is_a_warning(size: int, expected: str) -> None:
    state = with_dump(newest=dump_file(5, size_bytes=size))
    assert severity(CHECK, state) == expected
    assert found(CHECK, state).labels == {}


@pytest.mark.parametrize("usual", [None, 0.0])
def test_where_nothing_is_usual_nothing_is_small(usual: float | None) -> None:
    assert severity(CHECK, with_dump(size_baseline_bytes=usual)) == "ok"


def test_a_broken_one_is_for_another_check_to_say() -> None:
    assert silent(CHECK, with_dump(newest=dump_file(5, size_bytes=1), valid=False))


def test_a_pause_is_ok() -> None:
    assert severity(CHECK, with_dump({"paused_until": PAUSE}, newest=dump_file(5, size_bytes=1))) == "ok"


def test_without_a_dump_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_dump(newest=None))
