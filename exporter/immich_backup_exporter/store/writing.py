"""Each change as SQL with its rows: data, so that one that could not be written can wait and be tried again.

Every change can be written twice without harm: where a commit failed it is not known whether it reached the disk.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from immich_backup_exporter.domain.records import (
    STARTS_KEPT,
    Acceptance,
    CountRecord,
    RepositoryChange,
    SeenDump,
    Unreadable,
)
from immich_backup_exporter.domain.repository import Snapshot, TreeSize

from .values import (
    Row,
    from_integer,
    from_message,
    from_optional_text,
    from_optional_time,
    from_text,
    from_texts,
    from_time,
)

Write = tuple[tuple[str, Sequence[Row]], ...]
"""Statements in order, each with the rows that it is executed for."""

GONE_SNAPSHOTS_KEPT = 500
COUNTS_KEPT = 100
GONE_DUMPS_KEPT = 200

_USE = "INSERT INTO repository (id, used) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET used = excluded.used"

_BIND = """INSERT OR REPLACE INTO binding (name, location, repository)
    VALUES (?, ?, (SELECT key FROM repository WHERE id = ?))"""

_LAST = """UPDATE repository SET
    last_poll_success = coalesce(?, last_poll_success),
    last_open_success = coalesce(?, last_open_success),
    size_time = coalesce(?, size_time) WHERE id = ?"""

_SIZE = "UPDATE repository SET size_bytes = ?, uncompressed_size_bytes = ? WHERE id = ?"

_SNAPSHOT = """INSERT OR REPLACE INTO snapshot (
    repository, id, present, time, tree, hostname, paths, tags, original, parent, program_version,
    size_bytes, files, added_bytes, backup_start, duration_seconds)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_PRESENT = """UPDATE snapshot SET present = ?, gone_after = ?, gone_seen = ?
    WHERE repository = (SELECT key FROM repository WHERE id = ?) AND id = ?"""

_NOT_UNREADABLE = "DELETE FROM unreadable WHERE repository = (SELECT key FROM repository WHERE id = ?)"

_UNREADABLE = """INSERT INTO unreadable (repository, id, attempts, retry_at)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?)"""

_TREE_SIZE = """INSERT OR REPLACE INTO tree_size (repository, id, size_bytes, files)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?)"""

_COUNT = """INSERT INTO plan_count (repository, plan, newest_id, time, count, noted)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?, ?, ?)
    ON CONFLICT (repository, plan, newest_id)
    DO UPDATE SET time = excluded.time, count = excluded.count, noted = excluded.noted"""

_DUMP = """INSERT OR REPLACE INTO dump (
    fingerprint, name, path, kind, comparable_group, unfinished, size_bytes, modified, named_time,
    immich_version, postgres_version, first_seen, finished, gone,
    outcome, sentence, unpacked_bytes, dumped_postgres_version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_PRUNE_SNAPSHOTS = """DELETE FROM snapshot WHERE rowid IN (
    SELECT rowid FROM snapshot WHERE repository = (SELECT key FROM repository WHERE id = ?) AND present = 0
    ORDER BY time DESC LIMIT -1 OFFSET ?)"""

# A tree's size goes with the last snapshot that has it, whether it was kept under the snapshot's id or the tree's.
_PRUNE_TREE_SIZES = """DELETE FROM tree_size
    WHERE repository = (SELECT key FROM repository WHERE id = ?)
    AND id NOT IN (SELECT id FROM snapshot WHERE snapshot.repository = tree_size.repository)
    AND id NOT IN (SELECT tree FROM snapshot WHERE snapshot.repository = tree_size.repository)"""

_PRUNE_COUNTS = """DELETE FROM plan_count WHERE rowid IN (
    SELECT rowid FROM plan_count WHERE repository = (SELECT key FROM repository WHERE id = ?) AND plan = ?
    ORDER BY time DESC, rowid DESC LIMIT -1 OFFSET ?)"""

# Versions of a file that was still being written are worth the least.
_PRUNE_DUMPS = """DELETE FROM dump WHERE rowid IN (
    SELECT rowid FROM dump WHERE gone = 1 ORDER BY finished DESC, modified DESC LIMIT -1 OFFSET ?)"""


_CHECK = """INSERT OR REPLACE INTO repository_check (repository, scope, time, success)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?)"""

_ACCEPTANCE = """INSERT OR REPLACE INTO plan_acceptance (repository, plan, time, reason, since, count)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?, ?, ?)"""

_PRUNE_STARTS = "DELETE FROM agent_start WHERE time NOT IN (SELECT time FROM agent_start ORDER BY time DESC LIMIT ?)"

_SINCE = "UPDATE repository SET since = ? WHERE id = ?"


def execute(connection: sqlite3.Connection, write: Write) -> None:
    """Run the statements; the caller holds the transaction."""
    for statement, rows in write:
        connection.executemany(statement, rows)


def expectation(subject: str, since: datetime) -> Write:
    row = (from_text(subject), from_time(since))
    return (("INSERT OR REPLACE INTO expectation (subject, since) VALUES (?, ?)", [row]),)


def without_expectations(subjects: Collection[str]) -> Write:
    return (("DELETE FROM expectation WHERE subject = ?", [(from_text(subject),) for subject in subjects]),)


def use(repository_id: str, now: datetime) -> Write:
    """Note that the repository is still wanted."""
    return ((_USE, [(repository_id, from_time(now))]),)


def without_repositories(unused_since: datetime) -> Write:
    """Drop all that is known of repositories that nobody has used since then."""
    return (("DELETE FROM repository WHERE used < ?", [(from_time(unused_since),)]),)


def binding(name: str, location: str, repository_id: str, now: datetime) -> Write:
    return (*use(repository_id, now), (_BIND, [(from_text(name), from_text(location), repository_id)]))


def repository(repository_id: str, change: RepositoryChange, now: datetime) -> Write:
    last = (
        from_optional_time(change.last_poll_success),
        from_optional_time(change.last_open_success),
        from_optional_time(change.size_time),
        repository_id,
    )
    gone = change.gone_when
    when = (from_time(gone.after), from_time(gone.seen)) if gone else (None, None)
    statements: list[tuple[str, Sequence[Row]]] = [
        *use(repository_id, now),
        (_LAST, [last]),
        (_SNAPSHOT, [_snapshot(repository_id, snapshot) for snapshot in change.added]),
        (_PRESENT, [(0, *when, repository_id, snapshot_id) for snapshot_id in sorted(change.gone)]),
        (_PRESENT, [(1, None, None, repository_id, snapshot_id) for snapshot_id in sorted(change.back)]),
        *_tree_sizes(repository_id, change.tree_sizes),
        *_counts(repository_id, change.counts),
    ]
    if change.size is not None:
        sizes = from_integer(change.size.size_bytes), from_integer(change.size.uncompressed_size_bytes)
        statements.append((_SIZE, [(*sizes, repository_id)]))
    if change.unreadable is not None:
        statements += _unreadable(repository_id, change.unreadable)
    if change.since is not None:
        statements.append((_SINCE, [(from_time(change.since), repository_id)]))
    statements.append(
        (
            _CHECK,
            [
                (repository_id, scope.value, from_time(check.time), check.success)
                for scope, check in sorted(change.checks.items())
            ],
        )
    )
    statements.append(
        (
            _ACCEPTANCE,
            [
                (repository_id, from_text(plan), *_acceptance(said), from_integer(said.count))
                for plan, said in sorted(change.accepted.items())
            ],
        )
    )
    if change.gone:
        statements.append((_PRUNE_SNAPSHOTS, [(repository_id, GONE_SNAPSHOTS_KEPT)]))
        statements.append((_PRUNE_TREE_SIZES, [(repository_id,)]))
    return tuple(statements)


def dump_acceptance(acceptance: Acceptance) -> Write:
    """Only the last counts."""
    return (
        ("DELETE FROM dump_acceptance", [()]),
        ("INSERT INTO dump_acceptance (time, reason, since) VALUES (?, ?, ?)", [_acceptance(acceptance)]),
    )


def start(now: datetime) -> Write:
    return (
        ("INSERT OR IGNORE INTO agent_start (time) VALUES (?)", [(from_time(now),)]),
        (_PRUNE_STARTS, [(STARTS_KEPT,)]),
    )


def dumps(seen: Sequence[SeenDump]) -> Write:
    prune: list[Row] = [(GONE_DUMPS_KEPT,)] if any(dump.gone for dump in seen) else []
    return ((_DUMP, [_dump(dump) for dump in seen]), (_PRUNE_DUMPS, prune))


def _acceptance(acceptance: Acceptance) -> Row:
    return from_time(acceptance.time), from_text(acceptance.reason), from_time(acceptance.since)


def _snapshot(repository_id: str, snapshot: Snapshot) -> Row:
    return (
        repository_id,
        from_text(snapshot.id),
        from_time(snapshot.time),
        from_text(snapshot.tree),
        from_text(snapshot.hostname),
        from_texts(snapshot.paths),
        from_texts(snapshot.tags),
        from_optional_text(snapshot.original),
        from_optional_text(snapshot.parent),
        from_optional_text(snapshot.program_version),
        from_integer(snapshot.size_bytes),
        from_integer(snapshot.files),
        from_integer(snapshot.added_bytes),
        from_optional_time(snapshot.backup_start),
        snapshot.duration_seconds,
    )


def _unreadable(repository_id: str, unreadable: Mapping[str, Unreadable]) -> Write:
    rows = [
        (repository_id, from_text(snapshot_id), item.attempts, from_time(item.retry_at))
        for snapshot_id, item in unreadable.items()
    ]
    return ((_NOT_UNREADABLE, [(repository_id,)]), (_UNREADABLE, rows))


def _tree_sizes(repository_id: str, sizes: Mapping[str, TreeSize]) -> Write:
    rows = [
        (repository_id, from_text(key), from_integer(size.size_bytes), from_integer(size.files))
        for key, size in sizes.items()
        if from_integer(size.size_bytes) is not None
    ]
    return ((_TREE_SIZE, rows),)


def _counts(repository_id: str, counts: Sequence[CountRecord]) -> Write:
    rows = [
        (
            repository_id,
            from_text(item.plan),
            from_text(item.newest_id),
            from_time(item.time),
            item.count,
            from_optional_time(item.noted),
        )
        for item in counts
    ]
    plans = [(repository_id, from_text(plan), COUNTS_KEPT) for plan in sorted({item.plan for item in counts})]
    return ((_COUNT, rows), (_PRUNE_COUNTS, plans))


def _dump(seen: SeenDump) -> Row:
    file, verdict = seen.file, seen.verdict
    if verdict is not None and verdict.transient:
        verdict = None  # true of that moment only: the file is read again
    return (
        from_text(file.fingerprint),
        from_text(file.name),
        from_text(file.path),
        file.kind.value,
        from_text(file.group),
        file.unfinished,
        file.size_bytes,
        from_time(file.modified),
        from_optional_time(file.named_time),
        from_optional_text(file.immich_version),
        from_optional_text(file.postgres_version),
        from_time(seen.first_seen),
        seen.finished,
        seen.gone,
        None if verdict is None else verdict.outcome.value,
        None if verdict is None else from_message(verdict.sentence),
        None if verdict is None else from_integer(verdict.unpacked_bytes),
        None if verdict is None else from_optional_text(verdict.postgres_version),
    )
