"""The verdict on a dump's bytes. Dumps that PostgreSQL itself wrote are judged in `tests/integration/immich`."""

import bz2
import gzip
import lzma
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immich_backup_exporter.domain.immich import DumpContents, DumpOutcome, DumpVerdict, Holds
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.pg_dump import DumpLimits, DumpValidator
from support.dumps import TOKEN, dump_text, gzipped
from support.words import english

VALID, INVALID, UNDECIDED = DumpOutcome.VALID, DumpOutcome.INVALID, DumpOutcome.UNDECIDED
NOT_A_DUMP = "It does not begin as a PostgreSQL dump."

DUMP = dump_text()
OLDER = dump_text(restricted=False)
CLUSTER = dump_text(cluster=True)


def judge(*pieces: bytes, limits: DumpLimits | None = None, expect_gzip: bool = False) -> DumpVerdict:
    validator = DumpValidator(limits, expect_gzip=expect_gzip)
    for piece in pieces:
        validator.feed(piece)
    return validator.finish()


@pytest.mark.parametrize(
    "text",
    [
        DUMP,
        OLDER,
        CLUSTER,
        dump_text(cluster=True, restricted=False),
        dump_text(rows=[]),
        DUMP.replace(b"\n", b"\r\n"),
        CLUSTER.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + DUMP,
        b"\n\r\n" + DUMP,
        DUMP + b"-- made by cron",
        OLDER + b"\n\n-- made by cron\n",
        DUMP.replace(b"\\restrict " + TOKEN.encode() + b"\n\n", b""),
    ],
    ids=["pg_dump", "older", "cluster", "older cluster", "no rows", "CRLF", "CRLF cluster", "BOM", "blank lines",
         "comment behind", "comment behind older", "restrict line taken out"],
)  # fmt: skip
def test_a_whole_dump_is_valid_plain_and_packed(text):
    assert judge(text) == judge(gzipped(text))
    assert judge(text) == DumpVerdict(
        outcome=VALID,
        sentence=Message("dump_verdicts.whole"),
        unpacked_bytes=len(text),
        postgres_version="14.19",
        contents=DumpContents(holds=Holds.UNKNOWN),
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n", NOT_A_DUMP),
        (gzipped(b""), "It holds no text."),
        (b"IM CORRUPTED;", NOT_A_DUMP),
        (gzipped(b"SELECT 1;"), NOT_A_DUMP),
        (b"-- " + DUMP, NOT_A_DUMP),
        (b"\x1f", NOT_A_DUMP),
        (b"\x1f\x8b", "The gzip data is cut off."),
        (b"\x1f\x8b is not gzip", "The gzip data is damaged (structure)."),
        (gzipped(DUMP)[:-1], "The gzip data is cut off after 559 bytes of text."),
        (gzipped(DUMP)[:-8] + bytes(8), "The gzip data is damaged (checksum)."),
        (gzipped(DUMP)[:-4] + bytes(4), "The gzip data is damaged (length)."),
        (gzipped(DUMP) + b"\0\0x", "Something that is not gzip data follows the gzip data after 559 bytes of text."),
        (gzipped(DUMP) + b"more", "Something that is not gzip data follows the gzip data after 559 bytes of text."),
        (bytes(100_000),
         "It begins with zero bytes and not as a dump, as files do after a power cut or with a bad disk."),
        (b"\0", "It begins with zero bytes and not as a dump, as files do after a power cut or with a bad disk."),
        (bytes(4096) + DUMP,
         "It begins with zero bytes and not as a dump, as files do after a power cut or with a bad disk."),
        (DUMP.decode().encode("utf-16"), "The text is UTF-16, which PostgreSQL cannot restore."),
        (DUMP.decode().encode("utf-16-le"), "The text is UTF-16, which PostgreSQL cannot restore."),
        (DUMP.decode().encode("utf-16-be"), "The text is UTF-16, which PostgreSQL cannot restore."),
        (DUMP.replace(b"\n", b"\r\r\n"), "Its line ends are doubled (CR CR LF), which PostgreSQL cannot restore."),
        (DUMP.replace(b"public", b"\0\0\0\0\0\0"),
         "The text holds zero bytes, which no dump has, within its first 559 bytes."),
        (DUMP[:300], "The dump is cut off: the completion marker is missing after 300 bytes of text."),
        (OLDER[:276], "The dump is cut off among the rows of a table, after 276 bytes of text."),
        (DUMP[:-1], "The dump is cut off, or something follows its completion marker, after 558 bytes of text."),
        (DUMP + b"DROP TABLE x;\n",
         "The dump is cut off, or something follows its completion marker, after 573 bytes of text."),
        (DUMP[:DUMP.index(b"\\unrestrict")],
         "The dump is cut off: the line that closes its restriction is missing after 482 bytes of text."),
        (DUMP.replace(b"\\unrestrict e7", b"\\unrestrict xx"),
         "The dump is cut off: the line that closes its restriction is missing after 559 bytes of text."),
        (CLUSTER[:-len("--\n-- PostgreSQL database cluster dump complete\n--\n\n")],
         "The dump is cut off: after 810 bytes of text it ends with the marker of the other kind of dump."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(data, sentence):
    assert (judge(data).outcome, english(judge(data).sentence)) == (INVALID, sentence)


def test_several_members_are_one_text():
    assert judge(gzipped(DUMP[:100]) + gzipped(b"") + gzipped(DUMP[100:])).outcome is VALID


def test_members_without_the_one_that_holds_the_end_are_invalid():
    assert judge(gzipped(DUMP[:100]) + gzipped(DUMP[100:-100])).outcome is INVALID


def test_zero_bytes_behind_the_last_member_are_padding():
    assert judge(gzipped(DUMP) + bytes(511), bytes(512)).outcome is VALID


def test_a_second_member_that_is_cut_off_is_invalid():
    assert judge(gzipped(DUMP) + gzipped(b"-- more\n")[:-1]).outcome is INVALID


MARKER_ROWS = ["a", "", "--", "-- PostgreSQL database dump complete", "--", ""]
CLUSTER_MARKER_ROWS = ["a", "", "--", "-- PostgreSQL database cluster dump complete", "--", ""]


def test_rows_that_read_like_the_marker_do_not_end_a_dump():
    whole = dump_text(MARKER_ROWS, restricted=False)
    cut_off = whole[: whole.index(b"\\.\n")]

    assert judge(whole).outcome is VALID
    assert cut_off.endswith(b"\n--\n-- PostgreSQL database dump complete\n--\n\n")
    assert english(judge(cut_off).sentence) == "The dump is cut off among the rows of a table, after 321 bytes of text."


def test_rows_that_read_like_the_marker_do_not_end_a_cluster_dump():
    whole = dump_text(CLUSTER_MARKER_ROWS, cluster=True)
    cut_off = whole[: whole.index(b"\\.\n")]

    assert judge(whole).outcome is VALID
    assert cut_off.endswith(b"\n--\n-- PostgreSQL database cluster dump complete\n--\n\n")
    assert judge(cut_off).outcome is INVALID


def test_a_row_that_reads_like_the_start_of_rows_starts_none():
    rows = ["COPY public.asset (id) FROM stdin;", "\\\\.", ".", "x\\\\."]

    assert judge(dump_text(rows, restricted=False)).outcome is VALID


def test_rows_are_told_apart_far_from_the_start_of_their_table():
    rows = [f"{number:0100}" for number in range(20_000)]
    whole = dump_text([*rows, *MARKER_ROWS], restricted=False)
    cut_off = whole[: whole.index(b"\\.\n")]

    assert judge(gzipped(whole)).outcome is VALID
    assert judge(gzipped(cut_off)).outcome is INVALID


def test_a_bomb_that_is_no_dump_is_invalid_before_it_is_unpacked():
    bomb = gzip.compress(b"a" * 50_000_000)

    validator = DumpValidator()
    verdict = validator.feed(bomb)

    assert verdict is not None
    assert (english(verdict.sentence), verdict.unpacked_bytes) == (NOT_A_DUMP, 524_288)


def test_a_bomb_that_begins_as_a_dump_ends_at_the_limit_without_a_verdict():
    bomb = gzip.compress(DUMP + b" " * 50_000_000)

    verdict = judge(bomb, limits=DumpLimits(unpacked_bytes=5 * 1024 * 1024))

    assert (verdict.outcome, verdict.unpacked_bytes) == (UNDECIDED, 5_767_168)
    assert english(verdict.sentence) == "It unpacks to more than 5.0 MiB and was not read further."


def test_an_endless_line_is_no_obstacle():
    assert judge(dump_text(["x" * 20_000_000, "y"], restricted=False)).outcome is VALID
    assert judge(gzipped(dump_text(["x" * 20_000_000, "y"]))).outcome is VALID


def test_an_endless_line_that_begins_like_a_table_is_no_obstacle():
    begin, end = OLDER.split(b"SET client")
    validator = DumpValidator()
    validator.feed(begin + b"COPY ")
    tracemalloc.start()
    for _ in range(100):
        validator.feed(b"x" * 100_000)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    validator.feed(b"\nSET client" + end)

    assert validator.finish().outcome is VALID
    assert peak_bytes < 2_000_000


@pytest.mark.parametrize("dump", [DUMP, OLDER, CLUSTER], ids=["token", "older", "cluster"])
def test_a_function_that_speaks_of_copying_begins_no_rows(dump):
    speaking = dump.replace(b"ALTER TABLE", b"CREATE FUNCTION f() AS $$\nCOPY x FROM stdin;\n$$;\nALTER TABLE")

    assert judge(speaking).outcome is VALID


def test_a_comment_with_a_quote_hides_no_rows():
    whole = dump_text(MARKER_ROWS, restricted=False).replace(b"SET client", b"-- Name: it's; Type: TABLE\nSET client")

    assert judge(whole).outcome is VALID
    assert judge(whole[: whole.index(b"\\.\n")]).outcome is INVALID


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PGDMP\x01\x0e\0", "It is a dump in pg_dump's custom format, which this agent cannot check."),
        (bz2.compress(DUMP), "It is compressed with bzip2; this agent can check gzip and plain text."),
        (lzma.compress(DUMP), "It is compressed with xz; this agent can check gzip and plain text."),
        (b"\x28\xb5\x2f\xfd\x04\x58", "It is compressed with zstd; this agent can check gzip and plain text."),
    ],
)
def test_other_formats_get_no_verdict_unless_the_file_is_named_gz(data, sentence):
    assert (judge(data).outcome, english(judge(data).sentence)) == (UNDECIDED, sentence)
    assert english(judge(data, expect_gzip=True).sentence) == "It is named .gz but is not gzip data."
    assert judge(data, expect_gzip=True).outcome is INVALID


def test_plain_text_named_gz_is_invalid():
    assert judge(DUMP, expect_gzip=True).outcome is INVALID
    assert judge(gzipped(DUMP), expect_gzip=True).outcome is VALID


def test_a_verdict_stays():
    validator = DumpValidator()
    validator.feed(b"no dump" * 10_000)

    assert validator.feed(DUMP) == validator.finish()
    assert validator.finish().outcome is INVALID


def test_giving_up_is_no_verdict():
    validator = DumpValidator()
    validator.feed(DUMP[:300])

    assert validator.give_up(Message("dump_verdicts.took_too_long")).outcome is UNDECIDED
    assert validator.finish().sentence == Message("dump_verdicts.took_too_long")


@pytest.mark.parametrize("restricted", [True, False])
def test_a_dump_cut_off_at_any_byte_is_invalid(restricted):
    for cluster in (True, False):
        text = dump_text(MARKER_ROWS, restricted=restricted, cluster=cluster)
        assert [end for end in range(len(text)) if judge(text[:end]).outcome is not INVALID] == []


SAMPLES = {
    "whole": dump_text(MARKER_ROWS, restricted=False),
    "whole, CRLF": dump_text(MARKER_ROWS, restricted=False).replace(b"\n", b"\r\n"),
    "among rows": dump_text(MARKER_ROWS, restricted=False).partition(b"\\.\n")[0],
    "among rows, CRLF": dump_text(MARKER_ROWS, restricted=False).partition(b"\\.\n")[0].replace(b"\n", b"\r\n"),
    "cluster": CLUSTER,
    "packed": gzipped(DUMP),
    "members": gzipped(DUMP[:300]) + gzipped(DUMP[300:]) + bytes(20),
    "checksum": gzipped(DUMP)[:-8] + bytes(8),
    "garbage": gzipped(DUMP) + b"x",
    "cut off": gzipped(DUMP)[:-30],
    "zero bytes": DUMP.replace(b"public", b"\0\0\0\0\0\0"),
}
EXPECTED = {
    "whole": VALID, "whole, CRLF": VALID, "among rows": INVALID,
    "among rows, CRLF": INVALID, "cluster": VALID, "packed": VALID, "members": VALID,
    "checksum": INVALID, "garbage": INVALID, "cut off": INVALID, "zero bytes": INVALID,
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.integers(0, 1200), max_size=12))
def test_the_verdict_does_not_depend_on_how_the_bytes_are_split(sample, cuts):
    data, edges = SAMPLES[sample], sorted({0, *cuts, 1200})
    pieces = [data[start:end] for start, end in pairwise(edges)]

    assert judge(*pieces).outcome is EXPECTED[sample]


def test_the_verdict_is_the_same_byte_by_byte():
    outcomes = {
        sample: judge(*(data[at : at + 1] for at in range(len(data)))).outcome for sample, data in SAMPLES.items()
    }

    assert outcomes == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_no_other_bytes_are_ever_valid(data, packed):
    assert judge(gzipped(data) if packed else data).outcome is not VALID


def test_a_raw_deflate_stream_is_no_gzip():
    assert english(judge(zlib.compress(DUMP)).sentence) == NOT_A_DUMP


GLOBALS = (
    b"--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE app;\n\n"
    b"--\n-- PostgreSQL database cluster dump complete\n--\n\n"
)


def said(*pieces: bytes) -> str:
    return english(judge(*pieces).sentence)


@pytest.mark.parametrize("text", [GLOBALS + DUMP, GLOBALS + OLDER, DUMP + GLOBALS, CLUSTER + DUMP, DUMP + DUMP])
def test_dumps_one_behind_the_other_are_whole_in_one_gzip_member_or_several(text):
    assert said(text) == "The dump is whole."
    assert said(gzipped(GLOBALS) + gzipped(text)) == "The dump is whole."


def test_a_dump_that_is_cut_off_before_another_begins_is_invalid():
    begun = DUMP.partition(b"ALTER TABLE")[0]

    assert said(begun + DUMP) == (
        "The dump is cut off: another one begins within the first 917 bytes, before its completion marker."
    )


MESSAGES_INSIDE = (
    "Messages of a program are in it, which PostgreSQL refuses: make the dump without `-t` of docker and kubectl, and "
    "keep the error output apart."
)


@pytest.mark.parametrize(
    "message",
    [
        b'WARNING:  database "immich" has a collation version mismatch\n',
        b"pg_dump: warning: there are circular foreign-key constraints\n",
        b'Defaulted container "db" out of: db, sidecar\n',
        b'time="2026-12-01T02:00:00Z" level=warning msg="obsolete"\n',
        b"2026-12-01 02:00:00 UTC [1] LOG:  can't do it\n",
    ],
)
@pytest.mark.parametrize("before", [b"--\n-- PostgreSQL database dump\n--\n", b"SET client", b"ALTER TABLE"])
def test_a_programs_message_amid_a_dump_is_invalid(message, before):
    assert said(DUMP.replace(before, message + before)) == MESSAGES_INSIDE


@pytest.mark.parametrize("message", [b"NOTICE:  something\n", b"pg_dump: warning: something\n"])
def test_a_programs_message_within_a_command_is_invalid(message):
    assert said(DUMP.replace(b"    id text\n", message + b"    id text\n")) == MESSAGES_INSIDE


def test_a_programs_message_among_rows_is_invalid():
    assert said(DUMP.replace(b"\n1\n", b"\nWARNING:  no\tspace\n1\n")) == MESSAGES_INSIDE


def test_a_row_that_is_no_utf8_is_invalid_where_the_dump_says_that_it_is():
    damaged = DUMP.replace(b"\n1\n", b"\n\xc3(\n")

    assert said(damaged) == "Rows of its table `asset` are not UTF-8, as the dump says: PostgreSQL refuses them."
    assert said(damaged.replace(b"'UTF8'", b"'LATIN1'")) == "The dump is whole."


def test_a_command_that_is_no_utf8_is_invalid_where_the_dump_says_that_it_is():
    damaged = DUMP.replace(b"asset_pkey", b"asset_\xff")

    assert said(damaged) == "Its commands are not UTF-8, as the dump says: PostgreSQL refuses them."
    assert said(damaged.replace(b"'UTF8'", b"'SQL_ASCII'")) == "The dump is whole."


ANNOUNCED = b"--\n-- Data for Name: album; Type: TABLE DATA; Schema: public; Owner: postgres\n--\n\n"
ALBUM = b"COPY public.album (id) FROM stdin;\n1\n\\.\n\n\n"


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_rows_that_were_announced_and_are_not_there_were_cut_out(size):
    whole = DUMP.replace(b"ALTER TABLE ONLY", ANNOUNCED + ALBUM + b"ALTER TABLE ONLY")
    cut = whole.replace(ALBUM, b"")

    assert said(*(whole[at : at + size] for at in range(0, len(whole), size))) == "The dump is whole."
    assert said(*(cut[at : at + size] for at in range(0, len(cut), size))) == (
        "The rows of its table `album` are missing, though not those of others."
    )


def test_a_table_without_rows_is_damage_only_where_none_is_left_out_on_purpose():
    text = DUMP.replace(b"CREATE TABLE", b"CREATE TABLE public.album (\n    id text\n);\nCREATE TABLE")
    own = DumpValidator(immichs_own=True)
    own.feed(text)

    assert said(text) == "The dump is whole."
    assert english(own.finish().sentence) == "The rows of its table `album` are missing, though not those of others."


TAR = b"toc.dat".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x8c\x0d\x04\x09\x03\x02" + bytes(3000), "It is encrypted with GnuPG, so this agent cannot check it."),
        (b"\x85\x01\x0c\x03" + bytes(300), "It is encrypted with GnuPG, so this agent cannot check it."),
        (b"\xc1\xc0\x4c\x03" + bytes(300), "It is encrypted with GnuPG, so this agent cannot check it."),
        (b"-----BEGIN PGP MESSAGE-----\n", "It is encrypted with GnuPG, so this agent cannot check it."),
        (b"age-encryption.org/v1\n-> X25519 x\n", "It is encrypted with age, so this agent cannot check it."),
        (b"Salted__12345678", "It is encrypted with OpenSSL, so this agent cannot check it."),
        (b"PGDMP\x01\x0e\0", "It is a dump in pg_dump's custom format, which this agent cannot check."),
        (TAR, "It is in the format tar; this agent can check gzip and plain text."),
        (b"PK\x03\x04\x14\0", "It is compressed with zip; this agent can check gzip and plain text."),
        (b"\x28\xb5\x2f\xfd\x04\x58", "It is compressed with zstd; this agent can check gzip and plain text."),
    ],
)
def test_what_cannot_be_read_is_not_called_broken_packed_or_not(data, sentence):
    for file in (data, gzipped(data)):
        verdict = judge(file)
        assert (verdict.outcome, english(verdict.sentence)) == (UNDECIDED, sentence)


def own(text: bytes) -> tuple[DumpOutcome, str]:
    validator = DumpValidator(immichs_own=True)
    validator.feed(text)
    verdict = validator.finish()
    return verdict.outcome, english(verdict.sentence)


FOREIGN = "It is whole and holds no table of Immich's: another database was dumped, or an empty one."


@pytest.mark.parametrize("text", [OLDER, DUMP])
def test_what_is_named_as_immichs_own_and_has_no_table_of_immichs_is_invalid(text):
    kitchen = text.replace(b"public.asset", b"public.recipe")
    empty = text[: text.index(b"CREATE TABLE")] + text[text.index(b"--\n-- PostgreSQL database dump complete") :]

    assert own(kitchen) == (INVALID, FOREIGN)
    assert own(empty) == (INVALID, FOREIGN)
    assert said(kitchen) == "The dump is whole."


@pytest.mark.parametrize("table", ["asset", "version_history", "asset_file", "kysely_migrations"])
def test_what_has_one_table_of_immichs_may_be_of_a_newer_one(table):
    assert own(DUMP.replace(b"public.asset", b"public." + table.encode())) == (VALID, "The dump is whole.")
