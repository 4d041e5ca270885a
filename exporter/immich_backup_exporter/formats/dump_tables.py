"""Finds the rows of chosen tables in the text of a PostgreSQL dump, checks the rows of all, and skips the rest.

What pg_dump and pg_dumpall write (read in ``pg_dump.c`` and ``copyto.c``, tried with 15):

- Rows stand between a header ``COPY schema.table (columns) FROM stdin;`` and a line ``\\.``. Tabs divide fields, line
  feeds divide rows; both are escaped inside of values, so that a raw one always divides. A line that begins with
  ``\\.`` is never a row.
- A name in a header can hold anything between double quotes, line feeds too; a double quote in it is doubled.
- ``COPY`` at the beginning of a line can also be text: in a function's body, a literal or a comment. So what is
  outside of rows is gone through as PostgreSQL would: quotes, dollar quotes and comments are passed over.
- pg_dumpall changes databases with a line ``\\connect``.

The work per byte depends little on what the bytes are: text outside of rows is measured by counting quotes where it
holds one kind of them only, and rows are compared with the shape that their header gives them, in one call each.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LONGEST_ROW_BYTES = 64 * 1024 * 1024
"""Of a chosen table. Rows of others may have any length: they are never kept."""
MOST_TABLES = 200_000
"""Headers of rows that are looked at, in all databases together. Beyond there is no verdict."""
_LONGEST_HEADER = 256 * 1024  # 1,600 columns with names of 63 bytes, most of them quotes that are doubled
_LONGEST_LINE = 64 * 1024  # outside of rows, kept until its end is there

_LANDMARKS = (b"\nCOPY ", b"\n\\connect ")
_NEITHER = bytes(byte for byte in range(256) if byte not in b"\t\n")
_QUOTES = (b"'", b'"', b"$")
_PASSED = re.compile(
    rb"""(?:[^'"$-]++|'[^']*+'[^'"$-]*+|"[^"]*+"[^'"$-]*+|--[^\n]*+(?=\n)[^'"$-]*+|-(?!-)
    |\$\$[^$]*+\$\$|\$(?![A-Za-z_\x80-\xff$]))*+""",
    re.VERBOSE,
)
"""As much as possible of what begins outside of quotes and is closed again."""
_OPENING = re.compile(rb"""'|"|--|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$""")
_NAME = rb'(?:"(?:[^"]|"")*+"|[^\s",.()]++)'
_COPY = re.compile(rb"COPY ((?:%b\.)?%b)(?: \((%b(?:, ?%b)*+)?\)| )? FROM stdin;\r?\n" % (_NAME, _NAME, _NAME, _NAME))
_IDENTIFIER = re.compile(rb'"((?:[^"]|"")*+)"|([^\s",.]+)')
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

NULL = b"\\N"
"""How a missing value is written. The same two characters as a text are written with another backslash."""


class TooLongError(Exception):
    """A row is longer than anything that is read."""


class TooManyTablesError(Exception):
    """There are more tables than anything that is read."""


class BadRowsError(Exception):
    """PostgreSQL refuses to restore the rows of this table."""

    def __init__(self, table: str, near: bytes = b"") -> None:
        super().__init__(table)
        self.table = table
        self.near = near
        """The rows among which it was found, where they are at hand."""


class RaggedRowsError(BadRowsError):
    """A row has another number of fields than its table's header."""


class NotUtf8Error(BadRowsError):
    """A row holds bytes that are no UTF-8, although the dump says that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table's data, as the line that begins it says."""

    database: bytes
    """What the last ``\\connect`` named, as it is written; empty in a dump of one database."""
    schema: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some whole rows of one table, not decoded. Each has as many fields as the table has columns."""

    table: Table
    data: bytes = field(repr=False)
    """Each ends with a line feed; never empty."""

    @property
    def count(self) -> int:
        """How many there are."""
        return self.data.count(b"\n")

    def columns(self, *names: str) -> list[list[bytes] | None]:
        """The fields of each named column, one for each row; ``None`` where the table has no such column.

        All of it is done by a few calls of C, not row by row.
        """
        width = max(1, len(self.table.columns))
        fields = self.data.replace(b"\n", b"\t").split(b"\t")
        fields.pop()  # behind the last line feed
        places = {name: place for place, name in enumerate(self.table.columns)}
        return [fields[places[name] :: width] if name in places else None for name in names]


class DumpTables:
    """Takes the text of a dump in pieces of any size. ``wanted`` says of which tables the rows are worth having.

    ``outside`` is handed all text that is not rows, in pieces: each begins where the one before ended, or behind rows.
    It is called with ``None`` when rows begin: the header is part of what came before.
    """

    def __init__(self, wanted: Callable[[Table], bool], outside: Callable[[bytes | None], None] | None = None) -> None:
        self._wanted = wanted
        self._tell = outside or _ignore
        self.utf8 = False
        """Whether rows have to be UTF-8: what the dump says of itself, to be set while it is read."""
        self._database = b""
        self._carry = b"\n"
        self._places: dict[bytes, int] = {}
        """Where in what is being read each landmark comes next."""
        self._pieces: list[bytes] = []
        self._pieces_bytes = 0
        self._table: Table | None = None
        self._rows: _RowCheck | None = None
        """Of the table whose rows are being read, wanted or not."""
        self._tables = 0
        self._end: bytes | None = None
        """What ends the rows that are being read; ``None`` outside of rows."""
        self._until: bytes | None = None
        """What ends the literal, body or comment that is being passed over."""

    @property
    def inside(self) -> bool:
        """Whether the text so far stops among the rows of a table, of any."""
        return self._end is not None

    def finish(self) -> None:
        """There is no more text. ``outside`` has the rest of it then."""
        if self._end is None and self._carry:
            self._tell(self._carry)
            self._carry = b""

    def feed(self, piece: bytes) -> Iterator[Rows]:
        """Yield what is in the next piece. Raises :class:`TooLongError`, :class:`TooManyTablesError` and
        :class:`BadRowsError`; nothing may be fed after that.
        """
        if self._table is not None and b"\n" not in piece:
            self._hold(piece)  # within a row: looked at once its end is there
            return
        if self._pieces:
            self._pieces.append(piece)
            data, self._pieces, self._pieces_bytes = b"".join(self._pieces), [], 0
        else:
            data = self._carry + piece
        self._carry = b""
        self._places = dict.fromkeys(_LANDMARKS, -1)
        position = 0
        while position < len(data):
            if self._end is None:
                position = self._outside(data, position)
            elif self._table is None:
                position = self._skip(data, position, self._end)
            else:
                place = data.find(self._end, position)
                rows_end = place + 1 if place >= 0 else data.rfind(b"\n", position) + 1
                if rows_end > position + 1:
                    # A row's line feed is kept in front, where the end of the rows may need it.
                    rows = data[position + 1 : rows_end]
                    rows = rows.replace(b"\r\n", b"\n") if self._end.endswith(b"\r\n") else rows
                    if self._rows is not None:
                        self._rows.take(rows)
                    yield Rows(self._table, rows)
                if place >= 0:
                    position = place + len(self._end) - 1
                    self._end = self._table = None
                else:
                    self._hold(data[max(position, rows_end - 1) :])
                    return

    def _hold(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._pieces_bytes += len(piece)
        if self._pieces_bytes > LONGEST_ROW_BYTES:
            raise TooLongError

    def _skip(self, data: bytes, position: int, end: bytes) -> int:
        place = data.find(end, position)
        stop = place + 1 if place >= 0 else max(position, len(data) - len(end) + 1)
        if self._rows is not None and stop > position:
            self._rows.take(data[position:stop])
        if place < 0:
            self._carry = data[stop:]
            return len(data)
        self._end = None
        if self._rows is not None:
            self._rows.finish()
        return place + len(end) - 1  # the line feed may stand before a COPY

    def _outside(self, data: bytes, position: int) -> int:
        """Go on to the beginning of the next rows, or to the end of ``data``."""
        start = position
        while True:
            if self._until is not None:
                place = data.find(self._until, position)
                if place < 0:
                    cut = max(position, len(data) - len(self._until) + 1)
                    self._tell(data[start:cut])
                    self._carry = data[cut:]
                    return len(data)
                # The line feed that ends a comment may stand before a COPY.
                position = place if self._until == b"\n" else place + len(self._until)
                self._until = None
            landmark = self._landmark(data, position)
            stop = landmark if landmark < len(data) else _last_cut(data, position)
            position, self._until = self._pass(data, position, stop)
            if self._until is not None:
                continue
            if landmark == len(data):
                self._tell(data[start:stop])
                self._carry = data[stop:]
                return len(data)
            begin = self._header(data, landmark + 1)
            if begin is None:
                if len(data) - landmark < _LONGEST_HEADER:
                    self._tell(data[start:landmark])
                    self._carry = data[landmark:]
                    return len(data)
                begin = landmark + 1  # a line that only begins like one
            position = begin
            if self._end is not None:
                self._tell(data[start : position + 1])
                self._tell(None)
                return position

    def _landmark(self, data: bytes, position: int) -> int:
        """Where the next line begins that looks like a landmark; the end of ``data`` where there is none."""
        for needle, place in self._places.items():
            if place < position:
                found = data.find(needle, position)
                self._places[needle] = found if found >= 0 else len(data)
        landmark = min(self._places.values())
        if landmark < len(data):
            self._tables += 1
            if self._tables > MOST_TABLES:
                raise TooManyTablesError
        return landmark

    def _pass(self, data: bytes, position: int, stop: int) -> tuple[int, bytes | None]:
        """Go from ``position``, outside of quotes, to ``stop``, or behind what opens a quote that is still open there.

        Returns where that is, and what closes the quote.
        """
        kinds = [quote for quote in _QUOTES if data.find(quote, position, stop) >= 0]
        comments = data.find(b"--", position, stop) >= 0
        if not kinds:
            line = max(position, data.rfind(b"\n", position, stop))
            cut = data[stop : stop + 1] != b"\n" and data.find(b"--", line, stop) >= 0
            return stop, b"\n" if cut else None  # a comment that is longer than any line of interest
        if kinds in ([b"'"], [b'"']) and not comments:
            # A doubled one closes the quote and opens it again.
            return stop, kinds[0] if data.count(kinds[0], position, stop) % 2 else None
        while position < stop:
            passed = _PASSED.match(data, position, stop)
            position = passed.end() if passed else position
            if position >= stop:
                break
            opening = _OPENING.match(data, position, stop)
            if opening is None:
                position += 1  # a dollar that is part of a name or a number
                continue
            close = b"\n" if opening[0] == b"--" else opening[0]
            place = data.find(close, opening.end(), stop)
            if place < 0:
                return opening.end(), close
            position = place if close == b"\n" else place + len(close)
        return stop, None

    def _header(self, data: bytes, position: int) -> int | None:
        """Take the line that begins at ``position``. Returns where to go on: at the line feed before the first row, or
        before the next line. ``None``: more of it is needed.
        """
        line_end = data.find(b"\n", position)
        if data.startswith(b"\\", position):
            if line_end < 0:
                return None
            self._database = data[position + len(b"\\connect ") : line_end].strip()
            return line_end
        said = _COPY.match(data, position)
        if said is not None:
            self._begin(_table(said, self._database), windows=said[0].endswith(b"\r\n"))
            return said.end() - 1
        if line_end < 0 or data.count(b'"', position, line_end) % 2:
            return None
        line = data[position:line_end].rstrip(b"\r")
        if line.endswith(b" FROM stdin;"):
            self._begin(None, windows=data[line_end - 1 : line_end] == b"\r")
            return line_end
        return position

    def _begin(self, table: Table | None, *, windows: bool) -> None:
        self._end = b"\n\\.\r\n" if windows else b"\n\\.\n"
        self._table = table if table is not None and self._wanted(table) else None
        self._rows = None if table is None else _RowCheck(table, self, begun=self._table is not None)


class _RowCheck:
    """Whether the rows of one table have its shape and are UTF-8, as they come by in pieces of any size."""

    def __init__(self, table: Table, of: DumpTables, *, begun: bool) -> None:
        self._name = table.name
        self._of = of
        self._row = b"\t" * max(0, len(table.columns) - 1) + b"\n"
        self._rest = b"" if begun else None
        """Tabs of a row that is not at its end; ``None`` before the line feed of the header."""
        self._decoder: codecs.IncrementalDecoder | None = None

    def take(self, rows: bytes) -> None:
        shape = rows.translate(None, _NEITHER)
        shape = shape[1:] if self._rest is None else self._rest + shape
        place = shape.rfind(b"\n") + 1
        self._rest = shape[place:]
        if shape[:place] != self._row * (place // len(self._row)) or len(self._rest) >= len(self._row):
            raise RaggedRowsError(self._name, rows)
        if self._of.utf8 and not (self._decoder is None and rows.isascii()):
            self._decode(rows, last=False)

    def finish(self) -> None:
        if self._rest:
            raise RaggedRowsError(self._name)
        if self._decoder is not None:
            self._decode(b"", last=True)

    def _decode(self, rows: bytes, *, last: bool) -> None:
        decoder = self._decoder or codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(rows, final=last)
        except UnicodeDecodeError:
            raise NotUtf8Error(self._name) from None
        self._decoder = decoder if decoder.getstate()[0] else None


def _ignore(_: bytes | None) -> None:
    pass


def _last_cut(data: bytes, position: int) -> int:
    """Where the text so far can be cut: before its last line feed, so that a line is only looked at as a whole.

    A line that is longer than any of interest is cut before a space: nothing that opens a quote has one in it.
    """
    place = data.rfind(b"\n", position)
    if len(data) - max(place, position) < _LONGEST_LINE:
        return max(place, position)
    space = data.rfind(b" ", position)
    return space if space > position else len(data)


def _table(said: "re.Match[bytes]", database: bytes) -> Table:
    names = [_plain(found) for found in _IDENTIFIER.finditer(said[1])]
    columns = tuple(_plain(found) for found in _IDENTIFIER.finditer(said[2] or b""))
    schema, name = names if len(names) == 2 else ("", *names[-1:])
    return Table(database=database, schema=schema, name=name, columns=columns)


def _plain(found: "re.Match[bytes]") -> str:
    """An identifier without its quotes."""
    quoted, bare = found.groups()
    return (bare if quoted is None else quoted.replace(b'""', b'"')).decode("utf-8", "surrogateescape")


def unescaped(value: bytes) -> bytes:
    """A field's value without COPY's escapes. For a missing value (:data:`NULL`) ask before."""
    return _ESCAPE.sub(_character, value) if b"\\" in value else value


def _character(escape: "re.Match[bytes]") -> bytes:
    octal, hexadecimal, character = escape.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    return _ESCAPED.get(character, character)
