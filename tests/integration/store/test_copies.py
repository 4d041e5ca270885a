"""The state for those who do not own it."""

import fcntl
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.store import copy_store, folder, is_held, is_own, open_store, written
from immich_backup_exporter.store.schema import MIGRATIONS, migrate
from support.store_facts import NOON, REPOSITORY, StandingClock, snapshot
from support.words import saying


def test_a_copy_holds_what_the_agent_wrote_and_changes_stay_in_it(tmp_path: Path) -> None:
    store = open_store(str(tmp_path), StandingClock())
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    copy = copy_store(str(tmp_path), StandingClock(NOON + timedelta(days=1)))
    assert copy.created == NOON
    copy.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(1),)))
    assert [one.id for one in copy.load_repository(REPOSITORY).snapshots] == [snapshot(0).id, snapshot(1).id]
    assert [one.id for one in store.load_repository(REPOSITORY).snapshots] == [snapshot(0).id]
    copy.close()
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(2),)))
    assert store.write_failures == 0
    store.close()


def test_a_copy_can_be_made_of_what_may_only_be_read(tmp_path: Path) -> None:
    open_store(str(tmp_path), StandingClock()).close()
    (tmp_path / "state.sqlite3").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert copy_store(str(tmp_path), StandingClock()).created == NOON
    finally:
        tmp_path.chmod(0o755)


def test_a_copy_of_an_older_versions_file_is_of_this_version(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "state.sqlite3", isolation_level=None)
    migrate(connection, MIGRATIONS[:1])
    connection.execute("INSERT INTO agent (created) VALUES (5)")
    connection.close()
    copy = copy_store(str(tmp_path), StandingClock())
    assert list(copy.starts()) == []
    with sqlite3.connect(tmp_path / "state.sqlite3") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_a_newer_versions_file_is_told(tmp_path: Path) -> None:
    open_store(str(tmp_path), StandingClock()).close()
    with sqlite3.connect(tmp_path / "state.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, check=saying("a newer version wrote it")):
        copy_store(str(tmp_path), StandingClock())


def test_a_damaged_file_is_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_bytes(b"this is no database at all, but long enough to be read as one" * 9)
    with pytest.raises(StoreError, check=saying(r"is damaged\. The agent makes a new one at its next start")):
        copy_store(str(tmp_path), StandingClock())
    assert os.listdir(tmp_path) == ["state.sqlite3"]


def test_where_there_is_nothing_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, check=saying("There is no state in")):
        copy_store(str(tmp_path / "none"), StandingClock())
    assert written(str(tmp_path / "none")) is None


def test_whether_an_agent_holds_the_state_is_seen(tmp_path: Path) -> None:
    assert is_held(str(tmp_path)) is False
    store = open_store(str(tmp_path), StandingClock())
    assert is_held(str(tmp_path)) is True
    store.close()
    assert is_held(str(tmp_path)) is False


def test_an_agent_that_starts_while_somebody_asks_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(str(tmp_path), StandingClock()).close()
    lock = os.open(tmp_path / "state.lock", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    monkeypatch.setattr(folder, "time", SimpleNamespace(sleep=lambda _: os.close(lock)))  # gone by the second attempt
    open_store(str(tmp_path), StandingClock()).close()


def test_a_state_is_its_owners_and_one_that_is_missing_nobodys_but_an_ordinary_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_own(str(tmp_path)) is True
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert is_own(str(tmp_path / "none")) is False
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert is_own(str(tmp_path / "none")) is True
    assert is_own(str(tmp_path)) is False


def test_when_something_was_last_written_is_the_files_time(tmp_path: Path) -> None:
    open_store(str(tmp_path), StandingClock()).close()
    os.utime(tmp_path / "state.sqlite3", (NOON.timestamp(), NOON.timestamp()))
    assert written(str(tmp_path)) == NOON
