"""Finds the rows of chosen tables in the text of a PostgreSQL dump, and skips everything else at the speed of a search.

What pg_dump and pg_dumpall write (read in ``pg_dump.c`` and ``copyto.c``, tried with 15):

- Rows stand between a line ``COPY schema.table (columns) FROM stdin;`` and a line ``\\.``. Tabs divide fields, line
  feeds divide rows; both are escaped inside of values, so that a raw one always divides. A line that begins with
  ``\\.`` is never a row.
- ``COPY`` at the beginning of a line can also be text: in a function's body, a literal or a comment. So what is
  outside of rows is gone through as PostgreSQL would: quotes, dollar quotes and comments are passed over.
- pg_dumpall changes databases with a line ``\\connect``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LONGEST_ROW_BYTES = 64 * 1024 * 1024
"""Of a chosen table. Rows of others may have any length: they are never kept."""
_LONGEST_COPY_LINE = 256 * 1024  # 1,600 columns with names of 63 bytes, and quotes

_TOKEN = re.compile(rb"""'|"|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|--|\n(?=COPY |\\connect )""")
_UNFINISHED = re.compile(
    rb"(?:\n(?:C(?:O(?:P(?:Y)?)?)?|\\(?:c(?:o(?:n(?:n(?:e(?:c(?:t)?)?)?)?)?)?)?)?|-|\$[\w\x80-\xff]*)\Z"
)
_COPY = re.compile(rb"COPY (.+?) \((.*)\) FROM stdin;\r?\Z", re.DOTALL)
_IDENTIFIER = re.compile(rb'"((?:[^"]|"")*)"|([^\s",.]+)')
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

NULL = b"\\N"
"""How a missing value is written. The same two characters as a text are written with another backslash."""


class TooLongError(Exception):
    """A row is longer than anything that is read."""


class RaggedRowsError(Exception):
    """A row has another number of fields than its table's header: PostgreSQL refuses to restore it."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


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
    """Some whole rows of one table, not decoded."""

    table: Table
    data: bytes = field(repr=False)
    """Each ends with a line feed; never empty."""

    def check(self) -> None:
        """Raises :class:`RaggedRowsError` where the fields of all rows together are too many or too few."""
        if self.data.count(b"\t") != self.data.count(b"\n") * _tabs_in_a_row(self.table):
            raise RaggedRowsError(self.table.name)

    def columns(self, *names: str) -> list[list[bytes] | None]:
        """The fields of each named column, one for each row; ``None`` where the table has no such column.

        Raises :class:`RaggedRowsError`. All of it is done by a few calls of C, not row by row.
        """
        width, count = len(self.table.columns), self.data.count(b"\n")
        # Each line feed becomes a field of its own behind the last column: a row of another width moves it.
        fields = self.data.replace(b"\n", b"\t\n\t").split(b"\t")
        if len(fields) != count * (width + 1) + 1 or fields[width :: width + 1].count(b"\n") != count:
            raise RaggedRowsError(self.table.name)
        places = {name: place for place, name in enumerate(self.table.columns)}
        return [fields[places[name] :: width + 1][:count] if name in places else None for name in names]


class DumpTables:
    """Takes the text of a dump in pieces of any size. ``wanted`` says of which tables the rows are worth having.

    ``check_all``: the rows of all others are counted, which costs about as much as finding their end. A field too much
    in one row and one too few in another of the same table go unnoticed by that.
    """

    def __init__(self, wanted: Callable[[Table], bool], *, check_all: bool = False) -> None:
        self._wanted = wanted
        self._check_all = check_all
        self._database = b""
        self._carry = b"\n"
        self._pieces: list[bytes] = []
        self._pieces_bytes = 0
        self._table: Table | None = None
        self._counted: Table | None = None
        """Whose rows are being passed over and counted."""
        self._tabs = self._lines = 0
        self._end: bytes | None = None
        """What ends the rows that are being read; ``None`` outside of rows."""
        self._until: bytes | None = None
        """What ends the literal, body or comment that is being passed over."""

    @property
    def inside(self) -> bool:
        """Whether the text so far stops among the rows of a table, of any."""
        return self._end is not None

    def feed(self, piece: bytes) -> Iterator[Rows]:
        """Yield what is in the next piece. Raises :class:`TooLongError`, and :class:`RaggedRowsError` where all tables
        are checked; nothing may be fed after that.
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
                    yield Rows(self._table, rows.replace(b"\r\n", b"\n") if self._end.endswith(b"\r\n") else rows)
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
        if self._counted is not None:
            self._tabs += data.count(b"\t", position, stop)
            self._lines += data.count(b"\n", position, stop)
        if place < 0:
            self._carry = data[stop:]
            return len(data)
        self._end = None
        if self._counted is not None and self._tabs != self._lines * _tabs_in_a_row(self._counted):
            raise RaggedRowsError(self._counted.name)
        return place + len(end) - 1  # the line feed may stand before a COPY

    def _outside(self, data: bytes, position: int) -> int:
        """Go on to the beginning of the next rows, or to the end of ``data``."""
        while True:
            if self._until is not None:
                place = data.find(self._until, position)
                if place < 0:
                    self._carry = data[max(position, len(data) - len(self._until) + 1) :]
                    return len(data)
                # The line feed that ends a comment may stand before a COPY.
                position = place if self._until == b"\n" else place + len(self._until)
                self._until = None
            token = _TOKEN.search(data, position)
            if token is None:
                unfinished = _UNFINISHED.search(data, max(position, len(data) - 256))
                self._carry = data[unfinished.start() :] if unfinished else b""
                return len(data)
            if token[0] != b"\n":
                self._until = b"\n" if token[0] == b"--" else token[0]
                position = token.end()
                continue
            line_end = data.find(b"\n", token.end())
            if line_end < 0:
                if len(data) - token.start() < _LONGEST_COPY_LINE:
                    self._carry = data[token.start() :]
                    return len(data)
                position = token.end()  # a line that only begins like one
                continue
            position = line_end
            if self._begin(data[token.end() : line_end]):
                return position

    def _begin(self, line: bytes) -> bool:
        """Whether rows follow ``line``, which begins with COPY or \\connect."""
        if line.startswith(b"\\connect "):
            self._database = line.removeprefix(b"\\connect ").strip()
            return False
        if not line.rstrip(b"\r").endswith(b" FROM stdin;"):
            return False
        self._end = b"\n\\.\r\n" if line.endswith(b"\r") else b"\n\\.\n"
        table = _table(line, self._database)
        self._table = table if table is not None and self._wanted(table) else None
        self._counted = table if self._check_all and self._table is None else None
        self._tabs, self._lines = 0, -1  # the line feed behind the header comes with the rows
        return True


def _tabs_in_a_row(table: Table) -> int:
    return max(0, len(table.columns) - 1)


def _table(line: bytes, database: bytes) -> Table | None:
    said = _COPY.match(line)
    if said is None:
        return None
    names = [_plain(found) for found in _IDENTIFIER.finditer(said[1])]
    columns = tuple(_plain(found) for found in _IDENTIFIER.finditer(said[2]))
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
