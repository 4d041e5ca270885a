from datetime import timedelta

import pytest

from immich_backup_exporter.checks.words import ago, at, share, size, span
from support.facts import NOW, hours_ago


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (93_600, "26 h"),
        (94_320, "26 h 12 min"),
        (259_199, "71 h 59 min"),
        (259_200, "3 d"),
        (273_600, "3 d 4 h"),
        (259_500, "3 d"),
        (-60, "-1 min"),
    ],
)
def test_a_span_has_two_units_at_most(seconds: int, expected: str) -> None:
    assert span(timedelta(seconds=seconds)) == expected


def test_a_time_ahead_is_now() -> None:
    assert (ago(hours_ago(2), NOW), ago(hours_ago(-2), NOW)) == ("2 h ago", "0 s ago")


def test_a_moment_is_in_utc() -> None:
    assert at(NOW) == "2026-11-23 12:00 UTC"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (5_000_000, "4.8 MiB"), (2**60, "1024.0 PiB")],
)
def test_a_size_is_in_binary_units(count: int, expected: str) -> None:
    assert size(count) == expected


def test_a_share_is_in_percent() -> None:
    assert share(1, 3) == "33 %"
