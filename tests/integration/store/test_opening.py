"""Opening the state: a new folder, one that cannot be used, another agent, other versions, damaged files."""

import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.records import RepositoryChange, RepositoryRecord, RunsRecord
from immich_backup_exporter.store import database, open_store
from immich_backup_exporter.store.folder import take
from immich_backup_exporter.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version_of
from support.store_facts import NOON, REPOSITORY, StandingClock, seen_dump, snapshot
from support.unprivileged import open_folder
from support.words import english, saying

LATER = StandingClock(NOON + timedelta(days=30))


def _fill(folder: Path, snapshots: int = 1) -> None:
    store = open_store(str(folder), StandingClock())
    change = RepositoryChange(added=tuple(snapshot(number) for number in range(snapshots)))
    store.save_repository(REPOSITORY, change)
    store.save_dumps([seen_dump(0)])
    store.close()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _refusal_without_root(folder: Path) -> tuple[str, str, str]:
    """What a process without root's rights is told, and its uid and gid."""
    code = (
        "import json, os, sys\n"
        "from immich_backup_exporter.domain.errors import StoreError\n"
        "from immich_backup_exporter.store import open_store\n"
        "from support.store_facts import StandingClock\n"
        "from support.unprivileged import step_down\n"
        "from support.words import english\n"
        "step_down(65534, 65533)\n"
        "try:\n"
        "    open_store(sys.argv[1], StandingClock())\n"
        "except StoreError as error:\n"
        "    print(json.dumps([english(error), str(os.getuid()), str(os.getgid())]))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    message, uid, gid = json.loads(child.stdout)
    return message, uid, gid


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder that nobody but root may write to; unlike pytest's own it lies where every user can look."""
    with open_folder() as above:
        folder = above / "forbidden"
        folder.mkdir(0o555)
        yield folder


def test_a_missing_folder_is_made_for_this_user_alone_and_so_are_its_files(quick_path: Path) -> None:
    before = os.umask(0)
    try:
        _fill(quick_path / "a" / "b")
    finally:
        os.umask(before)
    assert _mode(quick_path / "a") == 0o700
    assert _mode(quick_path / "a" / "b") == 0o700
    assert {path.name: _mode(path) for path in (quick_path / "a" / "b").iterdir()} == {
        "state.lock": 0o600,
        "state.sqlite3": 0o600,
        "state.sqlite3-journal": 0o600,
    }


def test_a_folder_that_was_there_keeps_its_mode(quick_path: Path) -> None:
    quick_path.chmod(0o755)
    _fill(quick_path)
    assert _mode(quick_path) == 0o755


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    _fill(tmp_path)
    store = open_store(str(tmp_path), LATER)
    assert store.created == NOON
    assert store.notices == ()
    assert store.load_repository(REPOSITORY).snapshots == (snapshot(0),)
    assert list(store.load_dumps()) == [seen_dump(0)]
    store.close()


def test_a_folder_that_may_not_be_written_is_named_with_its_owner_its_mode_and_the_mend(forbidden: Path) -> None:
    message, uid, gid = _refusal_without_root(forbidden)
    assert message == (
        f"The state folder {forbidden} cannot be written: this agent runs as uid {uid} and gid {gid}, and {forbidden} "
        f"belongs to uid {os.geteuid()} and gid {os.getegid()} with mode 0555. Run `chown -R {uid}:{gid} {forbidden}`, "
        "or set state_dir to a folder that this agent can write."
    )


def test_a_folder_that_cannot_be_made_names_the_one_that_forbids_it(forbidden: Path) -> None:
    message, uid, gid = _refusal_without_root(forbidden / "a" / "state")
    assert message == (
        f"The state folder {forbidden}/a/state cannot be created: this agent runs as uid {uid} and gid {gid}, and "
        f"{forbidden} belongs to uid {os.geteuid()} and gid {os.getegid()} with mode 0555. "
        f"Run `install -d -m 0700 -o {uid} -g {gid} {forbidden}/a/state`, "
        "or set state_dir to a folder that this agent can write."
    )


def test_a_file_that_another_user_left_is_named_and_not_taken_for_damaged(forbidden: Path) -> None:
    forbidden.chmod(0o777)
    _fill(forbidden)
    (forbidden / "state.lock").chmod(0o666)
    (forbidden / "state.sqlite3").chmod(0o400)
    message, uid, gid = _refusal_without_root(forbidden)
    assert message.startswith(
        f"The state file {forbidden}/state.sqlite3 cannot be written: this agent runs as uid {uid} and gid {gid}, and "
        f"{forbidden}/state.sqlite3 belongs to uid {os.geteuid()} and gid {os.getegid()} with mode 0400. "
    )
    assert sorted(os.listdir(forbidden)) == ["state.lock", "state.sqlite3", "state.sqlite3-journal"]


def test_a_file_in_the_place_of_the_folder_is_named(quick_path: Path) -> None:
    (quick_path / "file").write_text("")
    with pytest.raises(
        StoreError, check=saying(r"^The state folder \S+/file/state cannot be used: \S+/file is not a folder\.")
    ):
        open_store(str(quick_path / "file" / "state"), StandingClock())


def test_a_folder_in_the_place_of_the_file_is_named(quick_path: Path) -> None:
    (quick_path / "state.sqlite3").mkdir()
    with pytest.raises(
        StoreError, check=saying(r"^The state file \S+/state\.sqlite3 cannot be written: is a directory\. ")
    ):
        open_store(str(quick_path), StandingClock())


def test_a_second_agent_is_refused_and_told_who_is_there(quick_path: Path) -> None:
    first = open_store(str(quick_path), StandingClock())
    with pytest.raises(StoreError) as refusal:
        open_store(str(quick_path), StandingClock())
    first.close()
    assert english(refusal.value) == (
        f"Another agent (pid {os.getpid()}) uses the state folder {quick_path}. "
        "Stop it, or give each agent a state_dir of its own."
    )


def test_the_folder_is_free_again_after_close(quick_path: Path) -> None:
    open_store(str(quick_path), StandingClock()).close()
    open_store(str(quick_path), StandingClock()).close()


def test_the_folder_is_free_again_after_a_refusal(quick_path: Path) -> None:
    _fill(quick_path)
    _set(quick_path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError):
        open_store(str(quick_path), StandingClock())
    _set(quick_path, f"PRAGMA user_version = {len(MIGRATIONS)}")
    open_store(str(quick_path), StandingClock()).close()


def _set(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "state.sqlite3", isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_a_file_of_a_newer_version_is_refused_and_not_touched(quick_path: Path) -> None:
    _fill(quick_path)
    _set(quick_path, "PRAGMA user_version = 99")
    before = (quick_path / "state.sqlite3").read_bytes()
    with pytest.raises(StoreError) as refusal:
        open_store(str(quick_path), StandingClock())
    assert english(refusal.value) == (
        f"The state file {quick_path}/state.sqlite3 has format 99, "
        f"this version of the agent knows formats up to {len(MIGRATIONS)}: "
        "a newer version wrote it, and it was left as it is. "
        "Run that version again, or move the file away to start anew."
    )
    assert (quick_path / "state.sqlite3").read_bytes() == before


def test_a_database_of_another_program_is_refused_and_not_touched(quick_path: Path) -> None:
    connection = sqlite3.connect(quick_path / "state.sqlite3")
    connection.execute("CREATE TABLE precious (thing TEXT)")
    connection.close()
    before = (quick_path / "state.sqlite3").read_bytes()
    with pytest.raises(StoreError, check=saying("is a database of another program and was left as it is")):
        open_store(str(quick_path), StandingClock())
    assert (quick_path / "state.sqlite3").read_bytes() == before


def test_an_empty_file_begins_anew_and_is_told_once(quick_path: Path) -> None:
    (quick_path / "state.sqlite3").write_bytes(b"")
    store = open_store(str(quick_path), StandingClock())
    (notice,) = store.notices
    assert english(notice) == (
        f"The state file {quick_path}/state.sqlite3 was empty, as after a power cut or a start that was cut short: "
        "what was remembered is lost. A new one was begun: baselines, verdicts on dumps, runs of jobs and the times of "
        "first expectation start anew. Check that its disk is in order."
    )
    assert store.created == NOON
    store.close()
    again = open_store(str(quick_path), StandingClock())
    assert again.notices == ()
    again.close()


@pytest.mark.parametrize(("mode", "shown"), [(0o777, "0777"), (0o770, "0770"), (0o702, "0702")])
def test_a_folder_that_others_may_write_to_is_told_and_left_as_it_is(quick_path: Path, mode: int, shown: str) -> None:
    quick_path.chmod(mode)
    store = open_store(str(quick_path), StandingClock())
    (notice,) = store.notices
    assert english(notice) == (
        f"The state folder {quick_path} has mode {shown}: others than this agent can replace the state in it. "
        f"Run `chmod 700 {quick_path}`."
    )
    store.close()
    assert _mode(quick_path) == mode


@pytest.mark.parametrize("mode", [0o1777, 0o755, 0o700])
def test_a_folder_where_nobody_else_may_replace_files_is_not_told(quick_path: Path, mode: int) -> None:
    quick_path.chmod(mode)
    store = open_store(str(quick_path), StandingClock())
    assert store.notices == ()
    store.close()


def test_a_file_that_is_no_database_is_set_aside_and_told(quick_path: Path) -> None:
    (quick_path / "state.sqlite3").write_bytes(b"this is no database\n" * 100)
    store = open_store(str(quick_path), StandingClock())
    (notice,) = store.notices
    assert english(notice) == (
        f"The state file {quick_path}/state.sqlite3 was damaged. It was set aside as "
        "state.sqlite3.damaged-20260301T120000Z and a new one begun: baselines, verdicts on dumps, runs of jobs and "
        "the times of first expectation start anew. Check that its disk is in order."
    )
    assert (quick_path / "state.sqlite3.damaged-20260301T120000Z").read_bytes() == b"this is no database\n" * 100
    assert store.load_repository(REPOSITORY) == RepositoryRecord()
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    store.close()
    assert store.write_failures == 0


def test_pages_full_of_garbage_are_found_at_the_start(quick_path: Path) -> None:
    _fill(quick_path, snapshots=300)
    _spoil(quick_path)
    store = open_store(str(quick_path), LATER)
    assert len(store.notices) == 1
    assert store.created == NOON + timedelta(days=30)
    store.close()


def _spoil(folder: Path) -> None:
    """Write over everything but the first pages, where the version and the tables' names are."""
    with (folder / "state.sqlite3").open("r+b") as file:
        file.seek(4 * 4096)
        file.write(b"\xa5" * ((folder / "state.sqlite3").stat().st_size - 4 * 4096))


def test_a_truncated_file_is_set_aside(quick_path: Path) -> None:
    _fill(quick_path, snapshots=300)
    os.truncate(quick_path / "state.sqlite3", 4096 * 6 + 100)
    store = open_store(str(quick_path), LATER)
    assert len(store.notices) == 1
    store.close()


def test_the_journal_goes_aside_with_its_file_and_never_into_the_new_one(quick_path: Path) -> None:
    (quick_path / "state.sqlite3").write_bytes(b"contents")
    (quick_path / "state.sqlite3-journal").write_bytes(b"journal")
    folder = take(str(quick_path))
    assert folder.set_aside(NOON) == "state.sqlite3.damaged-20260301T120000Z"
    folder.release()
    assert (quick_path / "state.sqlite3.damaged-20260301T120000Z").read_bytes() == b"contents"
    assert (quick_path / "state.sqlite3.damaged-20260301T120000Z-journal").read_bytes() == b"journal"


def test_damage_that_shows_while_reading_is_set_aside_and_the_work_goes_on(quick_path: Path) -> None:
    _fill(quick_path, snapshots=300)
    store = open_store(str(quick_path), LATER)
    _spoil(quick_path)
    assert store._connection is not None
    store._connection.execute("PRAGMA shrink_memory")
    assert store.load_repository(REPOSITORY) == RepositoryRecord()
    assert len(store.notices) == 1
    assert store.created == NOON + timedelta(days=30)
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(1),)))
    assert store.load_repository(REPOSITORY).snapshots == (snapshot(1),)
    store.close()


def test_damage_that_shows_while_writing_loses_no_change_that_is_made_then(quick_path: Path) -> None:
    _fill(quick_path, snapshots=300)
    store = open_store(str(quick_path), LATER)
    _spoil(quick_path)
    assert store._connection is not None
    store._connection.execute("PRAGMA shrink_memory")
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(300),)))
    store.flush()
    store.close()
    reopened = open_store(str(quick_path), LATER)
    assert reopened.load_repository(REPOSITORY).snapshots == (snapshot(300),)
    assert reopened.notices == ()
    reopened.close()
    assert store.write_failures == 1
    assert len(store.notices) == 1


def test_any_flipped_byte_is_survived(quick_path: Path) -> None:
    _fill(quick_path / "whole", snapshots=60)
    whole = (quick_path / "whole" / "state.sqlite3").read_bytes()
    flips = random.Random(20260303)
    noticed = 0
    for attempt in range(100):
        # Behind the first page's header, which tells another program's file or another version's.
        position = flips.randrange(100, len(whole))
        folder = quick_path / str(attempt)
        folder.mkdir()
        spoilt = whole[:position] + bytes([whole[position] ^ 1 << flips.randrange(8)]) + whole[position + 1 :]
        (folder / "state.sqlite3").write_bytes(spoilt)
        store = open_store(str(folder), LATER)
        store.load_repository(REPOSITORY)
        store.load_dumps()
        store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(60),), gone=frozenset({snapshot(7).id})))
        store.flush()
        assert snapshot(60) in store.load_repository(REPOSITORY).snapshots
        noticed += len(store.notices)
        store.close()
    assert noticed > 0


def test_a_lost_table_is_damage(quick_path: Path) -> None:
    _fill(quick_path)
    _set(quick_path, "ALTER TABLE tree_size RENAME TO tree_sizf")
    store = open_store(str(quick_path), LATER)
    assert len(store.notices) == 1
    store.close()


def test_a_file_that_another_program_holds_is_not_taken_for_damaged(
    quick_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(quick_path)
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.05)
    other = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(
        StoreError, check=saying(r"cannot be opened \(SQLITE_BUSY\)\. Another program holds it; end that program")
    ):
        open_store(str(quick_path), StandingClock())
    other.close()


def test_a_text_that_is_no_utf_8_any_more_is_damage(quick_path: Path) -> None:
    _fill(quick_path)
    store = open_store(str(quick_path), LATER)
    assert store._connection is not None
    store._connection.execute("UPDATE snapshot SET hostname = CAST(x'c328' AS TEXT)")
    assert store.load_repository(REPOSITORY) == RepositoryRecord()
    assert len(store.notices) == 1
    store.close()


def test_at_most_three_damaged_files_are_kept(quick_path: Path) -> None:
    folder = take(str(quick_path))
    for hour in range(5):
        (quick_path / "state.sqlite3").write_bytes(b"contents")
        (quick_path / "state.sqlite3-journal").write_bytes(b"journal")
        folder.set_aside(NOON + timedelta(hours=hour))
    folder.release()
    assert sorted(path.name for path in quick_path.glob("*.damaged-*")) == [
        "state.sqlite3.damaged-20260301T140000Z",
        "state.sqlite3.damaged-20260301T140000Z-journal",
        "state.sqlite3.damaged-20260301T150000Z",
        "state.sqlite3.damaged-20260301T150000Z-journal",
        "state.sqlite3.damaged-20260301T160000Z",
        "state.sqlite3.damaged-20260301T160000Z-journal",
    ]


def test_the_file_set_aside_last_is_kept_whatever_the_clock_says(quick_path: Path) -> None:
    folder = take(str(quick_path))
    for day in (0, 1, 2, -20_000):
        (quick_path / "state.sqlite3").write_bytes(b"contents")
        folder.set_aside(NOON + timedelta(days=day))
    folder.release()
    assert sorted(path.name for path in quick_path.glob("*.damaged-*")) == [
        "state.sqlite3.damaged-19710529T120000Z",
        "state.sqlite3.damaged-20260302T120000Z",
        "state.sqlite3.damaged-20260303T120000Z",
    ]


def test_a_reader_that_may_write_nothing_reads_beside_the_running_agent(quick_path: Path) -> None:
    store = open_store(str(quick_path), StandingClock())
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    before = sorted(os.listdir(quick_path))
    reader = sqlite3.connect(f"file:{quick_path}/state.sqlite3?mode=ro", uri=True)
    assert reader.execute("SELECT count(*) FROM snapshot").fetchone() == (1,)
    assert sorted(os.listdir(quick_path)) == before
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(1),)))
    assert reader.execute("SELECT count(*) FROM snapshot").fetchone() == (2,)
    assert reader.execute("PRAGMA journal_mode").fetchone() != ("wal",)
    reader.close()
    store.close()


def test_a_file_of_the_first_version_keeps_all_that_is_in_it(quick_path: Path) -> None:
    connection = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    migrate(connection, MIGRATIONS[:1])
    connection.execute("INSERT INTO agent (created) VALUES (1)")
    connection.execute(
        "INSERT INTO repository (id, used, last_poll_success) VALUES (?, 1772366400000000, 1772366400000000)",
        (REPOSITORY,),
    )
    connection.execute("INSERT INTO binding (name, location, repository) VALUES ('nas', 'there', 1)")
    connection.close()
    store = open_store(str(quick_path), StandingClock())
    assert store.notices == ()
    assert store.bound_repository("nas", "there") == REPOSITORY
    assert store.load_repository(REPOSITORY).last_poll_success == NOON.replace(microsecond=0)
    assert store.load_repository(REPOSITORY).checks == {}
    assert store.load_runs() == RunsRecord()
    store.close()


def test_files_that_were_compared_with_one_dump_only_are_known_still(quick_path: Path) -> None:
    tree = "ab" * 32
    connection = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection, MIGRATIONS[:5])
    connection.execute("INSERT INTO agent (created) VALUES (1)")
    connection.execute("INSERT INTO repository (id, used) VALUES (?, 1772366400000000)", (REPOSITORY,))
    connection.execute(
        """INSERT INTO snapshot (repository, id, present, time, tree, hostname, paths, tags)
            VALUES (1, 'cd', 1, 1772366400000000, ?, 'photos', '[]', '[]')""",
        (tree,),
    )
    connection.execute(
        """INSERT INTO coverage (tree, time, dump, dump_time, answered, assets, external_proven, external_unproven,
            missing_originals, missing_sidecars, missing_profiles, persistent_originals, regenerable_missing,
            unknown_files, folder_missing, settled_missing)
            VALUES (?, 1, 'a dump', 1772366400000000, '[]', 7, 0, 0, 2, 0, 0, 1, 0, 3, '{}', '{}')""",
        (tree,),
    )
    connection.execute("INSERT INTO coverage_digest VALUES (?, 'original', ?)", (tree, b"12345678abcdefgh"))
    connection.execute("INSERT INTO missing_file VALUES (?, 0, 'original', 'id 1', ?, 1)", (tree, b"/data/a.jpg"))
    connection.close()

    store = open_store(str(quick_path), StandingClock())

    assert store.notices == ()
    record = store.load_contents().coverages[tree, "a dump"]
    assert (record.dump, record.persistent) == ("a dump", {MissingKind.ORIGINAL: 1})
    assert record.counts is not None
    assert (record.counts.assets, record.counts.missing[MissingKind.ORIGINAL]) == (7, 2)
    missing = store.load_missing(tree, "a dump")
    assert (missing.files[0].path, missing.digests) == (b"/data/a.jpg", {MissingKind.ORIGINAL: b"12345678abcdefgh"})
    store.close()


def test_each_step_to_a_newer_format_is_whole_or_not_there(quick_path: Path) -> None:
    def first(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE thing (name TEXT)")
        connection.execute("INSERT INTO thing VALUES ('kept')")

    def second(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE thing ADD COLUMN size INTEGER")

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM thing")
        connection.execute("ALTER TABLE missing ADD COLUMN size INTEGER")

    connection = sqlite3.connect(quick_path / "file", isolation_level=None)
    migrate(connection, [first])
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [first, second, broken])
    assert version_of(connection) == 2
    assert connection.execute("SELECT * FROM thing").fetchall() == [("kept", None)]
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()
