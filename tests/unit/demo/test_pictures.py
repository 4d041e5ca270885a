"""The demo's images are real ones."""

import struct
import zlib
from random import Random

from immich_backup_exporter.demo.pictures import photo, thumbnail, video


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and data of every chunk, each of whose checksums is right."""
    found, rest = [], png[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data, checksum = rest[4:8], rest[8 : 8 + length], rest[8 + length : 12 + length]
        assert struct.pack(">I", zlib.crc32(kind + data)) == checksum
        found.append((kind, data))
        rest = rest[12 + length :]
    return found


def test_a_photo_is_a_whole_png_of_the_size_asked_for():
    content, _ = photo(64, 48, Random(1))
    header, data, end = chunks(content)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert header == (b"IHDR", bytes.fromhex("00000040000000300802000000"))
    assert data[0] == b"IDAT"
    assert end == (b"IEND", b"")


def test_every_row_of_a_photo_is_there_and_unfiltered():
    content, _ = photo(64, 48, Random(1))
    rows = zlib.decompress(chunks(content)[1][1])
    assert len(rows) == 48 * (1 + 3 * 64)
    assert rows[:: 1 + 3 * 64] == bytes(48)


def test_a_photo_shows_more_than_one_colour():
    content, _ = photo(64, 48, Random(1))
    assert len(set(zlib.decompress(chunks(content)[1][1]))) > 100


def test_the_same_random_source_gives_the_same_photo_and_another_one_another():
    assert photo(64, 48, Random(1)) == photo(64, 48, Random(1))
    assert photo(64, 48, Random(1)) != photo(64, 48, Random(2))


def test_a_thumbnail_is_the_webp_that_libwebp_reads_as_one_colour():
    # Opened with Pillow 13 (libwebp): 64 x 48, every pixel (10, 20, 30).
    assert thumbnail(64, 48, (10, 20, 30)).hex() == THUMBNAIL


def test_a_video_begins_as_an_mp4_file_and_has_the_size_asked_for():
    content = video(5000, Random(1))
    assert len(content) == 5000
    assert content[4:12] == b"ftypisom"
    assert content[24:32] == struct.pack(">I", 4976) + b"mdat"


THUMBNAIL = "5249464618000000574542505650384c0c0000002f3fc00b00284515ead1ff00"
