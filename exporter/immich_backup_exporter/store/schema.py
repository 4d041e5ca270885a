"""The tables, and the steps from each version of them to the next.

Facts stand in columns, not in one JSON text: a later version adds a fact with ``ALTER TABLE ... ADD COLUMN`` (rows that
know nothing of it read as ``NULL``, which is "unknown"), pruning and sorting work on them, and a person can read the
file with ``sqlite3``. Lists (paths, tags), which nothing here looks into, are JSON. Times are integers, microseconds
since 1970.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from immich_backup_exporter.domain.messages import Message

from . import prose
from .values import from_message, to_text

APPLICATION_ID = 0x494D4245  # "IMBE": tells this agent's file from anybody else's
"""Stands in the header of the file (``PRAGMA application_id``)."""

Migration = Callable[[sqlite3.Connection], None]

_TABLES = (
    "CREATE TABLE agent (created INTEGER NOT NULL)",
    "CREATE TABLE expectation (subject TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID",
    # `used` is when the repository was last bound, asked for or written: what nobody uses any more is dropped by it.
    """CREATE TABLE repository (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, used INTEGER NOT NULL,
        last_poll_success INTEGER, last_open_success INTEGER,
        size_bytes INTEGER, uncompressed_size_bytes INTEGER, size_time INTEGER)""",
    """CREATE TABLE binding (
        name TEXT NOT NULL, location TEXT NOT NULL,
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        PRIMARY KEY (name, location)) WITHOUT ROWID""",
    "CREATE INDEX binding_repository ON binding (repository)",
    """CREATE TABLE snapshot (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        id TEXT NOT NULL, present INTEGER NOT NULL, time INTEGER NOT NULL, tree TEXT NOT NULL, hostname TEXT NOT NULL,
        paths TEXT NOT NULL, tags TEXT NOT NULL, original TEXT, parent TEXT, program_version TEXT,
        size_bytes INTEGER, files INTEGER, added_bytes INTEGER, duration_seconds REAL,
        PRIMARY KEY (repository, id))""",
    "CREATE INDEX snapshot_gone ON snapshot (repository, time) WHERE present = 0",
    """CREATE TABLE unreadable (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        id TEXT NOT NULL, attempts INTEGER NOT NULL, retry_at INTEGER NOT NULL,
        PRIMARY KEY (repository, id)) WITHOUT ROWID""",
    """CREATE TABLE tree_size (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        id TEXT NOT NULL, size_bytes INTEGER NOT NULL, files INTEGER,
        PRIMARY KEY (repository, id)) WITHOUT ROWID""",
    """CREATE TABLE plan_count (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        plan TEXT NOT NULL, newest_id TEXT NOT NULL, time INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (repository, plan, newest_id))""",
    """CREATE TABLE dump (
        fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
        comparable_group TEXT NOT NULL, unfinished INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
        modified INTEGER NOT NULL, named_time INTEGER, immich_version TEXT, postgres_version TEXT,
        first_seen INTEGER NOT NULL, finished INTEGER NOT NULL, gone INTEGER NOT NULL,
        outcome TEXT, sentence TEXT, unpacked_bytes INTEGER, dumped_postgres_version TEXT)""",
)


def _create_tables(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(table)


_RUN_TABLES = (
    # Without `ended` no end was reported, and nothing after `snapshot_missing` is known.
    """CREATE TABLE job_run (
        job TEXT NOT NULL, run_id TEXT NOT NULL, heard INTEGER NOT NULL, started INTEGER, host TEXT, beat_seconds REAL,
        unnamed INTEGER NOT NULL, crashed INTEGER NOT NULL, snapshot_missing INTEGER,
        ended INTEGER, end_heard INTEGER, duration_seconds REAL,
        exit_code INTEGER, signal INTEGER, stopped_by INTEGER, stated_outcome TEXT,
        snapshot_ids TEXT, no_snapshot TEXT, parent_id TEXT, unreadable_files INTEGER, unreadable_trees INTEGER,
        files INTEGER, bytes INTEGER, added_bytes INTEGER,
        damaged INTEGER, check_errors INTEGER, check_scope TEXT, removed_snapshots INTEGER,
        PRIMARY KEY (job, run_id))""",
    """CREATE TABLE job_count (
        job TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (job, outcome)) WITHOUT ROWID""",
    """CREATE TABLE repository_check (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        scope TEXT NOT NULL, time INTEGER NOT NULL, success INTEGER NOT NULL,
        PRIMARY KEY (repository, scope)) WITHOUT ROWID""",
    "ALTER TABLE repository ADD COLUMN since INTEGER",
)


def _create_run_tables(connection: sqlite3.Connection) -> None:
    for statement in _RUN_TABLES:
        connection.execute(statement)


def _add_what_tells_whose_a_snapshot_is(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE snapshot ADD COLUMN backup_start INTEGER")
    for column in ("noted_start", "noted_end", "comes_after"):
        connection.execute(f"ALTER TABLE job_run ADD COLUMN {column} INTEGER")
    # Names of files whose reports were taken in, apart from the runs: a run may be dropped while its files stay.
    connection.execute("CREATE TABLE spool_taken (name TEXT PRIMARY KEY) WITHOUT ROWID")


_TRUST_TABLES = (
    # Between which two looks a snapshot ceased to be listed, and when snapshots were counted: that tells what jobs
    # reported to have forgotten from what vanished.
    "ALTER TABLE snapshot ADD COLUMN gone_after INTEGER",
    "ALTER TABLE snapshot ADD COLUMN gone_seen INTEGER",
    "ALTER TABLE plan_count ADD COLUMN noted INTEGER",
    """CREATE TABLE plan_acceptance (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        plan TEXT NOT NULL, time INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, count INTEGER,
        PRIMARY KEY (repository, plan)) WITHOUT ROWID""",
    "CREATE TABLE dump_acceptance (time INTEGER PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL)",
    "CREATE TABLE agent_start (time INTEGER PRIMARY KEY)",
)


def _create_trust_tables(connection: sqlite3.Connection) -> None:
    for statement in _TRUST_TABLES:
        connection.execute(statement)


# What is known of trees belongs to no repository: a tree has the same id in every one that holds it.
_CONTENT_TABLES = (
    """CREATE TABLE contents (
        tree TEXT PRIMARY KEY, time INTEGER NOT NULL, known INTEGER NOT NULL, sentence TEXT, answered TEXT NOT NULL,
        dumps INTEGER NOT NULL, missing_paths TEXT NOT NULL, settled_folders TEXT,
        dump_name TEXT, dump_path TEXT, dump_kind TEXT, dump_group TEXT, dump_size_bytes INTEGER,
        dump_modified INTEGER, dump_named_time INTEGER, dump_immich_version TEXT, dump_postgres_version TEXT,
        dump_fingerprint TEXT,
        outcome TEXT, verdict_sentence TEXT, unpacked_bytes INTEGER, dumped_postgres_version TEXT)""",
    """CREATE TABLE contents_folder (
        tree TEXT NOT NULL REFERENCES contents ON DELETE CASCADE,
        folder TEXT NOT NULL, files INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
        PRIMARY KEY (tree, folder)) WITHOUT ROWID""",
    # Without `assets` there was no comparing, and `trouble` says why.
    """CREATE TABLE coverage (
        tree TEXT PRIMARY KEY, time INTEGER NOT NULL, dump TEXT NOT NULL, dump_time INTEGER NOT NULL,
        answered TEXT NOT NULL, trouble TEXT, assets INTEGER, external_proven INTEGER, external_unproven INTEGER,
        missing_originals INTEGER, missing_sidecars INTEGER, missing_profiles INTEGER,
        persistent_originals INTEGER, persistent_sidecars INTEGER, persistent_profiles INTEGER,
        gone INTEGER, persistent_gone INTEGER, regenerable_missing INTEGER, unknown_files INTEGER,
        folder_missing TEXT, settled_missing TEXT, immich_version TEXT, schema_level TEXT, media_location TEXT)""",
    """CREATE TABLE coverage_digest (
        tree TEXT NOT NULL REFERENCES coverage ON DELETE CASCADE,
        kind TEXT NOT NULL, digests BLOB NOT NULL, PRIMARY KEY (tree, kind)) WITHOUT ROWID""",
    """CREATE TABLE missing_file (
        tree TEXT NOT NULL REFERENCES coverage ON DELETE CASCADE,
        position INTEGER NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, path BLOB NOT NULL, on_disk INTEGER,
        PRIMARY KEY (tree, position)) WITHOUT ROWID""",
    """CREATE TABLE reading (
        repository INTEGER NOT NULL REFERENCES repository ON DELETE CASCADE,
        time INTEGER NOT NULL, bytes INTEGER NOT NULL)""",
    "CREATE INDEX reading_repository ON reading (repository, time)",
)


def _create_content_tables(connection: sqlite3.Connection) -> None:
    for statement in _CONTENT_TABLES:
        connection.execute(statement)


def _add_whether_it_holds_immich(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE contents ADD COLUMN holds_immich INTEGER")


# The same files are compared with several dumps: of every night where they do not change, of every plan they are in.
_COVERAGE_BY_DUMP = (
    "ALTER TABLE missing_file RENAME TO missing_file_before",
    "ALTER TABLE coverage_digest RENAME TO coverage_digest_before",
    "ALTER TABLE coverage RENAME TO coverage_before",
    """CREATE TABLE coverage (
        tree TEXT NOT NULL, dump TEXT NOT NULL, time INTEGER NOT NULL, dump_time INTEGER NOT NULL,
        answered TEXT NOT NULL, trouble TEXT, assets INTEGER, external_proven INTEGER, external_unproven INTEGER,
        missing_originals INTEGER, missing_sidecars INTEGER, missing_profiles INTEGER,
        persistent_originals INTEGER, persistent_sidecars INTEGER, persistent_profiles INTEGER,
        gone INTEGER, persistent_gone INTEGER, regenerable_missing INTEGER, unknown_files INTEGER,
        folder_missing TEXT, settled_missing TEXT, immich_version TEXT, schema_level TEXT, media_location TEXT,
        PRIMARY KEY (tree, dump))""",
    """CREATE TABLE coverage_digest (
        tree TEXT NOT NULL, dump TEXT NOT NULL, kind TEXT NOT NULL, digests BLOB NOT NULL,
        PRIMARY KEY (tree, dump, kind),
        FOREIGN KEY (tree, dump) REFERENCES coverage ON DELETE CASCADE) WITHOUT ROWID""",
    """CREATE TABLE missing_file (
        tree TEXT NOT NULL, dump TEXT NOT NULL,
        position INTEGER NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, path BLOB NOT NULL, on_disk INTEGER,
        PRIMARY KEY (tree, dump, position),
        FOREIGN KEY (tree, dump) REFERENCES coverage ON DELETE CASCADE) WITHOUT ROWID""",
    """INSERT INTO coverage SELECT tree, dump, time, dump_time, answered, trouble, assets, external_proven,
        external_unproven, missing_originals, missing_sidecars, missing_profiles, persistent_originals,
        persistent_sidecars, persistent_profiles, gone, persistent_gone, regenerable_missing, unknown_files,
        folder_missing, settled_missing, immich_version, schema_level, media_location FROM coverage_before""",
    """INSERT INTO coverage_digest SELECT tree, dump, kind, digests
        FROM coverage_digest_before JOIN coverage_before USING (tree)""",
    """INSERT INTO missing_file SELECT tree, dump, position, kind, item, path, on_disk
        FROM missing_file_before JOIN coverage_before USING (tree)""",
    "DROP TABLE missing_file_before",
    "DROP TABLE coverage_digest_before",
    "DROP TABLE coverage_before",
)


def _keep_coverage_by_dump(connection: sqlite3.Connection) -> None:
    for statement in _COVERAGE_BY_DUMP:
        connection.execute(statement)


def _keep_messages_instead_of_sentences(connection: sqlite3.Connection) -> None:
    _convert(connection, "dump", "sentence", "outcome", prose.verdict)
    _convert(connection, "contents", "verdict_sentence", "outcome", prose.verdict)
    _convert(connection, "contents", "sentence", "known", prose.contents)
    _convert(connection, "coverage", "trouble", "NULL", prose.trouble)


def _convert(
    connection: sqlite3.Connection, table: str, column: str, beside: str, message: Callable[[str, Any], Message]
) -> None:
    """Replace each sentence of a column. What is no text at all stays, and its row is left out when it is read."""
    for value, fact in connection.execute(f"SELECT DISTINCT {column}, {beside} FROM {table}").fetchall():  # noqa: S608 - constants only
        if isinstance(value, str | bytes):
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE {column} IS ? AND {beside} IS ?",  # noqa: S608 - constants only
                (from_message(message(_sentence(value), fact)), value, fact),
            )


def _sentence(value: str | bytes) -> str:
    with suppress(UnicodeDecodeError):
        return to_text(value)
    return ""  # a damaged one is not known


def _note_when_findings_begin(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE beginning (finding TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID")


MIGRATIONS: Sequence[Migration] = (
    _create_tables,
    _create_run_tables,
    _add_what_tells_whose_a_snapshot_is,
    _create_trust_tables,
    _create_content_tables,
    _add_whether_it_holds_immich,
    _keep_coverage_by_dump,
    _keep_messages_instead_of_sentences,
    _note_when_findings_begin,
)
"""The step at position *n* leads from version *n* to *n* + 1. A released step is never changed, only followed."""


def version_of(connection: sqlite3.Connection) -> int:
    """How many of the steps the file has been through."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Take the file through every step that it lacks, each in a transaction of its own with its version's number."""
    for version in range(version_of(connection), len(migrations)):
        with transaction(connection):
            migrations[version](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or, where anything fails, nothing; the connection is never left inside a transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # after a full disk SQLite has often rolled back by itself
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
