"""Unpacks gzip data piece by piece, in bounded memory whatever it holds, and says what is wrong with it.

Follows RFC 1952 and GNU gzip: several members one after the other are one text, and zero bytes after the last one are
padding. Checksum and length of every member are compared. Unlike ``gzip``, which only warns, anything else that follows
the last member is an error.
"""

import zlib
from collections.abc import Iterator

_GZIP_WITH_CHECKSUM = 31
"""``wbits`` of :func:`zlib.decompressobj`: the largest window, and a gzip wrapper with its checksum and length."""

_WHAT = {"incorrect data check": "checksum", "incorrect length check": "length", "incorrect header check": "header"}
"""What zlib says, in a word; its words are fixed and hold nothing of the contents."""


class GzipError(Exception):
    """This is not what gzip writes. ``part``: ``header``, ``structure``, ``checksum``, ``length`` or ``trailer``."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class GzipStream:
    """Unpacks one gzip file. Feed it from the first byte on; it never holds more than ``piece_bytes`` of text."""

    def __init__(self, piece_bytes: int = 512 * 1024) -> None:
        self._piece_bytes = piece_bytes
        self._member: zlib._Decompress | None = None
        self._members = 0
        self._padding = False

    @property
    def whole(self) -> bool:
        """Whether it could end here: at the end of a member."""
        return self._members > 0 and self._member is None

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield the text in ``data``, in pieces. Raises :class:`GzipError`; nothing may be fed after that."""
        while data:
            member = self._member or self._begin_member(data)
            if member is None:
                return
            try:
                piece = member.decompress(data, self._piece_bytes)
            except zlib.error as error:
                raise GzipError(_part(str(error))) from None
            if member.eof:
                data, self._member = member.unused_data, None
                self._members += 1
            else:
                data = member.unconsumed_tail
            if piece:
                yield piece

    def _begin_member(self, data: bytes) -> "zlib._Decompress | None":
        """The next member, or ``None`` where only padding follows."""
        if self._members and (self._padding or data[0] == 0):
            self._padding = True
            if data.strip(b"\0"):
                raise GzipError("trailer")
            return None
        if self._members and data[0] != 0x1F:
            raise GzipError("trailer")
        self._member = zlib.decompressobj(_GZIP_WITH_CHECKSUM)
        return self._member


def _part(message: str) -> str:
    return next((part for said, part in _WHAT.items() if said in message), "structure")
