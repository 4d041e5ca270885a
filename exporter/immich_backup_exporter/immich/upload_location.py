"""Looks at Immich's upload location: its folders' markers and the database dumps. Writes nothing, follows no link."""

import errno
import os
from collections.abc import Callable, Iterator
from stat import S_ISREG
from zoneinfo import ZoneInfo

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.immich import FOLDERS, MARKER, DumpFile, DumpKind, DumpScan, DumpVerdict, UploadLook
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.formats.dump_name import DumpName, lies_beside_dumps, looks_like_dump, parse_dump_name
from immich_backup_exporter.formats.pg_dump import DumpLimits

from .dump_reading import read_dump
from .files import fingerprint, modified, open_regular, printable
from .patterns import find_files

_VANISHED = (errno.ENOENT, errno.ESTALE)


class UploadLocation:
    """One upload location as this agent sees it. Every method blocks, as long as the disk or mount below it does.

    ``dump`` is ``None`` where dumps are not watched; :meth:`scan` then finds none.
    """

    def __init__(
        self, upload_location: str, dump: DumpSettings | None, clock: Clock, limits: DumpLimits | None = None
    ) -> None:
        self._root = upload_location
        self._dump = dump
        self._clock = clock
        self._limits = limits or DumpLimits()
        self._zone = ZoneInfo(dump.timezone) if dump and dump.timezone else None

    def look(self) -> UploadLook:
        """Whether each folder's marker is a regular file that can be read. Raises nothing."""
        return UploadLook(folders={folder: _readable(os.path.join(self._root, folder, MARKER)) for folder in FOLDERS})

    def scan(self) -> DumpScan:
        """Every regular file that looks like a dump in the dump folder, or that ``also`` means, in no order.

        Raises ``SourceError`` where one of these folders cannot be read.
        """
        if self._dump is None:
            return DumpScan()
        found: dict[tuple[int, int, str], DumpFile] = {}
        skipped: list[str] = []
        for path, state in _dumps_in(self._dump.folder):
            name = printable(os.path.basename(path))
            if not S_ISREG(state.st_mode):
                skipped.append(name)
                continue
            said = parse_dump_name(name, modified(state), self._zone)
            found[_identity(path, state)] = _dump_file(path, state, name, said, said.kind, said.kind.value)
        for pattern in self._dump.also:
            for path, state in _matching(pattern, self._root):
                known = found.get(_identity(path, state))
                if lies_beside_dumps(path):
                    continue
                # A broad pattern makes no restore point a routine dump, and leaves Immich's own what they are.
                if os.path.basename(path) != MARKER and (known is None or known.kind is DumpKind.OTHER):
                    found[_identity(path, state)] = self._also(path, state, pattern)
        return DumpScan(files=tuple(found.values()), skipped=tuple(sorted(skipped)))

    def validate(self, file: DumpFile, stop: Callable[[], bool]) -> DumpVerdict | None:
        """Read the dump to its end. ``None``: it changed or vanished meanwhile, or ``stop()`` became true."""
        return read_dump(file, stop, self._limits, self._clock)

    def open(self, file: DumpFile) -> int | None:
        """A descriptor to read that very version of the file from; ``None``: it changed, or cannot be read."""
        try:
            descriptor = open_regular(file.path)
        except OSError:
            return None
        if descriptor is not None and not self.unchanged(descriptor, file):
            os.close(descriptor)
            return None
        return descriptor

    def unchanged(self, descriptor: int, file: DumpFile) -> bool:
        """Whether it is still that version."""
        return fingerprint(os.fstat(descriptor)) == file.fingerprint

    def _also(self, path: str, state: os.stat_result, pattern: str) -> DumpFile:
        said = parse_dump_name(printable(os.path.basename(path)), modified(state), self._zone)
        below = os.path.relpath(path, self._root)
        name = printable(path if below.startswith("../") else below)
        return _dump_file(path, state, name, said, DumpKind.ALSO, f"{DumpKind.ALSO.value}:{printable(pattern)}")


def _dump_file(
    path: str, state: os.stat_result, name: str, said: DumpName, kind: DumpKind, comparable: str
) -> DumpFile:
    return DumpFile(
        name=name,
        path=path,
        kind=kind,
        group=f"{comparable}:{'gz' if said.compressed else 'plain'}",
        unfinished=said.unfinished,
        size_bytes=state.st_size,
        modified=modified(state),
        named_time=said.named_time,
        immich_version=said.immich_version,
        postgres_version=said.postgres_version,
        fingerprint=fingerprint(state),
    )


def _identity(path: str, state: os.stat_result) -> tuple[int, int, str]:
    """One file that two ways lead to is one dump; two names of it (hard links) are two."""
    return state.st_dev, state.st_ino, os.path.basename(path)


def _readable(path: str) -> bool:
    try:
        descriptor = open_regular(path)
        if descriptor is None:
            return False
        try:
            os.read(descriptor, 1)
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def _dumps_in(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Whatever is named like a dump, of any kind."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not looks_like_dump(entry.name):
                    continue
                try:
                    state = entry.stat(follow_symlinks=False)
                except OSError as error:
                    if error.errno in _VANISHED:
                        continue
                    raise
                yield entry.path, state
    except OSError as error:
        raise _failure(Message("dump_folder.dump_folder"), Message("dump_folder.backups"), error) from None


def _matching(pattern: str, root: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield from find_files(pattern, root)
    except OSError as error:
        raise _failure(Message("dump_folder.also"), Message("dump_folder.also_folders"), error) from None


def _failure(subject: Message, folder: Message, error: OSError) -> SourceError:
    if error.errno == errno.ENOENT:
        return SourceError(Message("dump_folder.missing", subject=subject), Message("dump_folder.missing_step"))
    if error.errno == errno.ENOTDIR:
        return SourceError(Message("dump_folder.no_folder", subject=subject), Message("dump_folder.no_folder_step"))
    if error.errno in (errno.EACCES, errno.EPERM):
        message = Message("dump_folder.not_allowed", subject=subject)
        return SourceError(message, Message("dump_folder.not_allowed_step", folder=folder))
    reason = os.strerror(error.errno).lower() if error.errno else Message("dump_folder.unknown_error")
    message = Message("dump_folder.not_read", subject=subject, reason=reason)
    return SourceError(message, Message("dump_folder.not_read_step"))
