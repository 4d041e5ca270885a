"""Unpacking in bounded pieces."""

import gzip

import pytest

from immich_backup_exporter.formats.gzip_stream import GzipError, GzipStream


def test_text_comes_in_pieces_of_the_given_size():
    stream = GzipStream(piece_bytes=1000)

    assert [len(piece) for piece in stream.unpack(gzip.compress(b"a" * 3500))] == [1000, 1000, 1000, 500]
    assert stream.whole


def test_a_last_piece_that_is_full_is_followed_by_the_end():
    stream = GzipStream(piece_bytes=1000)

    assert [len(piece) for piece in stream.unpack(gzip.compress(b"a" * 2000))] == [1000, 1000]
    assert stream.whole


def test_text_that_zlib_still_holds_when_the_input_is_used_up_is_not_lost():
    packed = gzip.compress(b"a" * 1_000_000)
    stream = GzipStream(piece_bytes=7)

    first = b"".join(stream.unpack(packed[:500]))
    second = b"".join(stream.unpack(packed[500:]))

    assert first + second == b"a" * 1_000_000
    assert stream.whole


def test_it_is_not_whole_before_anything_was_fed():
    assert not GzipStream().whole


def test_it_is_not_whole_within_a_member():
    stream = GzipStream()

    assert list(stream.unpack(gzip.compress(b"text", mtime=0)[:-1])) == [b"text"]
    assert not stream.whole


def test_ten_thousand_empty_members_are_an_empty_text():
    stream = GzipStream()

    assert list(stream.unpack(gzip.compress(b"", mtime=0) * 10_000)) == []
    assert stream.whole


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"not gzip at all", "header"),
        (gzip.compress(b"text", mtime=0)[:-8] + bytes(8), "checksum"),
        (gzip.compress(b"text", mtime=0)[:-4] + bytes(4), "length"),
        (gzip.compress(b"text", mtime=0) + b"x", "trailer"),
        (gzip.compress(b"text", mtime=0) + b"\0\0" + gzip.compress(b"text", mtime=0), "trailer"),
        (gzip.compress(b"text", mtime=0)[:10] + b"\xff\xff", "structure"),
    ],
)
def test_what_is_damaged_is_named(data, part):
    with pytest.raises(GzipError) as error:
        list(GzipStream().unpack(data))

    assert error.value.part == part
