"""What is needed to look at the upload location and its dumps."""

from collections.abc import Callable
from typing import Protocol

from immich_backup_exporter.domain.immich import DumpFile, DumpScan, DumpVerdict, UploadLook
from immich_backup_exporter.domain.records import SeenDump


class DumpReader(Protocol):
    """Looks at the upload location. Blocking; the poller runs it in a thread. Raises ``SourceError``, nothing else."""

    def look(self) -> UploadLook:
        """Whether each folder's marker can be read."""
        ...

    def scan(self) -> DumpScan:
        """Every file that looks like a dump; regular files only, no link followed, what else there is by name."""
        ...

    def validate(self, file: DumpFile, stop: Callable[[], bool]) -> DumpVerdict | None:
        """Read the dump to its end. ``None``: it changed or vanished meanwhile, or ``stop()`` became true."""
        ...

    def open(self, file: DumpFile) -> int | None:
        """A descriptor to read that very version of the file from; ``None``: it changed, or cannot be read."""
        ...

    def unchanged(self, descriptor: int, file: DumpFile) -> bool:
        """Whether it is still that version."""
        ...


class LiveDumps(Protocol):
    """The dumps on the live disk, for comparing with one in a snapshot."""

    def find(self, dump: DumpFile) -> SeenDump | None:
        """The live file that is the same one, by name, size and time, if there is a verdict on it."""
        ...

    async def open(self, file: DumpFile) -> int | None:
        """A descriptor to read that very version of a live file from; ``None``: it changed, or cannot be read."""
        ...

    async def unchanged(self, descriptor: int, file: DumpFile) -> bool:
        """Whether it is still that version."""
        ...
