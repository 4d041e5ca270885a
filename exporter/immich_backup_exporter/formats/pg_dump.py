"""Decides whether the bytes of a database dump are whole: gzip or plain text, as Immich or pg_dump writes it.

No I/O: the bytes are fed in pieces of any size, and neither memory nor the work per byte depends on what they hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

from immich_backup_exporter.domain.immich import DumpOutcome, DumpVerdict

from .dump_text import DumpText, readable_size
from .gzip_stream import GzipError, GzipStream

_GZIP = b"\x1f\x8b"
_MAGIC_BYTES = 6
_OTHER_FORMATS = {
    b"PGDMP": "It is a dump in pg_dump's custom format, which this agent cannot check.",
    b"\x28\xb5\x2f\xfd": "It is compressed with zstd; this agent can check gzip and plain text.",
    b"\xfd7zXZ\x00": "It is compressed with xz; this agent can check gzip and plain text.",
    b"BZh": "It is compressed with bzip2; this agent can check gzip and plain text.",
    b"\x04\x22\x4d\x18": "It is compressed with lz4; this agent can check gzip and plain text.",
}
"""Good dumps for all one knows: no verdict."""


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
    ``reader`` is handed the text on the way.
    """

    def __init__(
        self,
        limits: DumpLimits | None = None,
        *,
        expect_gzip: bool = False,
        reader: Callable[[bytes], None] | None = None,
    ) -> None:
        self._reader = reader
        self._limits = limits or DumpLimits()
        self._expect_gzip = expect_gzip
        self._first = b""
        self._begun = False
        self._gzip: GzipStream | None = None
        self._text = DumpText()
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

    def give_up(self, sentence: str) -> DumpVerdict:
        """No verdict, for a reason outside of the data."""
        self._verdict = self._conclude(DumpOutcome.UNDECIDED, sentence)
        return self._verdict

    def _feed(self, data: bytes) -> DumpVerdict | None:
        if self._begun:
            return self._unpack(data)
        self._first += data
        if len(self._first) < _MAGIC_BYTES:
            return None
        return self._begin()

    def _begin(self) -> DumpVerdict | None:
        """Tell by the first bytes what the file is, and take them."""
        self._begun, first, self._first = True, self._first, b""
        if first.startswith(_GZIP):
            self._gzip = GzipStream()
        elif self._expect_gzip:
            return self._invalid("It is named .gz but is not gzip data.")
        else:
            for magic, sentence in _OTHER_FORMATS.items():
                if first.startswith(magic):
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
            if error.part == "trailer":
                return self._invalid(f"Something that is not gzip data follows the gzip data{self._so_far()}.")
            return self._invalid(f"The gzip data is damaged{self._so_far()} ({error.part}).")
        return None

    def _so_far(self) -> str:
        """How much was read before; nothing where the last piece was the first."""
        return f" after {readable_size(self._text.size)} of text" if self._text.size else ""

    def _take(self, text: bytes) -> DumpVerdict | None:
        if sentence := self._text.feed(text):
            return self._invalid(sentence)
        if self._text.size > self._limits.unpacked_bytes:
            limit = readable_size(self._limits.unpacked_bytes)
            return self._conclude(DumpOutcome.UNDECIDED, f"It unpacks to more than {limit} and was not read further.")
        if self._reader is not None:
            self._reader(text)
        return None

    def _finish(self) -> DumpVerdict:
        if not self._begun:
            if not self._first:
                return self._invalid("The file is empty.")
            if verdict := self._begin():
                return verdict
        if self._gzip is not None and not self._gzip.whole:
            return self._invalid(f"The gzip data is cut off{self._so_far()}.")
        if sentence := self._text.finish():
            return self._invalid(sentence)
        return self._conclude(DumpOutcome.VALID, "The dump is whole.")

    def _invalid(self, sentence: str) -> DumpVerdict:
        return self._conclude(DumpOutcome.INVALID, sentence)

    def _conclude(self, outcome: DumpOutcome, sentence: str) -> DumpVerdict:
        return DumpVerdict(
            outcome=outcome,
            sentence=sentence,
            unpacked_bytes=self._text.size,
            postgres_version=self._text.server,
        )
