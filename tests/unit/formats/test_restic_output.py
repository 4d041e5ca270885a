"""What restic's own lines tell, whatever pieces they come in. The lines are those of the real programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immich_backup_exporter.formats.restic_output import MAX_LINE_BYTES, OutputReader, conclude

ID = "9c96a23a739137a8490131b8695b4a0157857350d16164dceab70431b4cc856d"
SUMMARY_14 = (
    b'{"message_type":"summary","files_new":1,"files_changed":0,"data_added":719,"total_files_processed":1,'
    b'"total_bytes_processed":3,"total_duration":0.21,"snapshot_id":"63ebaa39"}\n'
)
SUMMARY_18 = (
    b'{"message_type":"summary","files_new":1,"data_added":710,"data_added_packed":667,"total_files_processed":1,'
    b'"total_bytes_processed":3,"snapshot_id":"' + ID.encode() + b'"}\n'
)
UNCHANGED_18 = (
    b'{"message_type":"summary","files_new":0,"data_added":0,"data_added_packed":0,"total_files_processed":1,'
    b'"total_bytes_processed":3,"total_duration":-9223372036.854776,"backup_end":"0001-01-01T00:00:00Z"}\n'
)
ERRORS_14 = (
    b'{"message_type":"error","error":{},"during":"scan","item":"/src/d"}\n'
    b'{"message_type":"error","error":{"Op":"open","Path":"src/b","Err":13},"during":"archival","item":"/src/b"}\n'
    b"Warning: at least one source file could not be read\n"
)
ERRORS_18 = (
    b'{"message_type":"error","error":{"message":"openfile for readdirnames failed: open /src/d: permission denied"},'
    b'"during":"scan","item":"/src/d"}\n'
    b'{"message_type":"error","error":{"message":"/src/b: open src/b: permission denied"},"during":"archival",'
    b'"item":"/src/b"}\n'
    b'{"message_type":"exit_error","code":3,"message":"Warning: at least one source file could not be read"}\n'
)
STATUS = b'{"message_type":"status","percent_done":0,"total_files":1,"total_bytes":3}\n'


def facts(*streams: bytes, exit_code: int = 0) -> dict[str, object]:
    """From whole streams."""
    readers = [OutputReader() for _ in streams]
    for reader, stream in zip(readers, streams, strict=True):
        reader.feed(stream)
    return conclude([reader.raw() for reader in readers], exit_code)


def test_a_summary_of_0_14_has_a_short_id_and_no_packed_size() -> None:
    assert facts(STATUS + SUMMARY_14) == {
        "files": 1,
        "bytes": 3,
        "added_bytes": 719,
        "snapshot_ids": ("63ebaa39",),
        "unreadable_files": 0,
    }


def test_a_summary_since_0_17_has_the_whole_id_and_the_stored_size() -> None:
    assert facts(SUMMARY_18) == {
        "files": 1,
        "bytes": 3,
        "added_bytes": 667,
        "snapshot_ids": (ID,),
        "unreadable_files": 0,
    }


def test_a_summary_without_an_id_means_that_nothing_had_changed() -> None:
    told = facts(UNCHANGED_18)
    assert (told["no_snapshot"], "snapshot_ids" in told) == ("unchanged", False)


@pytest.mark.parametrize("errors", [ERRORS_14, ERRORS_18])
def test_errors_of_the_scan_are_not_unreadable_data(errors: bytes) -> None:
    assert facts(SUMMARY_18, errors, exit_code=3)["unreadable_files"] == 1


def test_a_partial_run_without_a_known_error_has_an_unknown_number() -> None:
    assert "unreadable_files" not in facts(SUMMARY_18, exit_code=3)


def test_error_lines_count_only_where_restic_says_that_files_were_unreadable() -> None:
    errors = b"error: open a: permission denied\nerror: open b: permission denied\n"
    warning = b"Warning: at least one source file could not be read\n"
    assert facts(b"snapshot 64d45103 saved\n", errors + warning, exit_code=3)["unreadable_files"] == 2
    assert facts(b"", errors, exit_code=1) == {}


def test_several_backups_of_one_script_are_all_named() -> None:
    told = facts(b"snapshot 0123abcd saved\n" + SUMMARY_18 + b"skipped creating snapshot\n")
    assert (told["snapshot_ids"], told["no_snapshot"]) == (("0123abcd", ID), "unchanged")


def test_the_last_sixty_four_snapshots_are_kept() -> None:
    lines = b"".join(f"snapshot {number:08x} saved\n".encode() for number in range(100))
    told = facts(lines)["snapshot_ids"]
    assert isinstance(told, tuple)
    assert (len(told), told[0], told[-1]) == (64, "00000024", "00000063")


def test_a_copy_since_0_19_names_the_new_snapshot_not_its_source() -> None:
    line = b"snapshot 8c034644 saved, copied from source snapshot d8ac0be0\n"
    assert facts(line)["snapshot_ids"] == ("8c034644",)


@pytest.mark.parametrize(
    "line",
    [
        b"snapshot XYZ saved\n",
        b"snapshot 0123abc saved\n",
        b"snapshot 0123abcd of [/src] at 2026-03-01 12:00:00 UTC) saved\n",
        b"my snapshot 0123abcd saved\n",
        b'{"message_type":"summary","snapshot_id":"0123abcd"}\n',
        b'{"message_type":"summary","files_new":1,"snapshot_id":["0123abcd"]}\n',
        b'{"message_type":"summary","files_new":1,\n',
        b'["message_type":"summary"]\n',
        b"{" * 100_000 + b'"message_type":"summary"\n',
        b"\xff\xfe snapshot \x00 saved\n",
    ],
)
def test_lines_that_only_look_like_restics_name_no_snapshot(line: bytes) -> None:
    assert "snapshot_ids" not in facts(line)


def test_a_lock_is_an_error_of_the_check_but_no_damage() -> None:
    summary = b'{"message_type":"summary","num_errors":1,"broken_packs":null,"suggest_repair_index":false}\n'
    message = b'{"message_type":"exit_error","code":11,"message":"unable to create lock in backend"}\n'
    assert facts(summary, message, exit_code=11) == {"check_errors": 1}


def test_damage_found_by_one_of_two_checks_is_damage() -> None:
    damage = b"Fatal: repository contains errors\n"
    good = b"no errors were found\n"
    assert facts(good, damage, exit_code=1)["damaged"] is True
    assert facts(damage + good, exit_code=1)["damaged"] is True
    assert facts(good)["damaged"] is False


def test_nothing_of_interest_tells_nothing() -> None:
    assert facts(b"hello\n" * 1000 + b"no newline", STATUS) == {}


def test_a_line_without_its_end_counts_once_all_is_read() -> None:
    assert facts(b"snapshot 0123abcd saved")["snapshot_ids"] == ("0123abcd",)


def test_an_endless_line_is_skipped_and_the_next_one_read() -> None:
    reader = OutputReader()
    for _ in range(40):
        reader.feed(b"x" * (MAX_LINE_BYTES // 20))
    assert len(reader._tail) <= MAX_LINE_BYTES
    reader.feed(b"x\nsnapshot 0123abcd saved\n")
    assert reader.raw()["ids"] == ["0123abcd"]


def test_a_forget_of_many_groups_adds_up() -> None:
    line = b'[{"tags":null,"host":"vm","keep":[{}],"remove":[{"id":"1"},{"id":"2"}]},{"tags":null,"remove":null}]\n'
    assert facts(line)["removed_snapshots"] == 2
    plain = b"Applying Policy: keep 1 latest snapshots\nkeep 1 snapshots:\nremove 3 snapshots:\nremove 1 snapshots:\n"
    assert facts(plain)["removed_snapshots"] == 4


EVERYTHING = (
    STATUS
    + SUMMARY_14
    + ERRORS_18
    + UNCHANGED_18
    + b"using parent snapshot 57805098\nread all data\nno errors were found\nremove 2 snapshots:\n"
    + b"/gone does not exist, skipping"
)


@given(st.lists(st.integers(min_value=0, max_value=len(EVERYTHING)), max_size=8))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    whole = OutputReader()
    whole.feed(EVERYTHING)
    pieces = OutputReader()
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(EVERYTHING)], strict=True):
        pieces.feed(EVERYTHING[begin:end])
    assert pieces.raw() == whole.raw()


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_no_bytes_raise_anything(pieces: list[bytes]) -> None:
    reader = OutputReader()
    for piece in pieces:
        reader.feed(piece)
    conclude([reader.raw()], 1)
