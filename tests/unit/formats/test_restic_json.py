from datetime import UTC, datetime

import pytest

from immich_backup_exporter.domain.repository import RepositorySize, Snapshot
from immich_backup_exporter.formats import restic_json
from immich_backup_exporter.formats.restic_json import MalformedOutput, Stats

ID = "b3c1" * 16
TREE = "7e57" * 16
OTHER = "0a1b" * 16

SNAPSHOT_0_14 = f"""[{{"time":"2026-03-01T03:30:15.123456789+01:00","parent":"{OTHER}","tree":"{TREE}",
"paths":["/srv/immich"],"hostname":"photos","username":"root","uid":0,"tags":["nightly"],
"id":"{ID}","short_id":"b3c1b3c1"}}]"""

SNAPSHOT_0_18 = f"""[{{"time":"2026-03-01T02:30:15Z","tree":"{TREE}","paths":["/srv/immich","/srv/app"],
"hostname":"photos","original":"{OTHER}","program_version":"restic 0.18.0","summary":{{
"backup_start":"2026-03-02T02:00:00.5Z","backup_end":"2026-03-02T02:01:00.75Z","files_new":3,"dirs_new":3,
"data_added":302106,"data_added_packed":301589,"total_files_processed":3,"total_bytes_processed":300018}},
"id":"{ID}","short_id":"b3c1b3c1","a_new_field":{{"of":["restic","0.20"]}}}}]"""


def one(text: str) -> Snapshot:
    (snapshot,) = restic_json.snapshots(text.encode()).snapshots
    return snapshot


def with_time(time: str) -> str:
    return f'[{{"id":"{ID}","tree":"{TREE}","time":{time}}}]'


def test_a_snapshot_of_0_14_has_no_summary_and_its_time_is_in_utc() -> None:
    assert one(SNAPSHOT_0_14) == Snapshot(
        id=ID,
        time=datetime(2026, 3, 1, 2, 30, 15, 123456, tzinfo=UTC),
        tree=TREE,
        hostname="photos",
        paths=("/srv/immich",),
        tags=("nightly",),
        parent=OTHER,
    )


def test_a_snapshot_of_0_18_has_its_summary() -> None:
    assert one(SNAPSHOT_0_18) == Snapshot(
        id=ID,
        time=datetime(2026, 3, 1, 2, 30, 15, tzinfo=UTC),
        tree=TREE,
        hostname="photos",
        paths=("/srv/immich", "/srv/app"),
        original=OTHER,
        program_version="restic 0.18.0",
        size_bytes=300018,
        files=3,
        added_bytes=301589,
        backup_start=datetime(2026, 3, 2, 2, 0, 0, 500000, tzinfo=UTC),
        duration_seconds=60.25,
    )


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ('"2026-03-01T00:30:00.999999999-09:30"', datetime(2026, 3, 1, 10, 0, 0, 999999, tzinfo=UTC)),
        ('"2026-03-01T00:00:00.1+14:00"', datetime(2026, 2, 28, 10, 0, 0, 100000, tzinfo=UTC)),
        ('"2026-12-31T23:59:59Z"', datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ('"0001-01-01T00:00:00Z"', datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_have_offsets_and_nanoseconds(time: str, expected: datetime) -> None:
    assert one(with_time(time)).time == expected
    assert one(with_time(time)).time.tzinfo is UTC


@pytest.mark.parametrize(
    "time",
    [
        "null",
        "1772330400",
        '""',
        '"yesterday"',
        '"2026-03-01T00:00:00"',
        '"0001-01-01T00:00:00+01:00"',
        '"10000-01-01T00:00:00Z"',
    ],
)
def test_a_snapshot_without_a_usable_time_is_skipped_and_counted(time: str) -> None:
    read = restic_json.snapshots(with_time(time).encode())
    assert read.snapshots == ()
    assert read.skipped == 1


def test_objects_that_are_no_snapshots_are_skipped_and_the_others_stay() -> None:
    odd = f'null, 1, "x", [], {{}}, {{"id":"{ID}"}}, {{"id":"../x","tree":"{TREE}","time":"2026-03-01T00:00:00Z"}}'
    read = restic_json.snapshots(f"[{odd}, {SNAPSHOT_0_18[1:]}".encode())
    assert [snapshot.id for snapshot in read.snapshots] == [ID]
    assert read.skipped == 7


def test_fields_of_a_wrong_kind_are_unknown() -> None:
    text = f"""[{{"id":"{ID}","tree":"{TREE}","time":"2026-03-01T00:00:00Z","hostname":7,"paths":"/srv","tags":[1,"a"],
    "original":"short","program_version":[],"summary":{{"total_bytes_processed":-1,"total_files_processed":true,
    "data_added_packed":1e3,"backup_start":"2026-03-01T00:00:01Z","backup_end":"2026-03-01T00:00:00Z"}}}}]"""
    assert one(text) == Snapshot(
        id=ID,
        time=datetime(2026, 3, 1, tzinfo=UTC),
        tree=TREE,
        hostname="",
        paths=(),
        tags=("a",),
        backup_start=datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC),
    )


def test_a_number_that_no_store_can_hold_is_unknown() -> None:
    assert one(SNAPSHOT_0_18.replace("300018", "9223372036854775807")).size_bytes == 9223372036854775807
    assert one(SNAPSHOT_0_18.replace("300018", "9223372036854775808")).size_bytes is None


def test_a_summary_that_is_no_object_is_none() -> None:
    assert one(with_time('"2026-03-01T00:00:00Z","summary":null')).size_bytes is None
    assert one(with_time('"2026-03-01T00:00:00Z","summary":[1]')).size_bytes is None


def test_quotes_newlines_and_strange_bytes_in_names_survive_as_text() -> None:
    text = with_time(r'"2026-03-01T00:00:00Z","hostname":"a\"b\nc","tags":["caf\u00e9","\ud800x","\ufffd"]')
    snapshot = one(text)
    assert snapshot.hostname == 'a"b\nc'
    assert snapshot.tags == ("café", "\ufffdx", "\ufffd")


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    data = SNAPSHOT_0_14.encode().replace(b"photos", b"ph\xff\xfeos")
    assert restic_json.snapshots(data).snapshots[0].hostname == "ph\ufffd\ufffdos"


@pytest.mark.parametrize("empty", [b"[]", b"null", b"[]\n", b'{"message_type":"status"}\nnull\n'])
def test_no_snapshots_is_an_empty_list(empty: bytes) -> None:
    assert restic_json.snapshots(empty).snapshots == ()
    assert restic_json.snapshots(empty).skipped == 0


def test_an_id_that_comes_twice_is_one_snapshot() -> None:
    text = SNAPSHOT_0_14[:-1] + "," + SNAPSHOT_0_14[1:]
    assert len(restic_json.snapshots(text.encode()).snapshots) == 1


@pytest.mark.parametrize(
    "garbage",
    [b"", b"nonsense", b"{}", b"1", SNAPSHOT_0_14.encode()[:100], b"[" * 100_000, b'{"message_type":"summary"}', b"\0"],
)
def test_what_is_no_list_of_snapshots_is_refused(garbage: bytes) -> None:
    with pytest.raises(MalformedOutput):
        restic_json.snapshots(garbage)


def test_the_repository_id_is_in_the_config() -> None:
    config = f'{{\n  "version": 2,\n  "id": "{ID}",\n  "chunker_polynomial": "309f38dc805d5d"\n}}\n'
    assert restic_json.repository_id(config.encode()) == ID


@pytest.mark.parametrize("garbage", [b"", b"{}", b'{"id": "x"}', b"[]", b'{"id": nul'])
def test_a_config_without_an_id_is_refused(garbage: bytes) -> None:
    with pytest.raises(MalformedOutput):
        restic_json.repository_id(garbage)


def test_stats_of_0_14_and_0_18_give_what_they_know() -> None:
    assert restic_json.stats(b'{"total_size":300018,"total_file_count":6,"snapshots_count":1}\n') == Stats(
        size_bytes=300018, uncompressed_size_bytes=None, snapshots=1
    )
    assert restic_json.repository_size(
        b'{"total_size":302265,"total_uncompressed_size":304213,"compression_ratio":1.0064,"snapshots_count":2}'
    ) == RepositorySize(size_bytes=302265, uncompressed_size_bytes=304213)
    assert restic_json.repository_size(
        b'{"total_size":302243,"total_file_count":0,"total_blob_count":11,"snapshots_count":2}'
    ) == RepositorySize(size_bytes=302243, uncompressed_size_bytes=None)


def test_progress_before_the_stats_is_passed_over() -> None:
    noise = b'[0:00] 50.00%  1 / 2 snapshots\r\n{"message_type":"status","percent_done":0.5}\n'
    assert restic_json.stats(noise + b'{"total_size":7,"snapshots_count":0}\n') == Stats(
        size_bytes=7, uncompressed_size_bytes=None, snapshots=0
    )


@pytest.mark.parametrize("garbage", [b"", b"{}", b'{"total_size":"7"}', b'{"total_size":-7}', b"null", b'{"total_si'])
def test_stats_without_a_size_are_refused(garbage: bytes) -> None:
    with pytest.raises(MalformedOutput):
        restic_json.stats(garbage)


def test_listed_names_are_one_on_each_line() -> None:
    assert restic_json.listed_names(f"{ID}\n{OTHER}\n".encode()) == {ID, OTHER}
    assert restic_json.listed_names(b"") == frozenset()


def test_anything_else_among_listed_names_is_refused() -> None:
    with pytest.raises(MalformedOutput):
        restic_json.listed_names(f"{ID}\nb3c1b3\n".encode())


@pytest.mark.parametrize(
    ("output", "version"),
    [
        (b"restic 0.14.0 compiled with go1.19.8 on linux/amd64\n", "0.14.0"),
        (b"restic 0.18.0-dev (compiled manually) compiled with go1.24\n", "0.18.0-dev"),
        (b'{"message_type":"version","version":"0.19.1","go_version":"go1.26.4"}\n', "0.19.1"),
        (b"borg 1.4.0\n", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b'{"version":"\\"\\n"}', None),
    ],
)
def test_the_version_is_found_in_text_and_json(output: bytes, version: str | None) -> None:
    assert restic_json.version(output) == version


def test_the_text_of_a_failure_is_the_message_of_its_last_line() -> None:
    stderr = 'Stat(<config/>) failed\n{"message_type":"exit_error","code":10,"message":"Fatal: gone\\nx"}\n'
    assert restic_json.failure_text(stderr) == "Fatal: gone\nx"


def test_the_text_of_a_failure_without_json_is_everything() -> None:
    assert restic_json.failure_text("Fatal: wrong password\n") == "Fatal: wrong password\n"
    assert restic_json.failure_text('"exit_error') == '"exit_error'
