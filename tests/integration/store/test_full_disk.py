"""Real failures of writing: what could not be written waits, is read all the same, and is there after a restart."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.records import RepositoryChange, RepositoryRecord
from immich_backup_exporter.store import SqliteStore, open_store
from support.store_facts import NOON, REPOSITORY, StandingClock, seen_dump, snapshot
from support.words import saying

MANY = RepositoryChange(added=tuple(snapshot(number) for number in range(1, 300)))


@pytest.fixture
def store(quick_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(str(quick_path), StandingClock())
    opened.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    yield opened
    opened.close()


def _fill(store: SqliteStore) -> None:
    """From now on SQLite answers "database or disk is full" to whatever needs another page."""
    assert store._connection is not None
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")


def _make_room(store: SqliteStore) -> None:
    assert store._connection is not None
    store._connection.execute("PRAGMA max_page_count = 1000000")


def _in_the_file(path: Path) -> int:
    connection = sqlite3.connect(f"file:{path}/state.sqlite3?mode=ro", uri=True)
    (count,) = connection.execute("SELECT count(*) FROM snapshot").fetchone()
    connection.close()
    return int(count)


def _read_after_a_restart(path: Path) -> RepositoryRecord:
    store = open_store(str(path), StandingClock())
    record = store.load_repository(REPOSITORY)
    store.close()
    return record


def test_what_a_full_disk_refused_is_counted_and_read_all_the_same(store: SqliteStore, quick_path: Path) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    assert store.write_failures == 1
    assert len(store.load_repository(REPOSITORY).snapshots) == 300
    assert _in_the_file(quick_path) == 1


def test_everything_is_there_after_space_returned_a_flush_and_a_restart(store: SqliteStore, quick_path: Path) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(7).id})))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(8).id})))
    store.save_repository(REPOSITORY, RepositoryChange(back=frozenset({snapshot(8).id})))
    _make_room(store)
    store.flush()
    assert _in_the_file(quick_path) == 300
    store.close()
    record = _read_after_a_restart(quick_path)
    assert len(record.snapshots) == 300
    assert snapshot(7).id not in record.present
    assert snapshot(8).id in record.present


def test_the_next_write_takes_along_what_waits(store: SqliteStore, quick_path: Path) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    _make_room(store)
    store.expected_since("dump", NOON)
    assert _in_the_file(quick_path) == 300
    assert store.write_failures == 1


def test_what_still_waits_at_the_end_is_tried_a_last_time(store: SqliteStore, quick_path: Path) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    _make_room(store)
    store.close()
    assert len(_read_after_a_restart(quick_path).snapshots) == 300


def test_a_change_made_while_others_wait_is_read_too(store: SqliteStore) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    assert len(store.load_repository(REPOSITORY).snapshots) == 300
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(7).id})))
    store.bind_repository("nas", "location", REPOSITORY)
    assert snapshot(7).id not in store.load_repository(REPOSITORY).present
    assert store.bound_repository("nas", "location") == REPOSITORY


def test_each_failed_flush_is_counted(store: SqliteStore) -> None:
    _fill(store)
    store.save_repository(REPOSITORY, MANY)
    store.flush()
    store.flush()
    assert store.write_failures == 3


def test_an_expectation_keeps_its_first_time_while_it_cannot_be_written(store: SqliteStore) -> None:
    assert store._connection is not None
    store._connection.execute("PRAGMA query_only = ON")
    assert store.expected_since("dump", NOON) == NOON
    assert store.expected_since("dump", NOON + timedelta(days=1)) == NOON
    store._connection.execute("PRAGMA query_only = OFF")
    store.flush()
    assert store.expected_since("dump", NOON + timedelta(days=2)) == NOON


def test_files_that_may_not_grow_lose_nothing(quick_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "support.small_disk", str(quick_path)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert json.loads(child.stdout) == {"while full": {"failures": 4, "snapshots": 300}, "failures": 4}
    store = open_store(str(quick_path), StandingClock())
    record = store.load_repository(REPOSITORY)
    assert store.notices == ()
    assert len(record.snapshots) == 300
    assert len(record.present) == 299
    assert store.expected_since("dump", NOON + timedelta(days=1)) == NOON
    assert list(store.load_dumps()) == [seen_dump(0)]
    store.close()


def test_only_the_first_of_many_changes_waits_for_a_program_that_holds_the_file(
    store: SqliteStore, quick_path: Path
) -> None:
    assert store._connection is not None
    store._connection.execute("PRAGMA busy_timeout = 200")
    other = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.save_repository(REPOSITORY, MANY)
    assert store._connection.execute("PRAGMA busy_timeout").fetchone() == (0,)
    for number in range(50):
        store.expected_since(f"subject {number}", NOON)
    other.execute("ROLLBACK")
    other.close()
    store.flush()
    assert store.write_failures == 51
    assert _in_the_file(quick_path) == 300
    assert store._connection.execute("PRAGMA busy_timeout").fetchone() == (5000,)


def test_reading_gives_up_where_another_program_holds_the_file_for_long(store: SqliteStore, quick_path: Path) -> None:
    assert store._connection is not None
    store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store.save_repository(REPOSITORY, MANY)
    with pytest.raises(StoreError, check=saying("cannot be read now")):
        store.load_repository(REPOSITORY)
    other.close()
    assert len(store.load_repository(REPOSITORY).snapshots) == 300


def test_a_change_that_the_file_refuses_for_itself_does_not_block_the_others(
    store: SqliteStore, quick_path: Path
) -> None:
    store._write((("INSERT INTO expectation (subject, since) VALUES (?, ?)", [("dump", None)]),))
    store.save_repository(REPOSITORY, MANY)
    assert store.write_failures == 1
    assert _in_the_file(quick_path) == 300


def test_a_closed_store_refuses_to_be_read_and_counts_what_it_cannot_write(quick_path: Path) -> None:
    store = open_store(str(quick_path), StandingClock())
    store.close()
    store.close()
    store.save_dumps([seen_dump(0)])
    assert store.write_failures == 1
