"""Opens the file, and tells one that is damaged from one that is in order but cannot be used just now."""

import sqlite3
from contextlib import closing
from datetime import datetime
from urllib.parse import quote

from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Message

from .schema import APPLICATION_ID, MIGRATIONS, migrate, transaction, version_of
from .values import from_time

PATIENCE_SECONDS = 5.0
"""How long to wait for another program that reads or copies the file."""

FILE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What using the file can raise. Python does not decode SQLite's message where it quotes spoilt names."""

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class DamagedError(StoreError):
    """The file's contents make no sense; all that helps is to start a new one."""


def is_damage(error: Exception) -> bool:
    """Whether an error says that the file's contents, and not the disk or another program, are the problem."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in _DAMAGE
    # Without a code it is Python's own: of these only a text that is no UTF-8 comes from the file.
    return isinstance(error, UnicodeDecodeError) or (
        isinstance(error, sqlite3.OperationalError) and "decode" in str(error)
    )


def connect(path: str) -> sqlite3.Connection:
    """A connection that any thread may use, with transactions only where they are asked for."""
    return sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)


def open_database(path: str, now: datetime) -> sqlite3.Connection:
    """Open the (possibly empty) file and bring it to this version's schema. ``now`` is kept as the time of a new one's
    creation. Raises :class:`DamagedError`, and ``StoreError`` where the file must be left as it is.
    """
    connection = connect(path)
    try:
        _check(connection, path)
        _set_up(connection)
        migrate(connection)
        _check_tables(connection, path)
        if connection.execute("SELECT created FROM agent").fetchone() is None:
            with transaction(connection):
                connection.execute("INSERT INTO agent (created) VALUES (?)", (from_time(now),))
    except FILE_ERRORS as error:
        connection.close()
        if is_damage(error):
            raise DamagedError(Message("state.damaged", path=path)) from error
        next_step = _NEXT_STEPS.get(_code_of(error), Message("state.not_opened_step"))
        raise StoreError(Message("state.not_opened", path=path, error=_name_of(error)), next_step) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_copy(path: str) -> sqlite3.Connection:
    """What the file holds, in memory and in this version's schema; the file is only read, even while an agent holds it.

    Raises :class:`DamagedError`, and ``StoreError`` where it cannot be read.
    """
    try:
        with closing(
            sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
        ) as connection:
            _check(connection, path)
            copy = copy_in_memory(connection)
        migrate(copy)
        _check_tables(copy, path)
    except FILE_ERRORS as error:
        if is_damage(error):
            raise DamagedError(Message("state.damaged", path=path)) from error
        next_step = Message("state.not_read_step")
        if _code_of(error) == sqlite3.SQLITE_READONLY:  # a crash left a journal, and playing it back means writing
            next_step = Message("state.cut_off_step")
        raise StoreError(Message("state.not_read", path=path, error=_name_of(error)), next_step) from error
    return copy


def copy_in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same contents in memory, for changes that cannot be written for now. Its size is the file's."""
    copy = connect(":memory:")
    try:
        connection.execute("BEGIN")
        # Takes the lock for reading or gives up after a while; `backup` alone would wait for it without end.
        version_of(connection)
        connection.backup(copy)
    except BaseException:
        copy.close()
        raise
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    copy.execute("PRAGMA foreign_keys = ON")
    return copy


def _check(connection: sqlite3.Connection, path: str) -> None:
    version, application = version_of(connection), connection.execute("PRAGMA application_id").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != APPLICATION_ID and not (empty and version == 0 and application == 0):
        raise StoreError(Message("state.other_program", path=path), Message("state.other_program_step"))
    if version > len(MIGRATIONS):
        raise StoreError(
            Message("state.newer", path=path, version=version, known=len(MIGRATIONS)), Message("state.newer_step")
        )
    # Unlike quick_check this also compares the indexes with their tables, by which rows are found; 20 ms for 50,000.
    with closing(connection.execute("PRAGMA integrity_check(1)")) as cursor:
        if cursor.fetchone() != ("ok",):
            raise DamagedError(Message("state.damaged", path=path))


def _check_tables(connection: sqlite3.Connection, path: str) -> None:
    """A flipped bit in the name of a table or a column is nothing that SQLite itself sees."""
    with closing(connect(":memory:")) as fresh:
        migrate(fresh)
        missing = _columns(fresh) - _columns(connection)
    if missing:
        raise DamagedError(Message("state.damaged", path=path))


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    return set(
        connection.execute(
            "SELECT kind.name, field.name, field.type FROM sqlite_master AS kind "
            "JOIN pragma_table_info(kind.name) AS field WHERE kind.type = 'table'"
        )
    )


def _set_up(connection: sqlite3.Connection) -> None:
    # A rollback journal, not WAL: a reader that may not write to the folder, or has it on a read-only mount, can then
    # read the file beside the running agent (WAL needs to create and write -shm). Truncated and not deleted: in that
    # mode SQLite also syncs the journal's end, so that a change that was acknowledged is there after a power cut.
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # reading must not need room on a full disk
    connection.execute("PRAGMA foreign_keys = ON")


def _code_of(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _name_of(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


_NEXT_STEPS = {
    sqlite3.SQLITE_BUSY: Message("state.busy_step"),
    sqlite3.SQLITE_FULL: Message("state.full_step"),
}
