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


# --- several commands in one run, and their exit codes

WARNING = b"Warning: at least one source file could not be read\n"
REFUSED = (
    b"unable to remove snapshot/80f962c66f848c4f3fa7525dd1be46399c8628f3229ac902037df06ec1488c37 from the repository\n"
)
PLANNED = b"Applying Policy: keep 3 latest snapshots\nkeep 3 snapshots:\nremove 4 snapshots:\n"


def test_a_backup_before_a_command_that_failed_was_saved_whole() -> None:
    assert facts(b"snapshot 0123abcd saved\n", exit_code=1)["whole_ids"] == ("0123abcd",)
    assert facts(SUMMARY_18, exit_code=1)["whole_ids"] == (ID,)


@pytest.mark.parametrize("exit_code", [1, 3])
def test_a_backup_that_left_files_unread_was_not_saved_whole(exit_code: int) -> None:
    assert "0123abcd" not in str(facts(b"snapshot 0123abcd saved\n" + WARNING, exit_code=exit_code)["whole_ids"])
    assert facts(ERRORS_18 + SUMMARY_18, exit_code=exit_code).get("whole_ids", ()) == ()


def test_of_two_backups_the_one_is_told_that_left_files_unread() -> None:
    first = b"snapshot 0123abcd saved\n"
    second = b"error: open a: permission denied\nsnapshot 4567cdef saved\n" + WARNING
    assert facts(first + second, exit_code=3)["whole_ids"] == ("0123abcd",)
    assert facts(second + first, exit_code=1)["whole_ids"] == ("0123abcd",)


def test_a_warning_that_came_by_another_stream_may_be_of_any_backup() -> None:
    assert "whole_ids" not in facts(b"snapshot 0123abcd saved\n", WARNING, exit_code=3)


def test_an_exit_code_3_that_no_line_explains_is_of_the_backup() -> None:
    assert "whole_ids" not in facts(b"snapshot 0123abcd saved\n", exit_code=3)


def test_an_exit_code_3_of_a_forget_leaves_the_backup_whole() -> None:
    told = facts(
        b"snapshot 0123abcd saved\n" + PLANNED + REFUSED * 4 + b"[0:00] 0.00%  0 / 4 files deleted\n", exit_code=3
    )
    assert told == {
        "snapshot_ids": ("0123abcd",),
        "whole_ids": ("0123abcd",),
        "unreadable_files": 0,
        "unremoved_snapshots": 4,
        "removed_snapshots": 0,
    }


@pytest.mark.parametrize(
    "prefix",
    [
        b"[restic] ",
        b"2026-03-01 03:00:00 ",
        b"Mar 01 03:00:00 nas restic[123]: ",
        b"nas | ",
        b"INFO ",
        b"\x1b[36m[nas]\x1b[0m ",
    ],
)
def test_lines_behind_a_prefix_are_read(prefix: bytes) -> None:
    lines = (
        b"using parent snapshot 57805098\n",
        b"snapshot 0123abcd saved\n",
        WARNING,
        PLANNED.split(b"\n")[2] + b"\n",
    )
    told = facts(b"".join(prefix + line for line in lines), exit_code=1)
    assert (told["snapshot_ids"], told["whole_ids"], told["parent_id"]) == (("0123abcd",), (), "57805098")
    assert facts(prefix + SUMMARY_18)["snapshot_ids"] == (ID,)
    assert facts(prefix + b"Fatal: repository contains errors\n", exit_code=1)["damaged"] is True


@pytest.mark.parametrize(
    "line", [b"the last snapshot 0123abcd saved\n", b"see /srv/snapshot 0123abcd saved\n", b"no: Fatal: repo\n"]
)
def test_words_of_a_sentence_are_no_prefix(line: bytes) -> None:
    assert facts(line) == {}


def test_a_skipped_source_is_told_and_its_snapshot_is_not_whole() -> None:
    told = facts(b"/mnt/not-there does not exist, skipping\nsnapshot 0123abcd saved\n")
    assert (told["skipped_paths"], told["unreadable_trees"], told["whole_ids"]) == (1, 1, ())


# --- what forget removed, and not what it meant to


def test_a_forget_that_only_tried_removed_nothing() -> None:
    assert facts(PLANNED + b"Would have removed the following snapshots:\n{0123abcd}\n")["removed_snapshots"] == 0


def test_a_forget_says_afterwards_how_many_it_removed() -> None:
    pruned = b"[0:00] 100.00%  4 / 4 files deleted\n4 snapshots have been removed, running prune\n"
    packs = b"[0:01] 100.00%  12 / 12 files deleted\n"
    assert facts(PLANNED + pruned + packs, exit_code=130)["removed_snapshots"] == 4
    assert facts(PLANNED, exit_code=1)["removed_snapshots"] == 0
    assert facts(PLANNED + b"[0:00] 25.00%  1 / 4 files deleted\n", REFUSED * 3)["removed_snapshots"] == 1


def test_a_forget_in_json_tells_beside_it_what_it_could_not_remove() -> None:
    line = b'[{"tags":null,"host":"vm","keep":[{}],"remove":[{"id":"1"},{"id":"2"}]}]\n'
    told = facts(line, REFUSED)
    assert (told["removed_snapshots"], told["unremoved_snapshots"]) == (1, 1)
    error = b'{"message_type":"exit_error","code":3,"message":"failed to remove one or more snapshots\\nmain.init"}\n'
    assert facts(line, error, exit_code=3)["removed_snapshots"] == 0


# --- what a check read


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"read group #2 of 7 data packs (out of total 12 packs in 4 groups)\n", "2/4"),
        (b"read group #2 of 2 data packs (out of total 12 packs in 4 groups\n", "2/4"),
        (b"read group #2 of 2 filtered data packs (out of total 9 packs in 4 groups\n", "filtered"),
        (b"read all filtered data\n", "filtered"),
        (b"read 30.0% of data packs\n", "sample"),
        (b"read 30.0% of packfiles\n", "sample"),
        (b"read 5242880 bytes of data packs\n", "sample"),
        (b"read 5242880 bytes (6.6%) of data packs\n", "sample"),
        (b"read 100.0% of packfiles\n", None),
        (b"read group #1 of 9 data packs (out of total 9 packs in 1 groups)\n", None),
        (b"read all data\n", None),
    ],
)
def test_a_check_says_what_it_reads(line: bytes, part: str | None) -> None:
    told = facts(line + b"no errors were found\n")
    assert (told["check_scope"], told.get("check_part")) == ("data", part)


def test_damage_of_data_is_told_from_damage_of_the_structure() -> None:
    fatal = b"Fatal: repository contains errors\n"
    reads = b"read group #3 of 3 data packs (out of total 12 packs in 4 groups)\n"
    pack = b"pack 21d4f29647d1f180557af5303f7a303400cd552cf6c6b36945297343cb599a52"
    assert facts(reads + pack + b" contains 2 errors: [blob dc13]\n" + fatal, exit_code=1)["damaged_data"] is True
    assert facts(reads + b"Pack ID does not match, want 2a, got 47\n" + fatal, exit_code=1)["damaged_data"] is True
    assert facts(pack + b": does not exist\n" + reads + fatal, exit_code=1)["damaged_data"] is False
    assert facts(pack + b": does not exist\n" + fatal, exit_code=1)["damaged_data"] is False
    assert facts(b"error for tree 4724acab:\n" + fatal, exit_code=1)["damaged_data"] is False
    assert "damaged_data" not in facts(reads + pack + b" failed to download: input/output error\n" + fatal, exit_code=1)
    error = b'{"message_type":"exit_error","code":1,"message":"Fatal: repository contains errors"}\n'
    summary = b'{"message_type":"summary","num_errors":1,"broken_packs":%b,"suggest_prune":false}\n'
    assert facts(summary % b'["21d4"]', error, exit_code=1)["damaged_data"] is True
    assert "damaged_data" not in facts(summary % b"null", error, exit_code=1)
    gone = b'{"message_type":"error","message":"pack 21d4: does not exist\\n"}\n'
    assert facts(gone, summary % b"null", error, exit_code=1)["damaged_data"] is False


# --- a restore that restored nothing


@pytest.mark.parametrize("line", [b"Summary: Restored 0 files/dirs (0 B) in 0:00\n", b'{"message_type":"summary"}\n'])
def test_a_restore_without_a_file_is_told(line: bytes) -> None:
    assert facts(line) == {"restored_nothing": True}


@pytest.mark.parametrize(
    "line",
    [
        b"Summary: Restored 7 files/dirs (878.906 KiB) in 0:00\n",
        b"Summary: Restored 0 files/dirs (0 B) in 0:00, skipped 3 files/dirs 878.906 KiB\n",
        b'{"message_type":"summary","total_files":4,"files_restored":4,"files_skipped":3,"bytes_skipped":900000}\n',
    ],
)
def test_a_restore_of_something_is_not(line: bytes) -> None:
    assert facts(line) == {}


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
