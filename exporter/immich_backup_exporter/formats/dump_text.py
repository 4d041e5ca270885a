"""Decides whether a text is a whole PostgreSQL dump, from its beginning, its end and where its table rows stop.

What pg_dump and pg_dumpall write was observed (14 to 15.20) and read in their sources (``pg_backup_archiver.c``,
``pg_dumpall.c``):

- The text begins with a comment of three lines that says which of the two made it, and ends with another one, the
  completion marker, and a blank line.
- Since 14.19, 15.14, 16.10, 17.6 and 18 a ``\\restrict TOKEN`` follows the first comment, and ``\\unrestrict TOKEN``
  with a blank line follows the marker of pg_dump, but not the one of pg_dumpall. The token is made up anew for every
  dump: no text inside can contain it, so its line after the marker is proof of the end.
- Without that proof the marker could be somebody's text in a row of a table, and the dump cut off right behind it. So
  it counts only outside of such rows (see ``dump_tables.py``).

What is left: a dump by an older pg_dump, cut off inside a function's body or a literal right behind three lines that
read like the marker, is taken for whole.
"""

import re
from dataclasses import dataclass

from immich_backup_exporter.domain.messages import Bytes, Message

from .dump_tables import DumpTables

HEAD_BYTES = 16 * 1024
"""What is looked at to tell what a text is, and which server it is from."""

_TAIL_BYTES = 16 * 1024

_BOM = b"\xef\xbb\xbf"
_HEAD = re.compile(rb"--\n-- PostgreSQL database (cluster )?dump\n--\n")
_RESTRICT = re.compile(rb"(?:(?:--[^\n]*)?\n)*\\restrict (\S+)\n")
_SERVER = re.compile(rb"^-- Dumped from database version (\d[\w.]{0,31})", re.MULTILINE)
_MARKER = re.compile(rb"\n--\n-- PostgreSQL database (cluster )?dump complete\n--\n")
_AFTER = re.compile(rb"\n(?:\\unrestrict (\S+)\n\n)?(?:(?:--[^\n]*)?\n)*(?:--[^\n]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    cluster: bool
    token: bytes | None
    server: str | None


class DumpText:
    """Takes the text of one dump in pieces of any size, and keeps a few KiB of it.

    :meth:`feed` and :meth:`finish` return a message as soon as it is certain that the dump is not whole.
    """

    def __init__(self) -> None:
        self.size = 0
        """Bytes of text so far."""
        self._head_text = b""
        self._head: _Head | None = None
        self._tail = b""
        self._zero_bytes = False
        self._tables: DumpTables | None = DumpTables(lambda _: False)

    @property
    def server(self) -> str | None:
        """Version of the server that was dumped, such as ``14.19``; once the beginning has been seen."""
        return self._head.server if self._head else None

    def feed(self, piece: bytes) -> Message | None:
        """Take the next piece. A message: it is not a dump, whatever follows."""
        self.size += len(piece)
        self._zero_bytes = self._zero_bytes or b"\0" in piece
        self._tail = piece[-_TAIL_BYTES:] if len(piece) >= _TAIL_BYTES else (self._tail + piece)[-_TAIL_BYTES:]
        if self._tables is not None:
            for _ in self._tables.feed(piece):
                pass  # no table's rows are wanted
        if self._head is None:
            self._head_text += piece[: HEAD_BYTES - len(self._head_text)]
            if len(self._head_text) == HEAD_BYTES:
                return self._begin()
            return None
        return self._zero_bytes_inside()

    def finish(self) -> Message | None:
        """There is no more. ``None``: the dump is whole."""
        if self.size == 0:
            return Message("dump_verdicts.no_text")
        wrong = self._begin() if self._head is None else self._zero_bytes_inside()
        if wrong or self._head is None:
            return wrong
        return self._end(self._head)

    def _begin(self) -> Message | None:
        text = self._head_text
        if not text[:2].strip(b"\0"):  # UTF-16 has at most every other byte zero
            return Message("dump_verdicts.begins_with_zeros")
        if text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text[:2]:
            return Message("dump_verdicts.utf16")
        text = text.removeprefix(_BOM)
        if text.lstrip(b"\r\n").startswith(b"--\r\r\n"):
            return Message("dump_verdicts.doubled_line_ends")
        text = _unix_lines(text).lstrip(b"\n")
        found = _HEAD.match(text)
        if found is None:
            return Message("dump_verdicts.no_dump")
        restrict = _RESTRICT.match(text, found.end())
        server = _SERVER.search(text, found.end())
        self._head = _Head(
            cluster=found[1] is not None,
            token=restrict[1] if restrict else None,
            server=server[1].decode("ascii", "replace") if server else None,
        )
        if self._head.token and not self._head.cluster:
            self._tables = None  # the token is the proof, and looking for rows would cost a tenth of the time
        self._head_text = b""
        return self._zero_bytes_inside()

    def _zero_bytes_inside(self) -> Message | None:
        """PostgreSQL stores no zero byte in any text; files have them after a power cut or with a bad disk."""
        if self._zero_bytes:
            return Message("dump_verdicts.zero_bytes", size=Bytes(self.size))
        return None

    def _end(self, head: _Head) -> Message | None:
        size = Bytes(self.size)
        if self._tables is not None and self._tables.inside:
            return Message("dump_verdicts.cut_in_rows", size=size)
        tail = _unix_lines(self._tail)
        marker = None
        for marker in _MARKER.finditer(tail):  # noqa: B007 - the last one is wanted
            pass
        if marker is None:
            return Message("dump_verdicts.no_marker", size=size)
        if (marker[1] is not None) != head.cluster:
            return Message("dump_verdicts.other_marker", size=size)
        rest = _AFTER.fullmatch(tail, marker.end())
        if rest is None:
            return Message("dump_verdicts.after_marker", size=size)
        if head.token and not head.cluster and rest[1] != head.token:
            return Message("dump_verdicts.no_unrestrict", size=size)
        return None


def _unix_lines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")
