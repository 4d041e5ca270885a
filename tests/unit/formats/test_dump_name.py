"""The names of Immich's dumps, as its releases write them."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from immich_backup_exporter.domain.immich import DumpKind
from immich_backup_exporter.formats.dump_name import DumpName, looks_like_dump, parse_dump_name

BERLIN = ZoneInfo("Europe/Berlin")
LATER = datetime(2026, 6, 1, tzinfo=UTC)


def parse(name: str, modified: datetime = LATER, zone: ZoneInfo | None = BERLIN) -> DumpName:
    return parse_dump_name(name, modified, zone)


def test_a_dated_name_tells_local_time_and_versions():
    assert parse("immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz") == DumpName(
        kind=DumpKind.IMMICH,
        unfinished=False,
        compressed=True,
        named_time=datetime(2026, 1, 15, 1, 0, tzinfo=UTC),
        immich_version="2.7.5",
        postgres_version="14.19",
    )


def test_a_name_with_milliseconds_tells_universal_time():
    assert parse("immich-db-backup-1735693200123.sql.gz") == DumpName(
        kind=DumpKind.IMMICH,
        unfinished=False,
        compressed=True,
        named_time=datetime(2025, 1, 1, 1, 0, 0, 123000, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("name", "immich", "postgres"),
    [
        ("immich-db-backup-20260115T020000-v3.0.0-rc.4-pg18.0.sql.gz", "3.0.0-rc.4", "18.0"),
        ("immich-db-backup-20260115T020000-v3.0.0-pg19beta1.sql.gz", "3.0.0", "19beta1"),
        ("immich-db-backup-20260115T020000-v1-pg2-v3-pg14.19.sql.gz", "1-pg2-v3", "14.19"),
        ("immich-db-backup-20260115T020000-v-pg.sql.gz", None, None),
        ("restore-point-immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz", "2.7.5", "14.19"),
        ("immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz.tmp", "2.7.5", "14.19"),
    ],
)
def test_versions_are_what_immich_put_there(name, immich, postgres):
    assert (parse(name).immich_version, parse(name).postgres_version) == (immich, postgres)


@pytest.mark.parametrize(
    ("name", "kind", "unfinished"),
    [
        ("immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz.tmp", DumpKind.IMMICH, True),
        ("immich-db-backup-1735693200123.sql.gz.tmp", DumpKind.IMMICH, True),
        ("immich-db-backup-anything.sql.gz.tmp", DumpKind.IMMICH, True),
        ("immich-db-backup-anything.sql.gz", DumpKind.OTHER, False),
        ("immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql", DumpKind.OTHER, False),
        ("immich-db-backup-20260115T020000.sql.gz", DumpKind.OTHER, False),
        ("immich-db-backup-१२३.sql.gz", DumpKind.OTHER, False),
        ("uploaded-immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz", DumpKind.UPLOADED, False),
        ("uploaded-mine.sql", DumpKind.UPLOADED, False),
        ("restore-point-immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz", DumpKind.RESTORE_POINT, False),
        ("restore-point-immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz.tmp", DumpKind.RESTORE_POINT, True),
        ("frameleaf-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz", DumpKind.OTHER, False),
        ("before-the-upgrade.sql", DumpKind.OTHER, False),
        ("before-the-upgrade.sql.gz.tmp", DumpKind.OTHER, True),
    ],
)
def test_the_kind_follows_immichs_own_patterns(name, kind, unfinished):
    assert (parse(name).kind, parse(name).unfinished) == (kind, unfinished)


@pytest.mark.parametrize(
    "name",
    [
        "immich-db-backup-20251399T020000-v2.7.5-pg14.19.sql.gz",
        "immich-db-backup-20250101T250000-v2.7.5-pg14.19.sql.gz",
        "immich-db-backup-00000101T000000-v2.7.5-pg14.19.sql.gz",
        "immich-db-backup-00010101T000000-v2.7.5-pg14.19.sql.gz",
        "immich-db-backup-99999999999999999999999.sql.gz",
    ],
)
def test_an_impossible_time_is_unknown_and_the_dump_stays_routine(name):
    assert (parse(name).kind, parse(name).named_time) == (DumpKind.IMMICH, None)


@pytest.mark.parametrize(
    ("ended", "began"),
    [
        (datetime(2025, 10, 26, 0, 35, tzinfo=UTC), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        (datetime(2025, 10, 26, 1, 35, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)),
        (datetime(2025, 10, 26, 0, 5, tzinfo=UTC), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_comes_twice_is_the_one_that_fits_the_files_own_time(ended, began):
    assert parse("immich-db-backup-20251026T023000-v2.1.0-pg14.19.sql.gz", ended).named_time == began


def test_an_hour_that_clocks_skipped_counts_as_if_they_had_not():
    said = parse("immich-db-backup-20250330T023000-v2.1.0-pg14.19.sql.gz")

    assert said.named_time == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)


@pytest.fixture
def machine_in_new_york(monkeypatch):
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("machine_in_new_york")
def test_without_a_zone_the_machines_own_is_taken():
    said = parse("immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz", zone=None)

    assert said.named_time == datetime(2026, 1, 15, 7, 0, tzinfo=UTC)


@pytest.mark.usefixtures("machine_in_new_york")
def test_an_hour_that_comes_twice_is_resolved_in_the_machines_own_zone_too():
    ended = datetime(2025, 11, 2, 6, 35, tzinfo=UTC)

    said = parse("immich-db-backup-20251102T013000-v2.7.5-pg14.19.sql.gz", ended, zone=None)

    assert said.named_time == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["a.sql", "a.sql.gz", "a.sql.tmp", "a.sql.gz.tmp"])
def test_these_look_like_dumps(name):
    assert looks_like_dump(name)


@pytest.mark.parametrize("name", [".immich", "a.sql.gz.bak", "a.gz", "a.tmp", "sql", "notes.txt", "a.sql.zst"])
def test_these_do_not_look_like_dumps(name):
    assert not looks_like_dump(name)
