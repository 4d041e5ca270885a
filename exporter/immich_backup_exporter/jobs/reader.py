"""The spool of one folder, as the agent's poller wants to see it."""

import contextlib
import os
from collections.abc import Collection

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.jobs.inbox import SpoolLook, read_spool
from immich_backup_exporter.jobs.spool import Spool


class SpoolFolder:
    """Reads the reports in ``path``; blocking. Raises ``SourceError``, nothing else."""

    def __init__(self, path: str) -> None:
        self._path = path

    def stamp(self) -> int:
        """Changes whenever a file was put into the folder or taken out of it; not with signs of life."""
        try:
            return os.stat(self._path).st_mtime_ns
        except FileNotFoundError:
            raise SourceError(Message("spool.missing"), Message("spool.create")) from None
        except OSError as error:
            raise SourceError(
                Message("spool.out_of_reach", reason=error.strerror), Message("spool.open_folders_above")
            ) from None

    def look(self, known: Collection[str]) -> SpoolLook:
        """Read every report whose name is not ``known``."""
        return read_spool(self._path, known=known)


def make_default_spool(path: str) -> None:
    """Make the folder inside the agent's own, shared by group, where it is missing; failing shows at the first look."""
    with contextlib.suppress(OSError):
        Spool.open(path).close()
