"""What the validator makes of what PostgreSQL's own programs and gzip write."""

import re
import subprocess
import zlib

import pytest

from immich_backup_exporter.domain.immich import DumpOutcome, DumpVerdict
from immich_backup_exporter.formats.pg_dump import DumpValidator
from support.dumps import gzipped, gzipped_by_program
from support.tools import tool
from support.words import english

VALID = DumpOutcome.VALID
INVALID = DumpOutcome.INVALID


def judge(data: bytes) -> DumpVerdict:
    validator = DumpValidator()
    validator.feed(data)
    return validator.finish()


def by_an_older_client(dump: bytes) -> bytes:
    """Clients before 14.19, 15.14, 16.10 and 17.6 write the same without these lines and the blank ones after them."""
    return re.sub(rb"(?m)^\\(un)?restrict \w+\n\n?", b"", dump)


KINDS = ["database", "cluster", "hostile", "hostile_cluster", "inserts", "verbose"]


@pytest.fixture(params=KINDS)
def dump(request, real_dumps):
    return getattr(real_dumps, request.param)


def test_a_real_dump_is_valid_as_plain_text(dump):
    assert judge(dump).outcome is VALID


def test_a_real_dump_is_valid_as_gzip_packs_it(dump):
    verdict = judge(gzipped_by_program(dump))

    assert verdict.outcome is VALID
    assert verdict.unpacked_bytes == len(dump)


def test_a_real_dump_is_valid_as_an_older_client_wrote_it(dump):
    older = by_an_older_client(dump)

    assert b"\n\\unrestrict" not in older
    assert judge(older).outcome is VALID


def test_a_real_dump_is_valid_with_the_line_ends_of_windows(dump):
    assert judge(dump.replace(b"\n", b"\r\n")).outcome is VALID


def test_the_version_of_the_server_is_read_from_the_head(real_dumps):
    said = subprocess.run([tool("postgres"), "--version"], capture_output=True, check=True, text=True)
    version = said.stdout.split()[2]

    assert judge(real_dumps.database).postgres_version == version
    assert judge(real_dumps.cluster).postgres_version == version


@pytest.mark.parametrize("kind", ["database", "cluster"])
def test_a_dump_cut_off_at_any_byte_is_invalid(real_dumps, kind):
    text = getattr(real_dumps, kind)

    assert [end for end in range(len(text)) if judge(text[:end]).outcome is not INVALID] == []


@pytest.mark.parametrize("kind", ["database", "cluster"])
def test_an_older_clients_dump_cut_off_at_any_byte_is_invalid(real_dumps, kind):
    text = by_an_older_client(getattr(real_dumps, kind))

    assert [end for end in range(len(text)) if judge(text[:end]).outcome is not INVALID] == []


def test_a_packed_dump_cut_off_at_any_byte_is_invalid(real_dumps):
    packed = gzipped_by_program(real_dumps.database)

    assert [end for end in range(len(packed)) if judge(packed[:end]).outcome is not INVALID] == []


def test_a_dump_that_was_cut_off_before_it_was_packed_is_invalid(real_dumps):
    text = real_dumps.database

    assert [end for end in range(len(text)) if judge(gzipped(text[:end])).outcome is not INVALID] == []


def test_one_flipped_bit_makes_a_packed_dump_invalid_unless_its_text_is_the_same(real_dumps):
    """Not covered by gzip's checksum: in its header the flag "probably text" (byte 3), time (4 to 7), extra flags (8)
    and system (9); behind it the bits that fill up a byte, and references that then lead to an equal text elsewhere."""
    packed = gzipped_by_program(real_dumps.database)
    places = [(place, bit) for place in range(len(packed)) for bit in range(8)]
    flips = [(place, packed[:place] + bytes([packed[place] ^ 1 << bit]) + packed[place + 1 :]) for place, bit in places]

    survivors = [(place, flipped) for place, flipped in flips if judge(flipped).outcome is not INVALID]

    assert {place for place, _ in survivors if place < 10} == {3, 4, 5, 6, 7, 8, 9}
    assert {zlib.decompress(flipped, wbits=31) for _, flipped in survivors} == {real_dumps.database}


def test_a_dump_cut_off_at_any_row_of_a_hostile_table_is_invalid(real_dumps):
    """Rows of it read like the completion marker with all that surrounds it; an older client's dump has no token."""
    text = by_an_older_client(real_dumps.hostile)
    table = text.index(b"COPY public.note")
    rows = text[table : text.index(b"\n\\.\n", table) + 1]
    line_ends = [table + found.end() for found in re.finditer(rb"\n", rows)]

    assert len(line_ends) == 20
    assert text[: line_ends[13]].endswith(b"\n--\n-- PostgreSQL database dump complete\n--\n\n")
    assert [end for end in line_ends if judge(text[:end]).outcome is not INVALID] == []


def test_a_cluster_dump_cut_off_behind_any_of_its_databases_is_invalid(real_dumps):
    text = by_an_older_client(real_dumps.cluster)
    ends = [found.end() for found in re.finditer(rb"-- PostgreSQL database dump complete\n--\n\n", text)]

    assert len(ends) == 3
    assert [end for end in ends if judge(text[:end]).outcome is not INVALID] == []


def test_what_another_database_wrote_is_no_dump(real_dumps):
    assert (
        english(judge(b"-- MySQL dump 10.13\n" + real_dumps.database).sentence)
        == "It does not begin as a PostgreSQL dump."
    )


def test_a_dump_in_the_custom_format_gets_no_verdict(postgres, real_dumps):
    custom = postgres.dump("immich", "--format=custom")

    assert judge(custom).outcome is DumpOutcome.UNDECIDED
