"""Reads one dump from its first to its last byte and lets :mod:`immich_backup_exporter.formats.pg_dump` judge it."""

import errno
import os
from collections.abc import Callable

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.pg_dump import DumpLimits, DumpValidator

from .files import advise, fingerprint, open_regular

_CHUNK_BYTES = 128 * 1024
_FORGET_EVERY_BYTES = 8 * 1024 * 1024
_NOT_THAT_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ESTALE)


def read_dump(file: DumpFile, stop: Callable[[], bool], limits: DumpLimits, clock: Clock) -> DumpVerdict | None:
    """The verdict on the file as ``file.fingerprint`` knows it.

    ``None``: it is another one now, or gone, or ``stop()`` became true. A file that cannot be read gets no bad verdict
    but an undecided one, as does one that takes longer than ``limits.seconds``.
    """
    try:
        descriptor = open_regular(file.path)
        if descriptor is None:
            return None
        try:
            return _read(descriptor, file, stop, limits, clock)
        finally:
            os.close(descriptor)
    except OSError as error:
        return None if error.errno in _NOT_THAT_FILE else _unreadable(error)


def _read(
    descriptor: int, file: DumpFile, stop: Callable[[], bool], limits: DumpLimits, clock: Clock
) -> DumpVerdict | None:
    deadline = clock.monotonic() + limits.seconds
    validator = DumpValidator(
        limits,
        expect_gzip=file.name.removesuffix(".tmp").endswith(".gz"),
        immichs_own=file.kind is DumpKind.IMMICH,
    )
    advise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    verdict, read, forgotten = None, 0, 0
    while verdict is None:
        if stop() or _changed(descriptor, file):
            return None
        data = os.read(descriptor, _CHUNK_BYTES)
        if not data:
            verdict = validator.finish()
            break
        read += len(data)
        verdict = validator.feed(data)
        if verdict is None and clock.monotonic() > deadline:
            verdict = validator.give_up(Message("dump_verdicts.took_too_long"))
        if read - forgotten >= _FORGET_EVERY_BYTES:
            # A dump is read once: it need not push what Immich works with out of the page cache.
            advise(descriptor, forgotten, read - forgotten, os.POSIX_FADV_DONTNEED)
            forgotten = read
    advise(descriptor, forgotten, 0, os.POSIX_FADV_DONTNEED)
    return None if _changed(descriptor, file) else verdict


def _changed(descriptor: int, file: DumpFile) -> bool:
    return fingerprint(os.fstat(descriptor)) != file.fingerprint


def _unreadable(error: OSError) -> DumpVerdict:
    if error.errno in (errno.EACCES, errno.EPERM):
        sentence = Message("dump_verdicts.not_allowed")
    else:
        reason = os.strerror(error.errno).lower() if error.errno else Message("dump_verdicts.unknown_error")
        sentence = Message("dump_verdicts.not_read", reason=reason)
    return DumpVerdict(outcome=DumpOutcome.UNDECIDED, sentence=sentence, unpacked_bytes=0, transient=True)
