from datetime import timedelta

import pytest

from immich_backup_exporter.domain.records import Unreadable
from immich_backup_exporter.poller.core.schedule import jittered, restic_pause, unreadable_pause
from support.facts import NOW


@pytest.mark.parametrize(("attempts", "pause"), [(0, 10), (1, 20), (5, 320), (7, 1280), (8, 1440), (5000, 1440)])
def test_the_pause_for_an_unreadable_snapshot_doubles_up_to_a_day(attempts: int, pause: int) -> None:
    assert unreadable_pause(Unreadable(attempts=attempts, retry_at=NOW)) == timedelta(minutes=pause)


def test_an_unreadable_snapshot_is_asked_for_again_after_ten_minutes_at_first() -> None:
    assert unreadable_pause(None) == timedelta(minutes=10)


@pytest.mark.parametrize(("failures", "pause"), [(1, 5), (2, 10), (3, 15), (4, 15), (5000, 15)])
def test_the_pause_after_failures_of_restic_doubles_up_to_a_quarter_of_an_hour(failures: int, pause: int) -> None:
    assert restic_pause(timedelta(minutes=5), failures) == timedelta(minutes=pause)


def test_a_long_poll_interval_is_never_shortened_by_a_failure() -> None:
    assert restic_pause(timedelta(hours=1), 7) == timedelta(hours=1)


def test_jitter_shortens_by_a_tenth_at_most_and_never_lengthens() -> None:
    assert jittered(timedelta(minutes=5), 0.0) == 300.0
    assert jittered(timedelta(minutes=5), 0.5) == 285.0
    assert jittered(timedelta(minutes=5), 1.0) == 270.0
