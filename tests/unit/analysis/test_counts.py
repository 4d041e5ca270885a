from datetime import datetime

from immich_backup_exporter.analysis.counts import count_key, usual_count
from immich_backup_exporter.domain.records import CountRecord
from support.facts import hours_ago, plan, snapshot, snapshot_id

KEY = count_key(plan(), "/srv/immich")
NIGHTS = tuple(snapshot(number, hours=24.0 * (6 - number)) for number in range(1, 6))


def counts(*numbers: int, key: str = KEY) -> tuple[CountRecord, ...]:
    """One for each night, oldest first, the newest a day ago."""
    return tuple(
        CountRecord(plan=key, newest_id=one.id, time=one.time, count=number)
        for one, number in zip(NIGHTS[-len(numbers) :], numbers, strict=True)
    )


def usual(entries: tuple[CountRecord, ...], *forgets: tuple[datetime, int]) -> float | None:
    return usual_count(entries, KEY, snapshot(9, hours=0), NIGHTS, forgets)


def test_without_any_forget_it_is_the_median() -> None:
    assert usual(counts(30, 31, 32)) == 31.0


def test_what_a_forget_removed_since_is_taken_off() -> None:
    assert usual(counts(30, 31, 32), (hours_ago(1), 20)) == 12.0


def test_a_forget_of_before_a_count_is_in_it() -> None:
    assert usual(counts(10, 11, 12), (hours_ago(200), 20)) == 11.0


def test_a_forget_each_night_of_as_many_as_are_made_lowers_nothing() -> None:
    each_night = tuple((hours_ago(24.0 * night + 1), 1) for night in range(1, 5))
    assert usual(counts(14, 14, 14, 14, 14), *each_night) == 14.0


def test_more_than_there_were_leaves_nothing_to_expect() -> None:
    assert usual(counts(3, 3, 3), (hours_ago(1), 500)) == 0.0


def test_the_newest_and_other_selections_count_for_nothing() -> None:
    other = counts(90, 90, 90, key=count_key(plan(host="photos"), "/srv/immich"))
    newest = CountRecord(plan=KEY, newest_id=snapshot_id(9), time=hours_ago(0), count=1)
    assert usual((*other, *counts(30, 31, 32), newest)) == 31.0


def test_a_plan_that_selects_by_something_else_has_another_key_and_one_with_another_limit_has_not() -> None:
    assert count_key(plan(tags=("nightly",)), "/srv/immich") != KEY
    assert count_key(plan(), "/mnt/immich") != KEY
    assert count_key(plan(min_size_ratio=0.5, ignore_snapshots=("0123abcd",)), "/srv/immich") == KEY
