"""The folder that the state lies in: made, checked, held by one agent at a time, cleared of damaged files."""

import errno
import fcntl
import os
import re
import shlex
import stat
import time
from contextlib import suppress
from datetime import datetime

from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Argument, Message

DATABASE = "state.sqlite3"
LOCK = "state.lock"
DAMAGED_KEPT = 3

_ATTEMPTS = 4
_ATTEMPT_SECONDS = 0.05

_DAMAGED = re.compile(re.escape(DATABASE) + r"\.damaged-\d{8}T\d{6}Z")


class StateFolder:
    """A folder that this process holds until :meth:`release`; another agent cannot take it meanwhile."""

    def __init__(self, path: str, lock: int, *, can_lock: bool) -> None:
        self.path = path
        self.database = os.path.join(path, DATABASE)
        self.can_lock = can_lock
        """False where the file system knows no locks: then nothing keeps a second agent out."""
        self._lock = lock

    def create_file(self) -> bool:
        """Create the file for SQLite, 0600; its journal takes over the mode. (A umask is the whole process's.)

        Returns whether the file was there already and held nothing.
        """
        try:
            with suppress(FileNotFoundError):
                if os.stat(self.database).st_size == 0:
                    return True
            os.close(os.open(self.database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise _refusal(Message("state.file_not_written", path=self.database), self.database, error) from error
        return False

    def openness(self) -> Message | None:
        """What a person should know where others than this agent may put another file in the place of the state's."""
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        if status.st_mode & stat.S_ISVTX or not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None
        quoted, uid, gid = shlex.quote(self.path), os.geteuid(), os.getegid()
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        if status.st_uid == uid:
            return Message("state.open_to_others", path=self.path, mode=mode, quoted=quoted)
        return Message("state.open_to_others_foreign", path=self.path, mode=mode, uid=uid, gid=gid, quoted=quoted)

    def set_aside(self, now: datetime) -> str:
        """Rename the damaged file and its journal; returns the new name. Older damaged ones are deleted."""
        name = f"{DATABASE}.damaged-{now:%Y%m%dT%H%M%SZ}"
        target = os.path.join(self.path, name)
        try:
            # The journal first: an old one beside a new file would be rolled back into it.
            for suffix in ("-journal", ""):
                with suppress(FileNotFoundError):
                    os.rename(self.database + suffix, target + suffix)
        except OSError as error:
            raise _refusal(Message("state.not_set_aside", path=self.path), self.path, error) from error
        with suppress(OSError):
            older = sorted(entry for entry in os.listdir(self.path) if _DAMAGED.fullmatch(entry) and entry != name)
            for entry in older[: -(DAMAGED_KEPT - 1)]:
                os.unlink(os.path.join(self.path, entry))
                with suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.path, entry + "-journal"))
        return name

    def release(self) -> None:
        """Let another agent have the folder."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def take(state_dir: str) -> StateFolder:
    """Make the folder (0700, parents too) where it is missing, see that it can be written, and hold it.

    Raises ``StoreError`` that names the folder, who is allowed to write there, and what to do.
    """
    path = os.path.abspath(state_dir)
    _make(path)
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        read_only = os.statvfs(path).f_flag & os.ST_RDONLY
        refused = OSError(errno.EROFS if read_only else errno.EACCES, "")
        raise _refusal(Message("state.folder_not_written", path=path), path, refused)
    try:
        lock = os.open(os.path.join(path, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        file = os.path.join(path, LOCK)
        raise _refusal(Message("state.file_not_written", path=file), file, error) from error
    try:
        can_lock = _hold(lock, path)
    except BaseException:
        os.close(lock)
        raise
    return StateFolder(path, lock, can_lock=can_lock)


def _hold(lock: int, path: str) -> bool:
    try:
        _lock(lock)
    except BlockingIOError as error:
        # A hint only: in another container the number means another process.
        pid = os.pread(lock, 32, 0).strip().decode("ascii", "replace")
        message = Message("state.held_by", pid=pid, path=path) if pid.isdecimal() else Message("state.held", path=path)
        raise StoreError(message, Message("state.held_step")) from error
    except OSError:
        return False
    with suppress(OSError):  # a full disk
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
    return True


def _lock(lock: int) -> None:
    """Take the lock; a process that only asks whether it is held has it for a moment."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_ATTEMPT_SECONDS)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _make(path: str) -> None:
    missing = []
    existing = path
    while not os.path.lexists(existing):
        missing.append(existing)
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        message = Message("state.no_folder", path=path, existing=existing)
        raise StoreError(message, Message("state.no_folder_step"))
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            continue  # another process was faster
        except OSError as error:
            blocked_by = os.path.dirname(folder)
            message = Message("state.folder_not_created", path=path)
            raise _refusal(message, path, error, blocked_by=blocked_by) from error


def _refusal(what: Message, path: str, error: OSError, *, blocked_by: str | None = None) -> StoreError:
    """The error for a path that this process is not allowed to create or write."""
    uid, gid = os.geteuid(), os.getegid()
    quoted = shlex.quote(path)
    reason: Argument
    if error.errno == errno.EROFS:
        reason, step = Message("state.read_only"), Message("state.read_only_step")
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason, step = Message("state.disk_full"), Message("state.disk_full_step")
    elif error.errno in (errno.EACCES, errno.EPERM):
        reason = Message("state.not_allowed", uid=uid, gid=gid, owner=_owner(blocked_by or path))
        step = Message("state.not_allowed_step", uid=uid, gid=gid, quoted=quoted)
        if blocked_by is not None:
            step = Message("state.not_created_step", uid=uid, gid=gid, quoted=quoted)
    else:
        reason, step = os.strerror(error.errno or 0).lower(), Message("state.other_reason_step")
    return StoreError(Message("state.refused", what=what, reason=reason), Message("state.refused_step", step=step))


def _owner(path: str) -> Message:
    try:
        status = os.stat(path)
    except OSError:
        return Message("state.owner_unknown")
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return Message("state.owned", path=path, uid=status.st_uid, gid=status.st_gid, mode=mode)
