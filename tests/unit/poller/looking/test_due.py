from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from immich_backup_exporter.poller.looking.due import Due, is_open
from support.fakes import HandClock

NIGHT = (time(22, 0), time(6, 0))


def test_what_never_failed_is_due() -> None:
    assert Due[str](HandClock()).is_due("tree")


def test_what_failed_waits_a_minute_then_16_minutes_then_up_to_6_hours() -> None:
    clock = HandClock()
    due = Due[str](clock)
    assert due.failed("tree") == 1
    clock.advance(seconds=59)
    assert not due.is_due("tree")
    clock.advance(seconds=1)
    assert due.is_due("tree")
    assert due.failed("tree") == 2
    clock.advance(minutes=15, seconds=59)
    assert not due.is_due("tree")
    clock.advance(seconds=1)
    assert due.is_due("tree")
    assert [due.failed("tree") for _ in range(3)] == [3, 4, 5]
    clock.advance(hours=5, minutes=59)
    assert not due.is_due("tree")
    clock.advance(minutes=1)
    assert due.is_due("tree")


def test_a_wall_clock_that_jumps_makes_nothing_due() -> None:
    clock = HandClock()
    due = Due[str](clock)
    due.failed("tree")
    clock.jump(days=1)
    assert not due.is_due("tree")


def test_after_a_success_failures_are_counted_anew() -> None:
    due = Due[str](HandClock())
    due.failed("tree")
    due.succeeded("tree")
    assert due.is_due("tree")
    assert due.failed("tree") == 1


def test_waiting_without_a_failure_counts_none() -> None:
    due = Due[str](HandClock())
    due.postpone("tree", timedelta(minutes=1))
    assert not due.is_due("tree")
    assert due.failed("tree") == 1


def test_one_thing_waits_as_long_as_another() -> None:
    clock = HandClock()
    due = Due[str](clock)
    due.postpone("holder", timedelta(minutes=5))
    due.postpone_like("tree", "holder")
    clock.advance(minutes=4)
    assert not due.is_due("tree")
    clock.advance(minutes=1)
    assert due.is_due("tree")


def test_failures_of_before_count() -> None:
    assert Due(HandClock(), {"tree": 1}).failed("tree") == 2


def test_without_hours_every_moment_is_one() -> None:
    assert is_open(None, datetime(2026, 3, 1, 12, 0, tzinfo=UTC), None)


def test_hours_are_those_of_their_zone_and_may_go_over_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert not is_open(NIGHT, datetime(2026, 3, 1, 20, 59, tzinfo=UTC), berlin)
    assert is_open(NIGHT, datetime(2026, 3, 1, 21, 0, tzinfo=UTC), berlin)
    assert is_open(NIGHT, datetime(2026, 3, 1, 4, 59, tzinfo=UTC), berlin)
    assert not is_open(NIGHT, datetime(2026, 3, 1, 5, 0, tzinfo=UTC), berlin)
