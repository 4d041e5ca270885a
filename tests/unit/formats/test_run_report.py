"""The written form of a run report."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, Outcome, RunEvent, RunReport
from immich_backup_exporter.formats.run_report import MAX_BYTES, ReportError, decode, encode
from support.words import english, saying

RUN = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)
FULL = RunReport(
    run_id=RUN,
    job="nightly",
    event=RunEvent.END,
    started=NOON,
    ended=NOON,
    sent=NOON,
    duration_seconds=1.5,
    host="photos",
    beat_seconds=30.0,
    beat=3,
    exit_code=143,
    signal=15,
    stopped_by=15,
    stated_outcome=Outcome.FAILED,
    snapshot_ids=("0123abcd", "f" * 64),
    no_snapshot=NoSnapshot.UNCHANGED,
    parent_id="0123abcd",
    unreadable_files=0,
    unreadable_trees=1,
    files=2,
    bytes=3,
    added_bytes=4,
    damaged=False,
    check_errors=0,
    check_scope=CheckScope.DATA,
    removed_snapshots=0,
)
LEAST = {"version": 1, "run_id": RUN, "job": "nightly", "event": "end", "ended": "2026-03-01T12:00:00Z", "exit_code": 0}


def refusal(**changes: object) -> str:
    """What is said about the least report with these changes; `None` removes."""
    written = {name: value for name, value in (LEAST | changes).items() if value is not None}
    with pytest.raises(ReportError) as caught:
        decode(json.dumps(written).encode())
    return english(caught.value)


def test_every_field_survives() -> None:
    assert decode(encode(FULL)) == FULL


def test_a_report_is_one_line_of_json_without_what_is_not_known() -> None:
    report = RunReport(run_id=RUN, job="nightly", event=RunEvent.START, started=NOON)
    assert encode(report) == (
        b'{"version":1,"run_id":"0123456789abcdef0123456789abcdef","job":"nightly","event":"start",'
        b'"started":"2026-03-01T12:00:00.250000Z"}\n'
    )


def test_the_least_report_is_enough() -> None:
    assert decode(json.dumps(LEAST).encode()).outcome is Outcome.SUCCESS


def test_unknown_fields_are_ignored() -> None:
    assert decode(json.dumps(LEAST | {"later": {"on": [1]}}).encode()) == decode(json.dumps(LEAST).encode())


@pytest.mark.parametrize("time", ["2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00Z", 1772366400, 1772366400.0])
def test_times_may_have_an_offset_or_be_unix_seconds(time: object) -> None:
    assert decode(json.dumps(LEAST | {"ended": time}).encode()).ended == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("time", ["2026-03-01T12:00:00", "yesterday", True, [], 1e300, -1, "9" * 100, ""])
def test_a_time_without_an_offset_or_sense_is_refused(time: object) -> None:
    assert refusal(ended=time) == "The report's ended is not a time with its UTC offset."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": None}, "The report's version is missing: version must be 1."),
        ({"version": 2}, "The report was written by a newer version of this program; update the agent."),
        ({"version": "1"}, "The report's version is not a whole number from 1 to 2147483648."),
        ({"run_id": None}, "The report's run_id is not 32 lower-case hexadecimal digits."),
        ({"run_id": RUN.upper()}, "The report's run_id is not 32 lower-case hexadecimal digits."),
        ({"job": "../x"}, "The report's job is not a name of 1 to 64 letters, digits, '_', '-' and '.'."),
        ({"event": None}, "The report's event is missing: start, beat or end."),
        ({"event": "middle"}, "The report's event is none of: start, beat, end."),
        ({"event": "start"}, "The report of a start lacks its time: started is missing."),
        ({"ended": None}, "The report of an end lacks its time: ended is missing."),
        (
            {"exit_code": 1, "stated_outcome": "success"},
            "The report's stated_outcome contradicts its exit_code: leave one of them out.",
        ),
        (
            {"exit_code": 0, "signal": 15},
            "The report's signal contradicts its exit_code, which is 128 + n where signal n ended the run.",
        ),
        ({"exit_code": None}, "The report of an end says neither exit_code nor stated_outcome."),
        ({"exit_code": 256}, "The report's exit_code is not a whole number from 0 to 255."),
        ({"exit_code": True}, "The report's exit_code is not a whole number from 0 to 255."),
        ({"exit_code": 0.0}, "The report's exit_code is not a whole number from 0 to 255."),
        ({"signal": 0}, "The report's signal is not a whole number from 1 to 64."),
        ({"stated_outcome": "crashed"}, "The report's stated_outcome is crashed, which a run cannot report of itself."),
        ({"host": "a\nb"}, "The report's host is not a text of at most 255 printable characters."),
        ({"damaged": 1}, "The report's damaged is neither true nor false."),
        ({"parent_id": "x" * 8}, "The report's parent_id is not the id of a snapshot."),
        ({"snapshot_ids": "0123abcd"}, "The report's snapshot_ids are not a list of at most 64 ids of snapshots."),
        ({"snapshot_ids": ["0"] * 65}, "The report's snapshot_ids are not a list of at most 64 ids of snapshots."),
        ({"duration_seconds": float("nan")}, "The report's duration_seconds is not a number from 0 to 1e+09."),
    ],
)
def test_nonsense_is_refused_with_a_sentence(changes: dict[str, object], sentence: str) -> None:
    assert refusal(**changes) == sentence


def test_a_report_that_is_too_large_is_not_even_parsed() -> None:
    with pytest.raises(ReportError, check=saying("larger than 16384 bytes")):
        decode(b"[" * (MAX_BYTES + 1))


def test_a_report_cut_short_anywhere_is_refused() -> None:
    whole = encode(FULL).rstrip()
    for length in range(len(whole)):
        with pytest.raises(ReportError):
            decode(whole[:length])


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(ReportError):
        decode(data)


@given(
    st.sampled_from(list(json.loads(encode(FULL)))),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({}),
)
def test_no_value_of_any_field_raises_anything_else(name: str, value: object) -> None:
    written = json.dumps(json.loads(encode(FULL)) | {name: value}).encode()
    with suppress(ReportError):
        decode(written)
