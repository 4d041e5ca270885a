"""Opening files that other users put there: never following a link, never waiting for a FIFO, regular files only."""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from stat import S_ISREG

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_TIME = datetime(9998, 12, 31, tzinfo=UTC)


def open_regular(path: str) -> int | None:
    """A descriptor for reading a regular file; ``None`` where ``path`` is anything else. Raises ``OSError``.

    The file's access time stays as it is where the agent owns the file: backup programs and people look at it.
    """
    try:
        descriptor = os.open(path, _FLAGS | getattr(os, "O_NOATIME", 0))
    except PermissionError:
        descriptor = os.open(path, _FLAGS)
    try:
        if S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def fingerprint(state: os.stat_result) -> str:
    """Changes whenever the file's contents may have."""
    return f"{state.st_dev}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}"


def modified(state: os.stat_result) -> datetime:
    """The modification time. File systems hold times that no calendar has; those become its nearest end."""
    try:
        return _UNIX_EPOCH + timedelta(microseconds=state.st_mtime_ns // 1000)
    except OverflowError:
        return _LAST_TIME if state.st_mtime_ns > 0 else _UNIX_EPOCH


def printable(name: str) -> str:
    """``name`` fit for a log line, a page or a label: control characters and bytes that are not UTF-8 are escaped."""
    if name.isascii() and name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def advise(descriptor: int, start: int, length: int, advice: int) -> None:
    """Tell the kernel how the file is read; a file system that knows no advice does not matter."""
    with suppress(OSError):
        os.posix_fadvise(descriptor, start, length, advice)
