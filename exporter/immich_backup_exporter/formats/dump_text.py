"""Decides whether a text is a whole PostgreSQL dump, or several one behind the other, and finds Immich's rows in it.

What pg_dump and pg_dumpall write was observed (14 to 15.20) and read in their sources (``pg_backup_archiver.c``,
``pg_dumpall.c``):

- The text begins with a comment of three lines that says which of the two made it, and ends with another one, the
  completion marker, and a blank line. The dump of a cluster holds the dumps of its databases.
- Since 14.19, 15.14, 16.10, 17.6 and 18 a ``\\restrict TOKEN`` follows the first comment, and ``\\unrestrict TOKEN``
  with a blank line follows the marker of pg_dump, but not the one of pg_dumpall. The token is made up anew for every
  dump: no text inside can contain it, so its line after the marker is proof of the end.
- Without that proof the marker could be somebody's text in a row of a table, and the dump cut off right behind it. So
  it counts only outside of such rows (see ``dump_tables.py``).
- A new beginning behind a complete dump begins another one: people write roles first, then the database, in one file.

What is left: a dump by an older pg_dump, cut off inside a function's body or a literal right behind three lines that
read like the marker, is taken for whole.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from immich_backup_exporter.domain.messages import Bytes, Message

from . import dump_statements as said
from .dump_formats import other_format
from .dump_tables import DumpTables, NotUtf8Error, RaggedRowsError, Rows, TooLongError, TooManyTablesError
from .immich_dump import ImmichDump

HEAD_BYTES = 16 * 1024
"""What is looked at to tell what a text is, and which server it is from."""

_TAIL_BYTES = 16 * 1024

_BOM = b"\xef\xbb\xbf"
_HEAD = re.compile(rb"--\n-- PostgreSQL database (cluster )?dump\n--\n")
_SERVER = re.compile(rb"^-- Dumped from database version (\d[\w.]{0,31})", re.MULTILINE)
_MARKER = re.compile(rb"\n--\n-- PostgreSQL database (cluster )?dump complete\n--\n")
_AFTER = re.compile(rb"\n(?:\\unrestrict (\S+)\n\n)?(?:(?:--[^\n]*)?\n)*(?:--[^\n]*)?")
_MESSAGE_IN_ROWS = re.compile(rb"^(?:[A-Z]+:  |pg_dump(?:all)?: )", re.MULTILINE)

_NO_SQL = Message("dump_verdicts.messages_inside")


class UndecidedError(Exception):
    """The text cannot be judged. ``sentence`` says which limit it reached, or in which format it is."""

    def __init__(self, sentence: Message) -> None:
        super().__init__()
        self.sentence = sentence


@dataclass(slots=True)
class _Head:
    """The dump that is being read: the outermost, where one holds others."""

    cluster: bool
    assumed: bool = False
    """By the first bytes only: its banner comes."""
    token: bytes | None = None
    complete: bool = False
    inner: bool = False
    """Within a cluster: whether the dump of one of its databases has begun and is not complete."""


@dataclass(slots=True)
class _Database:
    """One database's tables, as far as they tell whether rows were cut out."""

    made: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    without: list[str] = field(default_factory=list)
    """Tables whose rows were announced and did not follow."""
    announced: str | None = None
    copied: bool = False
    inserted: bool = False


class DumpText:
    """Takes the text of one file in pieces of any size, and keeps little of it.

    ``immich`` is told of the tables, and ``take`` gets the rows that it wants. ``immichs_own``: Immich made it and
    leaves nothing out, so a table without its rows is damage. :meth:`feed` and :meth:`finish` return a message as soon
    as it is certain that the dump is not whole, and raise :class:`UndecidedError`.
    """

    def __init__(self, immich: ImmichDump, take: Callable[[Rows], None], *, immichs_own: bool = False) -> None:
        self.size = 0
        """Bytes of text so far."""
        self.server: str | None = None
        """Version of the server that was dumped, such as ``14.19``; once the beginning has been seen."""
        self._immich = immich
        self._take = take
        self._immichs_own = immichs_own
        self._head_text: bytes | None = b""
        self._head: _Head | None = None
        self._tail = b""
        self._zero_bytes = False
        self._statements = said.DumpStatements()
        self._tables = DumpTables(immich.wants, self._outside)
        self._connected = b""
        self._database = _Database()
        self._wrong: Message | None = None

    @property
    def noticed(self) -> bool:
        """Whether every table that is made so far was noticed: :meth:`ImmichDump.made` was called for it."""
        return not self._statements.partly

    def feed(self, piece: bytes) -> Message | None:
        """Take the next piece. A message: it is not a dump, whatever follows."""
        self.size += len(piece)
        self._zero_bytes = self._zero_bytes or b"\0" in piece
        self._tail = piece[-_TAIL_BYTES:] if len(piece) >= _TAIL_BYTES else (self._tail + piece)[-_TAIL_BYTES:]
        if self._head_text is not None:
            self._head_text += piece[: HEAD_BYTES - len(self._head_text)]
            if len(self._head_text) == HEAD_BYTES and (wrong := self._begin(self._head_text)):
                return wrong
        if self._head_text is None and (wrong := self._zero_bytes_inside()):
            return wrong
        if wrong := self._read(piece):
            # What is no dump at all says so at its beginning.
            begun = self._begin(self._head_text) if self._head_text is not None else None
            return begun or self._zero_bytes_inside() or wrong
        return None

    def finish(self) -> Message | None:
        """There is no more. ``None``: the dump is whole."""
        if self.size == 0:
            return Message("dump_verdicts.no_text")
        if self._head_text is not None and (wrong := self._begin(self._head_text)):
            return wrong
        if wrong := self._zero_bytes_inside():
            return wrong
        if self._tables.inside:
            return Message("dump_verdicts.cut_in_rows", size=Bytes(self.size))
        before = self._wrong
        self._tables.finish()
        self._hear()
        return before or self._end() or self._wrong or self._rows_cut_out()

    def _read(self, piece: bytes) -> Message | None:
        try:
            for rows in self._tables.feed(piece):
                self._take(rows)
        except TooLongError:
            raise UndecidedError(Message("dump_verdicts.line_too_long")) from None
        except TooManyTablesError:
            raise UndecidedError(Message("dump_verdicts.too_many_tables")) from None
        except RaggedRowsError as error:
            if self._wrong is None and _MESSAGE_IN_ROWS.search(error.near):
                return _NO_SQL
            return self._wrong or Message("dump_verdicts.ragged_rows", table=error.table)
        except NotUtf8Error as error:
            return self._wrong or Message("dump_verdicts.rows_not_utf8", table=error.table)
        return self._wrong

    def _begin(self, text: bytes) -> Message | None:
        self._head_text = None
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
            if form := other_format(text):
                raise UndecidedError(form)  # packed with gzip
            message = not text.startswith(b"--") and re.search(b"\n" + _HEAD.pattern, text)
            return _NO_SQL if message else Message("dump_verdicts.no_dump")
        if self._head is None:
            self._head = _Head(cluster=found[1] is not None, assumed=True)
        server = _SERVER.search(text, found.end())
        self.server = server[1].decode("ascii", "replace") if server else None
        return None

    # --- what stands outside of rows

    def _outside(self, text: bytes | None) -> None:
        if text is not None:
            self._statements.take(text)
        else:
            self._hear()

    def _hear(self) -> None:
        for part in self._statements.parts():
            if self._wrong is None:
                self._wrong = self._part(part)

    def _part(self, part: said.Part) -> Message | None:
        match part:
            case said.NoSql():
                return _NO_SQL
            case said.NotUtf8():
                return Message("dump_verdicts.text_not_utf8")
            case said.Banner():
                return self._banner(part)
            case said.Restrict(token):
                if self._head is not None and self._head.token is None and not self._head.complete:
                    self._head.token = token
            case said.Connect(name):
                self._connected = name
                return self._next_database()
            case said.Encoding(name):
                self._tables.utf8 = self._statements.utf8 = name in (b"UTF8", b"UNICODE")
            case said.Made(name):
                self._database.made.add(name)
                self._immich.made(self._connected, name)
            case said.Entry(rows_of):
                self._entry(rows_of)
            case said.Insert():
                self._database.inserted, self._database.announced = True, None
                self._immich.inserted(self._connected)
            case said.Copy(name):
                # Rows of a part can be announced and come as those of the whole table.
                self._database.filled.update((name, self._database.announced or name))
                self._database.copied, self._database.announced = True, None
        return None

    def _banner(self, banner: said.Banner) -> Message | None:
        head = self._head
        if banner.complete:
            if head is not None:
                if head.cluster and not banner.cluster:
                    head.inner = False
                else:
                    head.complete = banner.cluster == head.cluster
            return self._next_database()
        if head is None or head.assumed or head.complete:
            self._head = _Head(cluster=banner.cluster)
            return self._next_database()
        if (head.cluster and not head.inner) and not banner.cluster:
            head.inner = True
            return None
        return Message("dump_verdicts.another_begins", size=Bytes(self.size))

    def _entry(self, rows_of: str | None) -> None:
        if self._database.announced is not None:
            self._database.without.append(self._database.announced)
        self._database.announced = rows_of

    def _next_database(self) -> Message | None:
        """What is wrong with the database that ends here."""
        wrong = self._rows_cut_out()
        self._database = _Database()
        return wrong

    def _rows_cut_out(self) -> Message | None:
        self._entry(None)
        database = self._database
        if not database.copied or database.inserted or self._statements.partly:
            return None  # without rows on purpose, or with rows of another form
        cut = database.without[:1]
        if not cut and (self._immichs_own or (self._head is not None and self._head.cluster)):
            cut = sorted(database.made - database.filled)[:1]
        return Message("dump_verdicts.rows_cut_out", table=cut[0]) if cut else None

    # --- the end

    def _zero_bytes_inside(self) -> Message | None:
        """PostgreSQL stores no zero byte in any text; files have them after a power cut or with a bad disk."""
        if self._zero_bytes:
            return Message("dump_verdicts.zero_bytes", size=Bytes(self.size))
        return None

    def _end(self) -> Message | None:
        size, head = Bytes(self.size), self._head
        assert head is not None  # noqa: S101 - it has begun
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
            return self._wrong or Message("dump_verdicts.after_marker", size=size)
        if head.token and not head.cluster and rest[1] != head.token:
            return Message("dump_verdicts.no_unrestrict", size=size)
        return None


def _unix_lines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")
