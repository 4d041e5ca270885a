"""What a command wrote into a file of its caller's, read from that file once the command has ended.

A file is the command's own, as without us: a pipe between would hide from it that the disk is full, that it may not
write, or where it is in the file.
"""

import fcntl
import os

CHUNK_BYTES = 1 << 16
MOST_BYTES = 64 << 20
"""Read at the end, at most: what matters of a longer log stands in its last lines."""

_ERRORS = ("json_errors", "plain_errors", "tree_errors", "plain_tree_errors")


class ReadBack:
    """To be made before the command starts. ``OSError`` where the file may not be read."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        self._position = os.dup(descriptor)  # the command's: it tells how far it wrote
        appends = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND
        self._start = os.fstat(descriptor).st_size if appends else os.lseek(descriptor, 0, os.SEEK_CUR)

    def descriptors(self) -> tuple[int, int]:
        """Those that the wrapper holds."""
        return self._file, self._position

    def facts(self) -> dict[str, object]:
        """What it says, as an ``OutputReader`` has it. Other writers into the file are read along."""
        from immich_backup_exporter.formats.restic_output import OutputReader

        reader = OutputReader()
        end = min(os.lseek(self._position, 0, os.SEEK_CUR), os.fstat(self._file).st_size)
        at = max(self._start, end - MOST_BYTES)
        while at < end:
            data = os.pread(self._file, min(CHUNK_BYTES, end - at), at)
            if not data:
                break
            reader.feed(data)
            at += len(data)
        raw = reader.raw()
        counts = raw["counts"]
        if end - self._start > MOST_BYTES and isinstance(counts, dict):
            for name in _ERRORS:
                counts.pop(name, None)  # their number is not known
        return raw
