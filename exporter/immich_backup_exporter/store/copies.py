"""The state for those who do not own it: a copy in memory, in which changes stay."""

import fcntl
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Message

from .database import open_copy, open_database
from .folder import DATABASE, LOCK
from .sqlite import SqliteStore


def copy_store(state_dir: str, clock: Clock) -> SqliteStore:
    """What is kept in ``state_dir``. Nothing there is changed, and it does not matter whether an agent holds it.

    Raises ``StoreError`` where there is nothing, or nothing that can be read.
    """
    path = os.path.join(os.path.abspath(state_dir), DATABASE)
    try:
        os.stat(path)
    except FileNotFoundError:
        raise StoreError(Message("state.missing", folder=os.path.dirname(path))) from None
    except OSError as error:
        raise StoreError(
            Message("state.not_looked_at", path=path, error=error.strerror), Message("state.not_looked_at_step")
        ) from None
    return _StoreCopy(path, clock)


def empty_store(clock: Clock) -> SqliteStore:
    """Nothing is known yet, and nothing is kept."""
    return _StoreCopy(None, clock)


def written(state_dir: str) -> datetime | None:
    """When something was last written to the state in ``state_dir``."""
    with suppress(OSError):
        return datetime.fromtimestamp(os.stat(os.path.join(state_dir, DATABASE)).st_mtime, UTC)
    return None


def is_held(state_dir: str) -> bool | None:
    """Whether an agent holds the state in ``state_dir``; ``None`` where that cannot be found out."""
    try:
        lock = os.open(os.path.join(state_dir, LOCK), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        # For a moment only, and shared: an agent that starts just then tries more than once.
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(lock)
    return False


def is_own(state_dir: str) -> bool:
    """Whether the state in ``state_dir`` is, or may become, this user's own.

    What root would make there could keep an agent out that runs as another user: root makes nothing.
    """
    uid = os.geteuid()
    for path in (os.path.join(state_dir, DATABASE), state_dir):
        try:
            return os.stat(path).st_uid == uid
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return uid != 0


class _Source:
    """Stands in for the folder of a store that owns none."""

    can_lock = True

    def __init__(self, database: str | None) -> None:
        self.path = os.path.dirname(database or "")
        self.database = database or ":memory:"

    def openness(self) -> None:
        return None

    def create_file(self) -> bool:
        return False

    def set_aside(self, now: datetime) -> str:  # noqa: ARG002 - as in the folder of a store's owner
        raise StoreError(Message("state.damaged_copy", path=self.database), Message("state.damaged_copy_step"))

    def release(self) -> None:
        return None


class _StoreCopy(SqliteStore):
    """A store whose file is only ever read, once."""

    def __init__(self, path: str | None, clock: Clock) -> None:
        self._path = path
        super().__init__(_Source(path), clock)

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return open_database(":memory:", self._clock.now())
        return open_copy(self._path)
