"""Small real images out of the standard library: PNG photos with a sky and a sun, WebP thumbnails, and video bytes.

The same random source gives the same bytes. Sources: the PNG specification (W3C), and "Specification for WebP Lossless
Bitstream" (Google).
"""

import struct
import zlib
from collections.abc import Iterator
from math import isqrt
from random import Random

Colour = tuple[int, int, int]


def photo(width: int, height: int, random: Random) -> tuple[bytes, Colour]:
    """A PNG of that many pixels: a slanting gradient with a disc in it and a little grain; and its main colour."""
    top, bottom, disc = _colour(random), _colour(random), _colour(random)
    rows = _disc(list(_gradient(width, height, top, bottom)), width, height, disc, random)
    grain = int.from_bytes(b"\x01" * 3 * width)
    picture = bytearray()
    for row in rows:
        noise = int.from_bytes(random.randbytes(3 * width)) & grain
        picture += b"\0" + (int.from_bytes(row) ^ noise).to_bytes(3 * width)  # 0: the row is stored unfiltered
    return _png(width, height, bytes(picture)), _between(top, bottom, 0.5)


def thumbnail(width: int, height: int, colour: Colour) -> bytes:
    """A lossless WebP in one colour: each of its five prefix codes has a single symbol, so its pixels take no bits."""
    red, green, blue = colour
    bits, length = 0, 0

    def put(value: int, count: int) -> None:
        nonlocal bits, length
        bits |= value << length
        length += count

    put(0x2F, 8)
    put(width - 1, 14)
    put(height - 1, 14)
    put(0, 4)  # no alpha, version 0
    put(0, 3)  # no transform, no colour cache, one group of codes
    for symbol in (green, red, blue, 255):
        put(0b101, 3)  # a simple code, of one symbol, which has 8 bits
        put(symbol, 8)
    put(0b0001, 4)  # distances: a simple code, of one symbol of one bit
    payload = bits.to_bytes((length + 7) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def video(size_bytes: int, random: Random) -> bytes:
    """The outline of an MP4 file with noise for a film in it; of that size, and nothing that plays."""
    kind = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41")
    return kind + struct.pack(">I4s", size_bytes - len(kind), b"mdat") + random.randbytes(size_bytes - len(kind) - 8)


def _colour(random: Random) -> Colour:
    return (random.randrange(256), random.randrange(256), random.randrange(256))


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def _gradient(width: int, height: int, top: Colour, bottom: Colour) -> Iterator[bytes]:
    """The rows: each is the one before, moved by a pixel, which is quick."""
    steps = width + height
    ramp = b"".join(bytes(_between(top, bottom, step / steps)) for step in range(steps))
    for y in range(height):
        yield ramp[3 * y : 3 * (y + width)]


def _disc(rows: list[bytes], width: int, height: int, colour: Colour, random: Random) -> list[bytes]:
    radius = height // random.randrange(4, 9)
    x, y = random.randrange(radius, width - radius), random.randrange(radius, height - radius)
    for dy in range(-radius, radius + 1):
        half = isqrt(radius * radius - dy * dy)
        row = rows[y + dy]
        rows[y + dy] = row[: 3 * (x - half)] + bytes(colour) * (2 * half) + row[3 * (x + half) :]
    return rows


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits each of red, green and blue
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
