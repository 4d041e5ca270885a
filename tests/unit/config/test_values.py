"""Durations, sizes, times and the other values as people write them."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from immich_backup_exporter.config import Configuration
from immich_backup_exporter.config.values import (
    ALLOWED_RESTIC_VARIABLES,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)
from immich_backup_exporter.restic.environment import RESTIC_ALLOWED

Settle = Callable[..., Configuration]


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("26h", timedelta(hours=26)),
        ("8d", timedelta(days=8)),
        ("2w", timedelta(days=14)),
        ("1y", timedelta(days=365)),
        ("1h30m", timedelta(minutes=90)),
        ("1y2w3d4h5m6s7ms", timedelta(days=382, hours=4, minutes=5, seconds=6, milliseconds=7)),
        ("0", timedelta(0)),
    ],
)
def test_durations_are_read_as_prometheus_reads_them(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(hours=26), "26h"),
        (timedelta(days=35), "35d"),
        (timedelta(seconds=90), "90s"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(0), "0s"),
    ],
)
def test_durations_are_printed_in_one_unit(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10GiB", 10737418240),
        ("500MB", 500_000_000),
        ("1.5 KiB", 1536),
        ("4096B", 4096),
        ("1kB", 1000),
        ("2TB", 2_000_000_000_000),
    ],
)
def test_sizes_are_read_with_their_units(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(("size", "text"), [(10737418240, "10GiB"), (1536, "1536B"), (500_000_000, "500000000B")])
def test_sizes_are_printed_exactly(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.fixture
def system_in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _paused(settle: Settle, text: str, timezone: str) -> datetime | None:
    yaml = f"""
immich: {{upload_location: /srv/immich{timezone}, dump: {{paused_until: {text}}}}}
repositories: {{nas: {{repository: /r, password_file: /p}}}}
"""
    dump = settle(yaml).settings.dump
    assert dump is not None
    return dump.paused_until


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-24", datetime(2026, 12, 23, 23, 0, tzinfo=UTC)),
        ('"2026-12-24"', datetime(2026, 12, 23, 23, 0, tzinfo=UTC)),
        ("2026-12-24T18:00", datetime(2026, 12, 24, 17, 0, tzinfo=UTC)),
        ("2026-12-24 18:00:30", datetime(2026, 12, 24, 17, 0, 30, tzinfo=UTC)),
        ("2026-12-24T18:00:00Z", datetime(2026, 12, 24, 18, 0, tzinfo=UTC)),
        ("2026-12-24 18:00:00 +03:00", datetime(2026, 12, 24, 15, 0, tzinfo=UTC)),
        ("2020-01-01", datetime(2019, 12, 31, 23, 0, tzinfo=UTC)),
        ("2027-01-22T13:00:00+01:00", datetime(2027, 1, 22, 12, 0, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_of_immichs_zone_and_a_day_begins_at_midnight(
    settle: Settle, text: str, moment: datetime
) -> None:
    assert _paused(settle, text, ", timezone: Europe/Berlin") == moment


@pytest.mark.usefixtures("system_in_new_york")
def test_without_a_declared_zone_the_systems_counts(settle: Settle) -> None:
    assert _paused(settle, "2026-12-24", "") == datetime(2026, 12, 24, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01"])
def test_a_time_at_the_end_of_the_calendar_is_refused_and_does_not_crash(
    refused: Callable[..., list[str]], text: str
) -> None:
    yaml = f"""
immich: {{timezone: Europe/Berlin, dump: {{paused_until: "{text}"}}}}
repositories: {{nas: {{repository: /r, password_file: /p}}}}
"""
    assert refused(yaml) == [
        (
            f'config.yaml line 2, immich.dump.paused_until: "{text}" does not exist in the calendar; '
            "write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00"
        )
    ]


@pytest.mark.parametrize("schedule", ["0 5 * * 0", "*/15 * * * *", "0 1-5,22 1,15 * 1-5", "30 4 * * 7", "5/10 * * * *"])
def test_schedules_of_cron_are_taken(settle: Settle, schedule: str) -> None:
    yaml = f"""
repositories: {{nas: {{repository: /r, password_file: /p}}}}
drills: {{weekly: {{repository: nas, plan: immich, schedule: "{schedule}"}}}}
"""
    assert settle(yaml).model.drills["weekly"].schedule == schedule


def test_exactly_those_variables_of_restic_can_be_set_that_are_passed_on() -> None:
    assert frozenset(ALLOWED_RESTIC_VARIABLES) == RESTIC_ALLOWED
