"""The nights of the demo lie in the past, and the last one is fresh."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from immich_backup_exporter.demo.nights import backup_moment, dump_moment, last_nights, local


@pytest.mark.parametrize(
    ("clock", "last"),
    [
        (time(0, 30), date(2026, 6, 14)),
        (time(3, 1), date(2026, 6, 14)),
        (time(3, 6), date(2026, 6, 15)),
        (time(12), date(2026, 6, 15)),
        (time(23, 59), date(2026, 6, 15)),
    ],
)
def test_the_last_night_is_the_last_whose_backup_is_over(clock, last):
    now = local(date(2026, 6, 15), clock).astimezone(UTC)
    assert last_nights(now, 3) == (last - timedelta(days=2), last - timedelta(days=1), last)


@pytest.mark.parametrize("hour", range(24))
def test_the_newest_backup_and_dump_are_never_older_than_25_hours_nor_in_the_future(hour):
    now = local(date(2026, 6, 15), time(hour, 4))
    (night,) = last_nights(now, 1)
    assert timedelta(0) < now - backup_moment(night) < timedelta(hours=25)
    assert timedelta(0) < now - dump_moment(night) < timedelta(hours=27)


def test_a_dump_is_made_an_hour_before_the_backup_that_takes_it_along():
    assert backup_moment(date(2026, 6, 15)) - dump_moment(date(2026, 6, 15)) == timedelta(hours=1)


def test_moments_are_those_of_the_machines_own_clock():
    assert dump_moment(date(2026, 6, 15)).strftime("%Y-%m-%d %H:%M") == "2026-06-15 02:00"
    assert dump_moment(date(2026, 6, 15)) == datetime(2026, 6, 15, 2).astimezone()
