"""The file stays small, an unchanged poll leaves it alone, and a large repository grows by what is new."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from immich_backup_exporter.domain.records import CountRecord, RepositoryChange, RepositoryRecord
from immich_backup_exporter.domain.repository import TreeSize
from immich_backup_exporter.store import SqliteStore, open_store, persistence_warning
from support.store_facts import NOON, REPOSITORY, StandingClock, seen_dump, snapshot
from support.words import english


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def store(quick_path: Path, clock: StandingClock) -> Iterator[SqliteStore]:
    opened = open_store(str(quick_path), clock)
    yield opened
    opened.close()


def _statements(store: SqliteStore) -> list[str]:
    """What SQLite is asked from now on."""
    statements: list[str] = []
    assert store._connection is not None
    store._connection.set_trace_callback(statements.append)
    return statements


def test_calls_that_change_nothing_do_not_even_ask_the_file(store: SqliteStore) -> None:
    statements = _statements(store)
    store.save_repository(REPOSITORY, RepositoryChange())
    store.save_dumps([])
    store.flush()
    assert statements == []


def test_calls_that_find_everything_as_it_is_write_nothing(store: SqliteStore, quick_path: Path) -> None:
    store.expected_since("dump", NOON)
    store.bind_repository("nas", "location", REPOSITORY)
    before = (quick_path / "state.sqlite3").stat().st_mtime_ns
    statements = _statements(store)
    store.expected_since("dump", NOON + timedelta(hours=1))
    store.bind_repository("nas", "location", REPOSITORY)
    store.bound_repository("nas", "location")
    store.drop_expectations(["dump"])
    assert [statement for statement in statements if not statement.startswith("SELECT")] == []
    assert (quick_path / "state.sqlite3").stat().st_mtime_ns == before


def test_of_forgotten_snapshots_the_newest_500_are_kept(store: SqliteStore) -> None:
    snapshots = tuple(snapshot(number) for number in range(520))
    store.save_repository(REPOSITORY, RepositoryChange(added=snapshots))
    store.save_repository("77" * 32, RepositoryChange(added=snapshots, gone=frozenset({snapshot(0).id})))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset(item.id for item in snapshots[:510])))
    record = store.load_repository(REPOSITORY)
    assert record.snapshots == snapshots[10:]
    assert record.present == {item.id for item in snapshots[510:]}
    assert len(store.load_repository("77" * 32).snapshots) == 520


def test_the_size_of_a_tree_goes_with_the_last_snapshot_that_has_it(store: SqliteStore) -> None:
    snapshots = tuple(snapshot(number) for number in range(501))
    size = TreeSize(size_bytes=5, files=None)
    sizes = {snapshots[0].tree: size, snapshots[0].id: size, snapshots[1].tree: size, snapshots[1].id: size}
    store.save_repository(REPOSITORY, RepositoryChange(added=snapshots, tree_sizes=sizes))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset(item.id for item in snapshots)))
    assert store.load_repository(REPOSITORY).tree_sizes == {snapshots[1].tree: size, snapshots[1].id: size}


def test_of_each_plans_counts_the_newest_100_are_kept(store: SqliteStore) -> None:
    for plan in ("immich", "other"):
        counts = tuple(
            CountRecord(plan=plan, newest_id=f"{number}", time=NOON + timedelta(days=number), count=number)
            for number in range(103)
        )
        store.save_repository(REPOSITORY, RepositoryChange(counts=counts))
    kept = store.load_repository(REPOSITORY).counts
    assert [item.count for item in kept if item.plan == "immich"] == list(range(3, 103))
    assert [item.count for item in kept if item.plan == "other"] == list(range(3, 103))


def test_of_dumps_that_are_gone_the_newest_200_are_kept_and_of_the_others_all(store: SqliteStore) -> None:
    store.save_dumps([seen_dump(number) for number in range(5)])
    store.save_dumps([seen_dump(number, gone=True) for number in range(10, 220)])
    assert list(store.load_dumps()) == [
        *(seen_dump(number) for number in range(5)),
        *(seen_dump(number, gone=True) for number in range(20, 220)),
    ]


def test_versions_of_a_growing_file_make_way_for_finished_dumps(store: SqliteStore) -> None:
    finished = [seen_dump(number, gone=True) for number in range(150)]
    growing = [seen_dump(number, gone=True, finished=False) for number in range(150, 250)]
    store.save_dumps(finished + growing)
    assert list(store.load_dumps()) == [*finished, *growing[50:]]


def test_a_repository_that_nobody_asked_for_in_400_days_is_forgotten_at_the_next_start(quick_path: Path) -> None:
    clock = StandingClock()
    store = open_store(str(quick_path), clock)
    for name, repository_id in (("old", "77" * 32), ("nas", REPOSITORY)):
        store.bind_repository(name, "location", repository_id)
        store.save_repository(repository_id, RepositoryChange(added=(snapshot(0),), unreadable={}))
    clock.time += timedelta(days=401)
    store.bound_repository("nas", "location")
    store.close()
    store = open_store(str(quick_path), clock)
    assert store.bound_repository("old", "location") is None
    assert store.load_repository("77" * 32) == RepositoryRecord()
    assert store.bound_repository("nas", "location") == REPOSITORY
    assert store.load_repository(REPOSITORY).snapshots == (snapshot(0),)
    store.close()


def test_an_agent_that_was_off_for_two_years_forgets_nothing(quick_path: Path) -> None:
    clock = StandingClock()
    store = open_store(str(quick_path), clock)
    store.bind_repository("nas", "location", REPOSITORY)
    store.close()
    clock.time += timedelta(days=730)
    store = open_store(str(quick_path), clock)
    assert store.bound_repository("nas", "location") == REPOSITORY
    store.close()


def test_a_clock_that_was_ahead_once_makes_nothing_be_forgotten(quick_path: Path) -> None:
    clock = StandingClock()
    store = open_store(str(quick_path), clock)
    store.bind_repository("b2", "location", "77" * 32)
    clock.time += timedelta(days=5000)
    store.bind_repository("nas", "location", REPOSITORY)
    store.close()
    clock.time -= timedelta(days=5000)
    store = open_store(str(quick_path), clock)
    assert store.bound_repository("b2", "location") == "77" * 32
    store.close()


def test_a_new_snapshot_among_thousands_writes_one_row(quick_path: Path, clock: StandingClock) -> None:
    store = open_store(str(quick_path), clock)
    store.save_repository(REPOSITORY, RepositoryChange(added=tuple(snapshot(number) for number in range(5000))))
    store.close()
    store = open_store(str(quick_path), clock)
    assert len(store.load_repository(REPOSITORY).snapshots) == 5000

    statements = _statements(store)
    store.save_repository(REPOSITORY, RepositoryChange(added=(replace(snapshot(0), id="ff" * 32),)))
    assert sum("INTO snapshot" in statement for statement in statements) == 1
    store.close()


def test_a_folder_in_this_machines_memory_is_told() -> None:
    warning = english(persistence_warning("/dev/shm/state"))
    assert warning is not None
    assert warning.startswith("The state folder /dev/shm/state is in memory (tmpfs)")


def test_any_thread_may_call(store: SqliteStore) -> None:
    def save(first: int) -> None:
        for number in range(first, first + 10):
            store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(number),)))

    threads = [Thread(target=save, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.load_repository(REPOSITORY).snapshots) == 30
    assert store.write_failures == 0
