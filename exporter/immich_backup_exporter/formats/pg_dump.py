"""Decides whether the bytes of a database dump are whole: gzip or plain text, as Immich or pg_dump writes it.

No I/O: the bytes are fed in pieces of any size, and neither memory nor the work per byte depends on what they hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

from immich_backup_exporter.domain.immich import DumpOutcome, DumpVerdict, Holds
from immich_backup_exporter.domain.messages import Bytes, Message

from .dump_formats import FORMAT_BYTES, other_format
from .dump_tables import Rows
from .dump_text import DumpText, UndecidedError
from .gzip_stream import GzipError, GzipStream
from .immich_dump import ImmichDump

_GZIP = b"\x1f\x8b"
_PARTS = {
    "header": Message("dump_verdicts.gzip_header"),
    "structure": Message("dump_verdicts.gzip_structure"),
    "checksum": Message("dump_verdicts.gzip_checksum"),
    "length": Message("dump_verdicts.gzip_length"),
}
"""Of gzip data, as :class:`GzipError` names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpLimits:
    """Where validating a dump gives up without a verdict. No limit on lines is needed: none is ever kept."""

    unpacked_bytes: int = 256 * 1024**3
    """Far above any Immich database; a hostile gzip file of 256 MiB can reach it."""
    seconds: float = 2 * 60 * 60
    """For one dump. Not known in here: whoever reads the file watches the time."""


class DumpValidator:
    """Takes the bytes of one file, from the first to the last, and gives a verdict.

    ``expect_gzip``: the file is named ``.gz``; anything else in it is wrong, since every usual way to restore it fails.
    ``immichs_own``: Immich made it, of its own database and with all rows. ``immich`` is told of Immich's tables, and
    ``take`` is handed their rows on the way; after ``settle()`` all that were handed over have been counted.
    """

    def __init__(
        self,
        limits: DumpLimits | None = None,
        *,
        expect_gzip: bool = False,
        immichs_own: bool = False,
        immich: ImmichDump | None = None,
        take: Callable[[Rows], None] | None = None,
        settle: Callable[[], None] | None = None,
    ) -> None:
        self._immichs_own = immichs_own
        self._settle = settle or (lambda: None)
        self._immich = immich or ImmichDump()
        self._limits = limits or DumpLimits()
        self._expect_gzip = expect_gzip
        self._first = b""
        self._begun = False
        self._gzip: GzipStream | None = None
        self._text = DumpText(self._immich, take or self._immich.take, immichs_own=immichs_own)
        self._verdict: DumpVerdict | None = None

    @property
    def unpacked_bytes(self) -> int:
        """Bytes of text so far."""
        return self._text.size

    def feed(self, data: bytes) -> DumpVerdict | None:
        """Take the next bytes. A verdict: it is certain already, the rest need not be read."""
        if self._verdict is None:
            self._verdict = self._feed(data)
        return self._verdict

    def finish(self) -> DumpVerdict:
        """There are no more bytes."""
        if self._verdict is None:
            self._verdict = self._finish()
        return self._verdict

    def give_up(self, sentence: Message) -> DumpVerdict:
        """No verdict, for a reason outside of the data."""
        self._verdict = self._conclude(DumpOutcome.UNDECIDED, sentence)
        return self._verdict

    def _feed(self, data: bytes) -> DumpVerdict | None:
        if self._begun:
            return self._unpack(data)
        self._first += data
        if len(self._first) < FORMAT_BYTES:
            return None
        return self._begin()

    def _begin(self) -> DumpVerdict | None:
        """Tell by the first bytes what the file is, and take them."""
        self._begun, first, self._first = True, self._first, b""
        if first.startswith(_GZIP):
            self._gzip = GzipStream()
        elif self._expect_gzip:
            return self._invalid(Message("dump_verdicts.no_gzip"))
        elif sentence := other_format(first):
            return self._conclude(DumpOutcome.UNDECIDED, sentence)
        return self._unpack(first)

    def _unpack(self, data: bytes) -> DumpVerdict | None:
        if self._gzip is None:
            return self._take(data)
        try:
            for piece in self._gzip.unpack(data):
                if verdict := self._take(piece):
                    return verdict
        except GzipError as error:
            return self._invalid(self._damaged(error.part))
        return None

    def _damaged(self, part: str) -> Message:
        size = Bytes(self._text.size)  # nothing where the last piece was the first
        if part == "trailer":
            return (
                Message("dump_verdicts.gzip_trailer_after", size=size)
                if size
                else Message("dump_verdicts.gzip_trailer")
            )
        what = _PARTS[part]
        if size:
            return Message("dump_verdicts.gzip_damaged_after", size=size, part=what)
        return Message("dump_verdicts.gzip_damaged", part=what)

    def _cut_off(self) -> Message:
        size = Bytes(self._text.size)
        return Message("dump_verdicts.gzip_cut_off_after", size=size) if size else Message("dump_verdicts.gzip_cut_off")

    def _take(self, text: bytes) -> DumpVerdict | None:
        try:
            sentence = self._text.feed(text)
        except UndecidedError as error:
            return self._conclude(DumpOutcome.UNDECIDED, error.sentence)
        if sentence:
            return self._invalid(sentence)
        if self._text.size > self._limits.unpacked_bytes:
            limit = Bytes(self._limits.unpacked_bytes)
            return self._conclude(DumpOutcome.UNDECIDED, Message("dump_verdicts.too_large", limit=limit))
        return None

    def _finish(self) -> DumpVerdict:
        if not self._begun:
            if not self._first:
                return self._invalid(Message("dump_verdicts.empty"))
            if verdict := self._begin():
                return verdict
        if self._gzip is not None and not self._gzip.whole:
            return self._invalid(self._cut_off())
        try:
            sentence = self._text.finish()
        except UndecidedError as error:
            return self._conclude(DumpOutcome.UNDECIDED, error.sentence)
        if sentence:
            return self._invalid(sentence)
        self._settle()
        if self._immichs_own and self._immich.contents(whole=self._text.noticed).holds is Holds.FOREIGN:
            return self._invalid(Message("dump_verdicts.foreign"))
        return self._conclude(DumpOutcome.VALID, Message("dump_verdicts.whole"))

    def _invalid(self, sentence: Message) -> DumpVerdict:
        return self._conclude(DumpOutcome.INVALID, sentence)

    def _conclude(self, outcome: DumpOutcome, sentence: Message) -> DumpVerdict:
        return DumpVerdict(
            outcome=outcome,
            sentence=sentence,
            unpacked_bytes=self._text.size,
            postgres_version=self._text.server,
            contents=self._immich.contents(whole=self._text.noticed) if outcome is DumpOutcome.VALID else None,
        )
