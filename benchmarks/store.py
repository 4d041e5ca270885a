"""The state store with ten repositories of 5,000 snapshots: loading it, and adding one snapshot.

    .venv/bin/python benchmarks/store.py

Processor time, in a folder in memory, beside what SQLite alone needs to read all rows of the same table (median of 5).
"""

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.store import open_store
from support.store_facts import StandingClock, folder_in_memory, snapshot

REPOSITORIES = [f"{number:064x}" for number in range(10)]
SNAPSHOTS = tuple(snapshot(number) for number in range(5000))


def median_seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return statistics.median(once() for _ in range(5))


def fill(folder: Path) -> None:
    store = open_store(str(folder), StandingClock())
    for repository in REPOSITORIES:
        store.save_repository(repository, RepositoryChange(added=SNAPSHOTS))
    store.close()


def load(folder: Path) -> None:
    store = open_store(str(folder), StandingClock())
    assert all(len(store.load_repository(repository).snapshots) == 5000 for repository in REPOSITORIES)
    store.close()


def rows(folder: Path) -> None:
    connection = sqlite3.connect(folder / "state.sqlite3")
    assert len(connection.execute("SELECT * FROM snapshot").fetchall()) == 50_000
    connection.close()


def main() -> None:
    with folder_in_memory() as folder:
        fill(folder)
        loading, reading = median_seconds(lambda: load(folder)), median_seconds(lambda: rows(folder))
        print(f"loading 50,000 snapshots: {loading:.2f} s, {loading / reading:.1f} times what SQLite alone needs")
        store = open_store(str(folder), StandingClock())
        ids = iter(f"{number:064x}" for number in range(5000, 6000))
        adding = median_seconds(
            lambda: store.save_repository(
                REPOSITORIES[3], RepositoryChange(added=(replace(snapshot(0), id=next(ids)),))
            )
        )
        print(f"adding one to 5,000: {adding * 1000:.2f} ms, {adding / loading:.4f} of loading all")
        store.close()


if __name__ == "__main__":
    main()
