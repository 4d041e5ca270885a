"""What stands in a dump outside of table rows: its beginnings and ends, the tables that it makes, and what is no SQL.

It says nothing about rows; those are found by ``dump_tables.py``, which hands over everything else. Observed with
pg_dump and pg_dumpall 14 to 18 and read in ``pg_backup_archiver.c`` and ``pg_dump.c``:

- Each statement and each command of psql begins a line. Each table that can hold rows has a comment
  ``-- Data for Name: ...`` before its ``COPY``, be it empty, or before its ``INSERT`` commands.
- No line of a statement begins with a word and a colon, as the messages of programs do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_TEXT_BYTES = 1024 * 1024
"""Between the rows of two tables. Of a longer text only its beginning is looked at."""
MOST_PARTS = 500_000
"""Statements, comments and blanks of a whole dump that are looked at."""

_DOLLARS = rb"\$(?P<tag>(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?)\$.*?\$(?P=tag)\$"
_BODY = rb"""(?:[^'"$;-]++|'[^']*+'|"[^"]*+"|--[^\n]*+|-|%b|\$|;(?![\ \t]*+\r?(?:\n|\Z)))++""" % _DOLLARS
_PART = re.compile(
    rb"(?P<blank>(?:[\s;]|\xef\xbb\xbf)++)|(?P<comment>--[^\n]*+)|(?P<meta>\\[^\n]*+)|(?P<statement>%b);?" % _BODY,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(rb"""'[^']*+'|"[^"]*+"|%b|--[^\n]*+""" % _DOLLARS, re.DOTALL)
_NAME = rb'(?:"(?:[^"]|"")*+"|[^\s",.();]++)'
_MADE = re.compile(rb"CREATE TABLE ((?:%b\.)?%b)(?= )" % (_NAME, _NAME))
_COPIED = re.compile(rb"COPY ((?:%b\.)?%b)(?= )" % (_NAME, _NAME))
_HAS_ROWS_ELSEWHERE = re.compile(rb"\n\)\r?\nPARTITION BY ")
_DATA = re.compile(rb"-- Data for Name: (.*); Type: TABLE DATA; Schema: ")
_ENTRY = re.compile(rb"-- (?:Data for )?Name: .*; Type: ")
_BANNER = re.compile(rb"-- PostgreSQL database (cluster )?dump( complete)?\r?\Z")
_ENCODING = re.compile(rb"SET client_encoding = '(\w+)'")
_WORD = re.compile(rb"[A-Za-z_]++")
_MESSAGE = re.compile(rb"(?:\A|\n)[A-Za-z_][\w.\[\]/-]*+:(?= )")
_COMMANDS = re.compile(
    rb"(?:abort|alter|analyze|begin|call|checkpoint|close|cluster|comment|commit|copy|create|deallocate|"
    rb"declare|delete|discard|do|drop|end|execute|explain|fetch|grant|import|insert|listen|load|lock|merge|"
    rb"move|notify|prepare|reassign|refresh|reindex|release|reset|return|revoke|rollback|savepoint|security|"
    rb"select|set|show|start|table|truncate|unlisten|update|vacuum|values|with)\Z"
)
"""The words that SQL's commands begin with; also those that may follow a semicolon within a function's body."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A line that says that a dump begins or is complete."""

    cluster: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Restrict:
    """The command that forbids psql to run commands of a shell until ``token`` comes again."""

    token: bytes


@dataclass(frozen=True, slots=True)
class Connect:
    """What follows is of another database, named as it is written."""

    name: bytes


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the text is encoded from here on, as PostgreSQL names it."""

    name: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A table that can hold rows is made; ``name`` is without its schema."""

    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something else begins; ``rows_of`` is the table whose rows have to follow."""

    rows_of: str | None


@dataclass(frozen=True, slots=True)
class Insert:
    """A row comes as a command."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The header of rows; ``name`` is without its schema."""

    name: str


@dataclass(frozen=True, slots=True)
class NoSql:
    """Something that is neither SQL nor a command of psql's that pg_dump writes."""


@dataclass(frozen=True, slots=True)
class NotUtf8:
    """A statement holds bytes that are no UTF-8."""


Part = Banner | Restrict | Connect | Encoding | Made | Entry | Insert | Copy | NoSql | NotUtf8


class DumpStatements:
    """Takes text outside of rows in pieces of any size."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._parts = 0
        self.utf8 = False
        """Whether the text has to be UTF-8."""
        self.partly = False
        """Whether something was passed over since it was too much."""

    def take(self, piece: bytes) -> None:
        """Keep a piece until its text has ended."""
        if self._bytes < MOST_TEXT_BYTES:
            self._pieces.append(piece)
            self._bytes += len(piece)

    def parts(self) -> Iterator[Part]:
        """What is in the text that was taken since the last call; no statement may be cut off by its end."""
        text = b"".join(self._pieces)
        cut = self._bytes >= MOST_TEXT_BYTES
        self._pieces, self._bytes = [], 0
        self.partly = self.partly or cut
        position = 0
        while position < len(text) and self._parts < MOST_PARTS:
            self._parts += 1
            found = _PART.match(text, position)
            if found is None:
                position += 1  # a quote that is never closed
                continue
            position = found.end()
            if cut and position == len(text):
                return
            if found["comment"] is not None:
                yield from _comment(found["comment"])
            elif found["meta"] is not None:
                yield from _command(found["meta"])
            elif found["statement"] is not None:
                yield from self._statement(found["statement"])
        self.partly = self.partly or position < len(text)

    def _statement(self, text: bytes) -> Iterator[Part]:
        word = _WORD.match(text)
        first = word[0].lower() if word else b""
        if (word and not _COMMANDS.match(first)) or text[:1].isdigit() or text.startswith(b"["):
            yield NoSql()
            return
        if _MESSAGE.search(text) and _MESSAGE.search(_QUOTED.sub(b"", text)):
            yield NoSql()
            return
        if self.utf8 and not text.isascii() and not _is_utf8(text):
            yield NotUtf8()
            return
        if first == b"set" and (encoding := _ENCODING.match(text)):
            yield Encoding(encoding[1].upper())
        elif first == b"insert":
            yield Insert()
        elif first == b"copy" and (copied := _COPIED.match(text)):
            yield Copy(last_name(copied[1]))
        elif first == b"create" and (made := _MADE.match(text)) and not _HAS_ROWS_ELSEWHERE.search(text):
            yield Made(last_name(made[1]))


def _comment(line: bytes) -> Iterator[Part]:
    if banner := _BANNER.match(line):
        yield Banner(cluster=banner[1] is not None, complete=banner[2] is not None)
    elif _ENTRY.match(line):
        data = _DATA.match(line)
        yield Entry(data[1].decode("utf-8", "surrogateescape") if data else None)


def _command(line: bytes) -> Iterator[Part]:
    word, _, rest = line.rstrip().partition(b" ")
    if word == b"\\connect":
        yield Connect(rest.strip())
    elif word == b"\\restrict":
        yield Restrict(rest.strip())
    elif word == b"\\encoding":
        yield Encoding(rest.strip().upper())


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def last_name(written: bytes) -> str:
    """The name of a table without its schema and quotes."""
    name = re.findall(_NAME, written)[-1]
    if name.startswith(b'"'):
        name = name[1:-1].replace(b'""', b'"')
    return str(name, "utf-8", "surrogateescape")
