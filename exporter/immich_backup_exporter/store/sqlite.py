"""The state store: one SQLite file, written in small transactions, that a full disk or a crash cannot spoil."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import CoverageRecord, MissingRecord, TreeContents
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import (
    Acceptance,
    ContentsRecord,
    RepositoryChange,
    RepositoryRecord,
    RunsChange,
    RunsRecord,
    SeenDump,
)

from . import acceptances, agent, contents, coverage, dumps, reads, repositories, rows, runs
from .database import FILE_ERRORS, PATIENCE_SECONDS, DamagedError, copy_in_memory, is_damage, open_database
from .folder import take
from .schema import transaction

UNUSED_KEPT = timedelta(days=400)
"""How long a repository that no configuration asks for is remembered."""

_USE_NOTED = timedelta(days=1)
"""A repository's last use is written anew only where it is older than this."""

T = TypeVar("T")


class Folder(Protocol):
    """Where the file is, and what is done when it turns out to be damaged; see :class:`~.folder.StateFolder`."""

    can_lock: bool

    @property
    def path(self) -> str: ...

    @property
    def database(self) -> str: ...

    def openness(self) -> Message | None: ...

    def create_file(self) -> bool: ...

    def set_aside(self, now: datetime) -> str: ...

    def release(self) -> None: ...


def open_store(state_dir: str, clock: Clock) -> "SqliteStore":
    """Open the state in ``state_dir``, which is made where it is missing, and keep other agents out of it.

    A damaged file is set aside and a new one begun; :attr:`SqliteStore.notices` tells of it. Raises ``StoreError``
    where the folder cannot be written, another agent uses it, or a newer version wrote the file.
    """
    folder = take(state_dir)
    try:
        return SqliteStore(folder, clock)
    except BaseException:
        folder.release()
        raise


class SqliteStore:
    """Keeps what was learned; any thread may call it, one call runs at a time.

    A change that cannot be written (a full disk, a locked file) waits in memory, in its order, and every later write
    and :meth:`flush` tries again. What is read holds the waiting changes too. Saving never raises because of the disk;
    whatever has to read first raises ``StoreError`` where the disk does not give the file's contents back.
    """

    def __init__(self, folder: Folder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._mutex = threading.RLock()
        self._waiting: list[rows.Write] = []
        self._overlay: sqlite3.Connection | None = None
        self._write_failures = 0
        self._notices: tuple[Message, ...] = ()
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._patient = True
        if not folder.can_lock:
            self._notice(Message("state.no_locks", path=folder.path))
        if (openness := folder.openness()) is not None:
            self._notice(openness)
        self._created = clock.now()
        self._file()
        self._drop_unused()

    @property
    def created(self) -> datetime:
        """When this state was first begun: the earliest that anything in it can be known from."""
        return self._created

    @property
    def write_failures(self) -> int:
        """Failed attempts to write since this process started."""
        return self._write_failures

    @property
    def notices(self) -> tuple[Message, ...]:
        """What a person must read. One can be added later, when the file turns out to be damaged."""
        return self._notices

    def expected_since(self, subject: str, now: datetime) -> datetime:
        with self._mutex:
            since = self._read(lambda connection: agent.expectation(connection, subject))
            # One that lies ahead comes from a clock that was wrong then, and would keep an alarm silent until then.
            if since is None or since > now:
                since = now
                self._write(agent.save_expectation(subject, now))
            return since

    def drop_expectations(self, keep: Collection[str]) -> None:
        with self._mutex:
            dropped = self._read(agent.expectations).difference(keep)
            if dropped:
                self._write(agent.drop_expectations(dropped))

    def bound_repository(self, name: str, location: str) -> str | None:
        with self._mutex:
            bound = self._read(lambda connection: repositories.bound(connection, name, location))
            if bound is None:
                return None
            repository_id, used = bound
            # Still declared, whether or not it can be reached: a disk in a drawer must not be forgotten.
            if self._clock.now() - used > _USE_NOTED:
                self._write(repositories.save_use(repository_id, self._clock.now()))
            return repository_id

    def bind_repository(self, name: str, location: str, repository_id: str) -> None:
        with self._mutex:
            if self.bound_repository(name, location) != repository_id:
                self._write(repositories.save_binding(name, location, repository_id, self._clock.now()))

    def load_repository(self, repository_id: str) -> RepositoryRecord:
        with self._mutex:
            return self._read(lambda connection: repositories.load(connection, repository_id))

    def save_repository(self, repository_id: str, change: RepositoryChange) -> None:
        with self._mutex:
            if change:
                self._write(repositories.save(repository_id, change, self._clock.now()))

    def load_dumps(self) -> Sequence[SeenDump]:
        with self._mutex:
            return self._read(dumps.load)

    def save_dumps(self, seen: Sequence[SeenDump]) -> None:
        with self._mutex:
            if seen:
                self._write(dumps.save(seen))

    def load_dump_acceptance(self) -> Acceptance | None:
        with self._mutex:
            return self._read(acceptances.of_dumps)

    def save_dump_acceptance(self, acceptance: Acceptance) -> None:
        with self._mutex:
            self._write(acceptances.save_of_dumps(acceptance))

    def note_start(self, now: datetime) -> None:
        with self._mutex:
            self._write(agent.save_start(now))

    def starts(self) -> Sequence[datetime]:
        with self._mutex:
            return self._read(agent.starts)

    def load_beginnings(self) -> Mapping[str, datetime]:
        with self._mutex:
            return self._read(agent.beginnings)

    def save_beginnings(self, since: Mapping[str, datetime]) -> None:
        with self._mutex:
            self._write(agent.save_beginnings(since))

    def load_runs(self) -> RunsRecord:
        with self._mutex:
            return self._read(runs.load)

    def save_runs(self, change: RunsChange) -> None:
        with self._mutex:
            if change:
                self._write(runs.save(change))

    def load_contents(self) -> ContentsRecord:
        with self._mutex:
            return self._read(_contents)

    def load_missing(self, tree: str, dump: str) -> MissingRecord:
        with self._mutex:
            return self._read(lambda connection: coverage.missing(connection, tree, dump))

    def save_tree(self, tree: str, found: TreeContents) -> None:
        with self._mutex:
            self._write(contents.save(tree, found, self._clock.now()))

    def save_coverage(self, tree: str, record: CoverageRecord, missing: MissingRecord) -> None:
        with self._mutex:
            self._write(coverage.save(tree, record, missing, self._clock.now()))

    def read_since(self, repository_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        with self._mutex:
            return self._read(lambda connection: reads.since(connection, repository_id, since))

    def save_reading(self, repository_id: str, size_bytes: int) -> None:
        with self._mutex:
            self._write(reads.save(repository_id, self._clock.now(), size_bytes))

    def flush(self) -> None:
        with self._mutex:
            if self._waiting:
                self._write_waiting()

    def close(self) -> None:
        """Try a last time to write what waits, and let another agent have the folder. May be called twice."""
        with self._mutex:
            self.flush()
            self._closed = True
            self._drop_overlay()
            self._disconnect()
            self._folder.release()

    def _read(self, load: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return load(self._current())
        except FILE_ERRORS as error:
            if not is_damage(error):
                raise self._unreadable() from error
        self._start_over()
        try:
            return load(self._current())
        except FILE_ERRORS as error:
            raise self._unreadable() from error

    def _unreadable(self) -> StoreError:
        message = Message("state.not_read_now", path=self._folder.database)
        return StoreError(message, Message("state.not_read_now_step"))

    def _current(self) -> sqlite3.Connection:
        """What to read from: the file or, while changes wait, a copy of it in memory that holds them."""
        if not self._waiting:
            return self._file()
        if self._overlay is None:
            overlay = copy_in_memory(self._file())
            for write in self._waiting:
                rows.execute(overlay, write)
            self._overlay = overlay
        return self._overlay

    def _write(self, write: rows.Write) -> None:
        self._waiting.append(write)
        self._write_waiting()
        if self._overlay is not None:  # the change still waits
            rows.execute(self._overlay, write)

    def _write_waiting(self) -> None:
        """Write all that waits in one transaction, or count a failure and let it wait."""
        position = 0
        try:
            connection = self._file()
            with transaction(connection):
                for position, write in enumerate(self._waiting):  # noqa: B007 - tells below which one failed
                    rows.execute(connection, write)
        except StoreError:
            self._write_failures += 1
        except FILE_ERRORS as error:
            self._write_failures += 1
            self._learn_from(error, position)
        else:
            self._waiting.clear()
            self._drop_overlay()
            self._wait_for_others(True)

    def _learn_from(self, error: Exception, position: int) -> None:
        """See that the next attempt has a chance."""
        if is_damage(error):
            with suppress(StoreError):  # not even a new file can be made: the disk is gone, for now
                self._start_over()
        elif isinstance(error, sqlite3.OperationalError):
            self._wait_for_others(False)
        else:
            # Not the disk but this change itself was refused: it must not keep the others waiting for ever.
            del self._waiting[position]
            self._drop_overlay()

    def _wait_for_others(self, patient: bool) -> None:
        """Whether to wait while another program holds the file: once, not anew for each of many changes."""
        if patient != self._patient and self._connection is not None:
            milliseconds = int(PATIENCE_SECONDS * 1000) if patient else 0
            self._connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
            self._patient = patient

    def _file(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(Message("state.closed"))
        if self._connection is None:
            try:
                connection = self._open()
            except DamagedError:
                self._set_aside()
                connection = self._open()
            self._connection = connection
            self._patient = True
            # Where a flipped bit made it unreadable it is not worth a whole file.
            self._created = agent.created(connection) or self._clock.now()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        empty = self._folder.create_file()
        connection = open_database(self._folder.database, self._clock.now())
        if empty:
            self._notice(Message("state.was_empty", path=self._folder.database))
        return connection

    def _start_over(self) -> None:
        """Set the damaged file aside and begin a new one; what waits to be written then goes there."""
        self._disconnect()
        self._drop_overlay()
        self._set_aside()
        self._file()

    def _set_aside(self) -> None:
        name = self._folder.set_aside(self._clock.now())
        self._notice(Message("state.set_aside", path=self._folder.database, name=name))

    def _notice(self, message: Message) -> None:
        self._notices = (*self._notices, message)

    def _drop_unused(self) -> None:
        used = self._read(repositories.last_use)
        if used is not None:
            # Against the last use of any and not only the clock, which may have jumped ahead.
            limit = min(self._clock.now(), used[1]) - UNUSED_KEPT
            if used[0] < limit:
                self._write(repositories.drop_unused(limit))
        if self._read(contents.any_unused):
            self._write(contents.drop_unused())

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _drop_overlay(self) -> None:
        if self._overlay is not None:
            self._overlay.close()
            self._overlay = None


def _contents(connection: sqlite3.Connection) -> ContentsRecord:
    return ContentsRecord(trees=contents.load(connection), coverages=coverage.load(connection))
