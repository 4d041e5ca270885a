"""Listing a repository in a local folder: the names in two of its folders, and nothing else."""

import os
import re
import stat
from datetime import UTC, datetime

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
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
        owner = f"They belong to uid {found.st_uid} (the folder's mode is {stat.S_IMODE(found.st_mode):04o})"
    except OSError:
        owner = "Not even their owner can be found out"
    return RepositoryError(
        FailureReason.PERMISSION,
        "The repository's files cannot be read.",
        f"{owner}, the agent runs as uid {os.geteuid()}: run it as their owner, or give it the capability "
        "DAC_READ_SEARCH. restic makes its files readable for their owner only.",
        transient=False,
    )


_HANGS = causes.Cause(
    reason=FailureReason.TIMEOUT,
    sentence="The disk or share that holds the repository does not answer.",
    next_step="Check the mount: one whose server is gone hangs like this.",
    transient=True,
)
_NO_FOLDER = causes.Cause(
    reason=FailureReason.NOT_FOUND,
    sentence="The repository's folder does not exist.",
    next_step="Check the path, and whether the disk or share that holds it is mounted.",
)
_NO_REPOSITORY = causes.Cause(
    reason=FailureReason.NOT_FOUND,
    sentence="There is no restic repository in the configured folder.",
    next_step="Check the path, and whether the disk or share is mounted: without it a mount point is empty.",
)
_NO_SNAPSHOTS_FOLDER = causes.Cause(
    reason=FailureReason.DAMAGED,
    sentence="The repository has lost its folder `snapshots`.",
    next_step="Restore it from a copy of the repository.",
)
_DISK_ERROR = causes.Cause(
    reason=FailureReason.UNREACHABLE,
    sentence="The disk or share that holds the repository gives errors.",
    next_step="Check the mount and the system's log.",
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
