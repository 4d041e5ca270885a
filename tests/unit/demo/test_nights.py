"""The nights of the demo lie in the past, and the last one is fresh, whatever the clock says."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from immich_backup_exporter.demo.nights import dump_moment, last_nights, local


@pytest.mark.parametrize("hour", range(24))
def test_the_last_backup_began_eleven_hours_before_the_start_at_any_hour(hour):
    now = local(date(2026, 6, 15), time(hour, 4)).astimezone(UTC)
    assert now - last_nights(now, 1)[0] == timedelta(hours=11)


def test_backups_began_at_the_same_time_of_each_day():
    now = local(date(2026, 6, 15), time(12, 30, 17)).astimezone(UTC)
    assert last_nights(now, 3) == (
        local(date(2026, 6, 13), time(1, 30)),
        local(date(2026, 6, 14), time(1, 30)),
        local(date(2026, 6, 15), time(1, 30)),
    )


def test_a_dump_is_made_an_hour_before_the_backup_that_takes_it_along():
    assert dump_moment(local(date(2026, 6, 15), time(3))).strftime("%Y-%m-%d %H:%M") == "2026-06-15 02:00"


def test_moments_are_those_of_the_machines_own_clock():
    assert local(date(2026, 6, 15), time(2)) == datetime(2026, 6, 15, 2).astimezone()
