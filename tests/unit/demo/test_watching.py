"""Values, as the demo says them."""

from datetime import UTC, datetime

import pytest

from immich_backup_exporter.demo.errors import DemoError
from immich_backup_exporter.demo.watching import Agent, Series, changed, spoken, value_of
from immich_backup_exporter.metrics import catalog as c
from immich_backup_exporter.words import ENGLISH
from support.words import saying

NAS = (("repository", "nas"), ("plan", "immich"))
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
SNAPSHOTS = ("immich_backup_snapshots", frozenset(NAS))
VALID = ("immich_backup_dump_valid", frozenset[tuple[str, str]]())


def test_a_series_is_written_as_in_a_query():
    assert str(Series(c.SNAPSHOTS, NAS)) == 'immich_backup_snapshots{repository="nas",plan="immich"}'
    assert str(Series(c.DUMP_VALID)) == "immich_backup_dump_valid"


def test_a_value_is_found_by_its_name_and_labels():
    values = {SNAPSHOTS: 30.0, VALID: 1.0}
    assert value_of(Series(c.SNAPSHOTS, NAS), values) == 30
    assert value_of(Series(c.DUMP_VALID), values) == 1
    assert value_of(Series(c.DUMPS), values) is None


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        (c.DUMP_VALID, 1.0, "1"),
        (c.SNAPSHOTS, 30.0, "30"),
        (c.SNAPSHOT_SIZE, 512.0, "512 bytes"),
        (c.SNAPSHOT_SIZE, 614_800.0, "600.4 KiB"),
        (c.SNAPSHOT_SIZE_DELTA, -5_242_880.0, "-5.0 MiB"),
        (c.LAST_SUCCESS_AGE, 75.0, "1 minute"),
        (c.LAST_SUCCESS_AGE, 600.0, "10 minutes"),
        (c.LAST_SUCCESS_AGE, 93_600.0, "26 hours"),
        (c.LAST_SUCCESS_AGE, 345_600.0, "4 days"),
        (c.LAST_SUCCESS_AGE, None, "(absent)"),
    ],
)
def test_a_value_is_said_by_its_unit(metric, value, words):
    assert ENGLISH.plain(spoken(Series(metric), value, NOW)) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 14, 3, tzinfo=UTC), "2026-03-14 03:00 UTC (9 hours ago)"),
        (datetime(2026, 3, 21, 12, tzinfo=UTC), "2026-03-21 12:00 UTC (in 7 days)"),
    ],
)
def test_a_time_is_shown_with_its_distance(moment, words):
    assert ENGLISH.plain(spoken(Series(c.LAST_SUCCESS), moment.timestamp(), NOW)) == words


def test_changed_means_that_every_series_is_there_with_another_value():
    series = (Series(c.SNAPSHOTS, NAS), Series(c.DUMP_VALID))
    before = {SNAPSHOTS: 30.0, VALID: 1.0}
    assert changed(series, before, {SNAPSHOTS: 26.0, VALID: 0.0})
    assert not changed(series, before, {SNAPSHOTS: 26.0, VALID: 1.0})
    assert not changed(series, before, {SNAPSHOTS: 26.0})
    assert not changed(series, before, {})
    assert changed(series, {}, before)


def test_an_agent_that_says_nothing_is_not_waited_for_for_ever():
    with pytest.raises(DemoError, check=saying(r"immich_backup_snapshots\{.*\} did not change within 0 seconds\.")):
        Agent("http://127.0.0.1:9/").wait_for(Series(c.SNAPSHOTS, NAS), 1, 0)
