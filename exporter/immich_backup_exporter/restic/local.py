"""Listing a repository in a local folder: the names in two of its folders, and nothing else."""

import os
import re
import stat
from datetime import UTC, datetime

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import Listing, LockName

from . import causes

LISTING_DEADLINE_SECONDS = 30.0

_ID = re.compile(r"[0-9a-f]{64}")
"""A file's name is the SHA-256 of its contents (restic's design document); any other file is a temporary one."""


class LocalListing:
    """Lists one local repository in a thread of its own, since a dead NFS mount answers never."""

    def __init__(self, path: str, worker: Worker, *, deadline: float = LISTING_DEADLINE_SECONDS) -> None:
        self._path = path
        self._worker = worker
        self._deadline = deadline
        self._last_names: frozenset[str] = frozenset()
        self._last_ids: frozenset[str] = frozenset()

    async def list(self) -> Listing:
        """The names in ``snapshots/`` and ``locks/``. ``RepositoryError`` by the deadline at the latest."""
        try:
            return await self._worker.call(self._list, self._deadline)
        except TimeoutError:
            raise _HANGS.error() from None

    async def holds(self, folder: str) -> bool:
        """Whether there is any file with an id for its name in ``folder``; a missing folder holds none."""
        try:
            return await self._worker.call(lambda: self._holds(folder), self._deadline)
        except TimeoutError:
            raise _HANGS.error() from None

    async def permission_error(self) -> RepositoryError:
        """The error for files that restic may not read, with the owner's uid and the folder's mode."""
        try:
            return await self._worker.call(lambda: permission_error(self._path), self._deadline)
        except TimeoutError:
            raise _HANGS.error() from None

    def _list(self) -> Listing:
        try:
            names = frozenset(os.listdir(os.path.join(self._path, "snapshots")))
            locks = self._locks()
        except OSError as error:
            raise _translated(error, self._path) from None
        if names != self._last_names:
            self._last_names, self._last_ids = names, frozenset(name for name in names if _ID.fullmatch(name))
        return Listing(snapshot_ids=self._last_ids, locks=locks)

    def _locks(self) -> tuple[LockName, ...]:
        try:
            with os.scandir(os.path.join(self._path, "locks")) as entries:
                found = [(entry.name, _modified(entry)) for entry in entries if _ID.fullmatch(entry.name)]
        except FileNotFoundError:
            return ()
        return tuple(LockName(name=name, modified=modified) for name, modified in found if modified is not None)

    def _holds(self, folder: str) -> bool:
        try:
            return any(_ID.fullmatch(name) for name in os.listdir(os.path.join(self._path, folder)))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _translated(error, self._path) from None


def permission_error(path: str) -> RepositoryError:
    """The error for a repository whose files this user may not read. Blocking."""
    try:
        found = os.stat(path)
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        next_step = Message("restic.local_permission_step", owner=found.st_uid, mode=mode, uid=os.geteuid())
    except OSError:
        next_step = Message("restic.local_permission_unknown_step", uid=os.geteuid())
    message = Message("restic.local_permission")
    return RepositoryError(FailureReason.PERMISSION, message, next_step, transient=False)


_HANGS = causes.Cause(
    reason=FailureReason.TIMEOUT,
    message=Message("restic.hangs"),
    next_step=Message("restic.hangs_step"),
    transient=True,
)
_NO_FOLDER = causes.Cause(
    reason=FailureReason.NOT_FOUND,
    message=Message("restic.no_folder"),
    next_step=Message("restic.no_folder_step"),
)
_NO_REPOSITORY = causes.Cause(
    reason=FailureReason.NOT_FOUND,
    message=Message("restic.no_repository"),
    next_step=Message("restic.no_repository_step"),
)
_NO_SNAPSHOTS_FOLDER = causes.Cause(
    reason=FailureReason.DAMAGED,
    message=Message("restic.no_snapshots_folder"),
    next_step=Message("restic.no_snapshots_folder_step"),
)
_DISK_ERROR = causes.Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.disk_error"),
    next_step=Message("restic.disk_error_step"),
    transient=True,
)


def _modified(entry: os.DirEntry[str]) -> datetime | None:
    try:
        return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
    except FileNotFoundError:  # released between listing and looking
        return None


def _translated(error: OSError, path: str) -> RepositoryError:
    if isinstance(error, PermissionError):
        return permission_error(path)
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        return _DISK_ERROR.error()
    if not os.path.exists(path):
        return _NO_FOLDER.error()
    if os.path.exists(os.path.join(path, "config")):
        return _NO_SNAPSHOTS_FOLDER.error()
    return _NO_REPOSITORY.error()
