"""Rows found in the text of a dump. Dumps that PostgreSQL itself wrote are read in `tests/integration/formats`."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immich_backup_exporter.formats import dump_tables
from immich_backup_exporter.formats.dump_tables import DumpTables, RaggedRowsError, Rows, TooLongError, unescaped

TEXT = b"""--
-- PostgreSQL database dump
--

SET standard_conforming_strings = on;
CREATE FUNCTION f() AS $_$
COPY public.asset (id, path) FROM stdin;
$_$;
COMMENT ON TABLE x IS 'it''s
COPY public.asset (id, path) FROM stdin;
';
-- COPY public.asset (id, path) FROM stdin;
COPY public.album (id) FROM stdin;
COPY public.asset (id, path) FROM stdin;
it's $$ -- not
\\\\.
\\.


COPY public.asset (id, "originalPath") FROM stdin;
1\t/a
2\t\\N
3\t\\\\N\\t
\\.


COPY public.empty (id) FROM stdin;
\\.


COPY public."user" (id, "we""ird, (name)") FROM stdin;
4\t
\\.


\\connect other
COPY public.asset (id, "originalPath") FROM stdin;
5\t/b
\\.


"""


def read(*pieces: bytes, wanted: tuple[str, ...] = ("asset", "user")) -> list[tuple[bytes, str, bytes]]:
    """Database, table and rows; rows of one table that came in several blocks are joined."""
    tables = DumpTables(lambda table: table.name in wanted)
    found: list[tuple[bytes, str, bytes]] = []
    for piece in pieces:
        for rows in tables.feed(piece):
            key = rows.table.database, rows.table.name
            if found and found[-1][:2] == key:
                found[-1] = (*key, found[-1][2] + rows.data)
            else:
                found.append((*key, rows.data))
    return found


EXPECTED = [
    (b"", "asset", b"1\t/a\n2\t\\N\n3\t\\\\N\\t\n"),
    (b"", "user", b"4\t\n"),
    (b"other", "asset", b"5\t/b\n"),
]


def test_only_real_rows_of_wanted_tables_are_found() -> None:
    assert read(TEXT) == EXPECTED


def test_windows_line_ends_are_taken_out() -> None:
    assert read(TEXT.replace(b"\n", b"\r\n")) == EXPECTED


def test_the_rows_are_the_same_byte_by_byte() -> None:
    assert read(*(TEXT[at : at + 1] for at in range(len(TEXT)))) == EXPECTED
    windows = TEXT.replace(b"\n", b"\r\n")
    assert read(*(windows[at : at + 1] for at in range(len(windows)))) == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_the_rows_do_not_depend_on_how_the_text_is_split(cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(TEXT)})
    assert read(*(TEXT[start:end] for start, end in pairwise(edges))) == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_break_it(text: bytes, size: int) -> None:
    read(*(text[at : at + size] for at in range(0, len(text), size)))


def test_names_come_without_their_quotes() -> None:
    tables: list[tuple[str, str, tuple[str, ...]]] = []
    parser = DumpTables(lambda table: bool(tables.append((table.schema, table.name, table.columns))))
    list(parser.feed(TEXT))
    assert tables[3] == ("public", "user", ("id", 'we"ird, (name)'))


def columns(data: bytes, *names: str) -> list[list[bytes] | None]:
    (rows,) = DumpTables(lambda _: True).feed(b"COPY public.t (a, b, c) FROM stdin;\n" + data + b"\\.\n")
    return rows.columns(*names)


def test_columns_are_taken_by_name() -> None:
    assert columns(b"1\t2\t3\n4\t5\t6\n", "c", "a", "z") == [[b"3", b"6"], [b"1", b"4"], None]


@pytest.mark.parametrize("data", [b"1\t2\n", b"1\t2\t3\t4\n", b"1\t2\t3\n4\t5\n6\t7\t8\t9\n", b"\n"])
def test_rows_of_another_width_are_an_error(data: bytes) -> None:
    with pytest.raises(RaggedRowsError):
        columns(data, "a")


OTHERS = b"""COPY public.exif (id, make, model) FROM stdin;
1\tCanon\tone
2\t\\N\ttwo\\tthree
\\.

COPY public.empty (id, make) FROM stdin;
\\.
COPY public.bare () FROM stdin;


\\.
COPY public.lone (id) FROM stdin;
1

3
\\.
"""


def counted(text: bytes, size: int) -> None:
    tables = DumpTables(lambda _: False)
    for start in range(0, len(text), size):
        for _ in tables.feed(text[start : start + size]):
            raise AssertionError


@given(st.integers(1, 300), st.booleans())
def test_whole_rows_of_tables_that_nobody_wants_are_in_order_however_they_are_cut(size: int, windows: bool) -> None:
    counted(OTHERS.replace(b"\n", b"\r\n") if windows else OTHERS, size)


@pytest.mark.parametrize(
    ("found", "ragged", "table"),
    [
        (b"1\tCanon\tone", b"1\tCanon", "exif"),
        (b"1\tCanon\tone", b"1\tCanon\tone\tmore", "exif"),
        (b"1\tCanon\tone", b"1\tCanon\n\tone", "exif"),
        (b"stdin;\n1\n\n3", b"stdin;\n1\t\n\n3", "lone"),
        (b"make) FROM stdin;\n", b"make) FROM stdin;\n1\n", "empty"),
        (b"() FROM stdin;\n", b"() FROM stdin;\n\t\n", "bare"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_rows_of_another_width_are_an_error_in_tables_that_nobody_wants(found, ragged, table, size) -> None:
    assert OTHERS.count(found) == 1
    with pytest.raises(RaggedRowsError) as caught:
        counted(OTHERS.replace(found, ragged), size)
    assert caught.value.table == table


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"plain", b"plain"),
        (b"a\\tb\\nc\\rd\\\\e", b"a\tb\nc\rd\\e"),
        (b"\\b\\f\\v", b"\b\f\v"),
        (b"\\101\\x42\\q", b"ABq"),
        (b"\\\\N", b"\\N"),
        (b"\\\\\\\\x00", b"\\\\x00"),
    ],
)
def test_escapes_are_those_of_copy(written: bytes, value: bytes) -> None:
    assert unescaped(written) == value


@given(st.lists(st.tuples(st.binary(), st.binary()), min_size=1, max_size=20), st.integers(1, 64))
def test_every_value_comes_back_as_it_was(pairs: list[tuple[bytes, bytes]], size: int) -> None:
    escapes = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r"}

    def written(value: bytes) -> bytes:
        return b"".join(escapes.get(bytes([byte]), bytes([byte])) for byte in value)

    lines = b"".join(written(one) + b"\t" + written(other) + b"\n" for one, other in pairs)
    text = b"COPY public.t (a, b) FROM stdin;\n" + lines + b"\\.\n"
    blocks = [
        rows
        for parser in [DumpTables(lambda _: True)]
        for at in range(0, len(text), size)
        for rows in parser.feed(text[at : at + size])
    ]
    found = [pair for rows in blocks for pair in zip(*_both(rows), strict=True)]
    assert [(unescaped(one), unescaped(other)) for one, other in found] == pairs


def _both(rows: Rows) -> tuple[list[bytes], list[bytes]]:
    first, second = rows.columns("a", "b")
    assert first is not None
    assert second is not None
    return first, second


def test_a_row_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_tables, "LONGEST_ROW_BYTES", 1_000_000)
    parser = DumpTables(lambda _: True)
    pieces = [b"COPY public.t (a) FROM stdin;\n", *[b"x" * 100_000] * 20]
    with pytest.raises(TooLongError):
        [list(parser.feed(piece)) for piece in pieces]


def test_rows_that_nobody_wants_are_never_kept() -> None:
    parser = DumpTables(lambda _: False)
    list(parser.feed(b"COPY public.t (a) FROM stdin;\n"))
    tracemalloc.start()
    for _ in range(100):
        list(parser.feed(b"x" * 100_000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000
