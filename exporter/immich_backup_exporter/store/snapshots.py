"""The snapshots of a repository: those that are listed, the newest that were forgotten, and sizes of their trees."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from immich_backup_exporter.domain.records import Gone, Unreadable
from immich_backup_exporter.domain.repository import Snapshot, TreeSize

from .rows import Write, facts, select
from .values import (
    Value,
    from_integer,
    from_optional_text,
    from_optional_time,
    from_text,
    from_texts,
    from_time,
    to_integer,
    to_optional_float,
    to_optional_integer,
    to_optional_time,
    to_text,
    to_texts,
    to_time,
)

GONE_KEPT = 500

_SNAPSHOT = """INSERT OR REPLACE INTO snapshot (
    repository, id, present, time, tree, hostname, paths, tags, original, parent, program_version,
    size_bytes, files, added_bytes, backup_start, duration_seconds)
    VALUES ((SELECT key FROM repository WHERE id = :repository), :id, 1, :time, :tree, :hostname, :paths, :tags,
    :original, :parent, :program_version, :size_bytes, :files, :added_bytes, :backup_start, :duration_seconds)"""

_PRESENT = """UPDATE snapshot SET present = :present, gone_after = :gone_after, gone_seen = :gone_seen
    WHERE repository = (SELECT key FROM repository WHERE id = :repository) AND id = :id"""

_NOT_UNREADABLE = "DELETE FROM unreadable WHERE repository = (SELECT key FROM repository WHERE id = ?)"

_UNREADABLE = """INSERT INTO unreadable (repository, id, attempts, retry_at)
    VALUES ((SELECT key FROM repository WHERE id = :repository), :id, :attempts, :retry_at)"""

_TREE_SIZE = """INSERT OR REPLACE INTO tree_size (repository, id, size_bytes, files)
    VALUES ((SELECT key FROM repository WHERE id = :repository), :id, :size_bytes, :files)"""

_PRUNE = """DELETE FROM snapshot WHERE rowid IN (
    SELECT rowid FROM snapshot WHERE repository = (SELECT key FROM repository WHERE id = ?) AND present = 0
    ORDER BY time DESC LIMIT -1 OFFSET ?)"""

# A tree's size goes with the last snapshot that has it, whether it was kept under the snapshot's id or the tree's.
_PRUNE_TREE_SIZES = """DELETE FROM tree_size
    WHERE repository = (SELECT key FROM repository WHERE id = ?)
    AND id NOT IN (SELECT id FROM snapshot WHERE snapshot.repository = tree_size.repository)
    AND id NOT IN (SELECT tree FROM snapshot WHERE snapshot.repository = tree_size.repository)"""


def load(connection: sqlite3.Connection, key: int) -> tuple[tuple[Snapshot, ...], frozenset[str]]:
    """All that are known of the repository with this key, oldest first, and the ids of those that are listed."""
    # Thousands of snapshots share a few hosts, paths and versions, and each one's parent is another one's id: one
    # object for each equal text spares half of the memory.
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    present: list[str] = []

    def shared(value: Any) -> str:
        text = to_text(value)
        return texts.setdefault(text, text)

    def shared_or_none(value: Any) -> str | None:
        return None if value is None else shared(value)

    def shared_list(value: Any) -> tuple[str, ...]:
        found = lists.get(value)
        if found is None:
            found = lists[value] = to_texts(value)
        return found

    def snapshot(row: sqlite3.Row) -> Snapshot:
        found = Snapshot(
            id=shared(row["id"]),
            time=to_time(row["time"]),
            tree=to_text(row["tree"]),
            hostname=shared(row["hostname"]),
            paths=shared_list(row["paths"]),
            tags=shared_list(row["tags"]),
            original=shared_or_none(row["original"]),
            parent=shared_or_none(row["parent"]),
            program_version=shared_or_none(row["program_version"]),
            size_bytes=to_optional_integer(row["size_bytes"]),
            files=to_optional_integer(row["files"]),
            added_bytes=to_optional_integer(row["added_bytes"]),
            backup_start=to_optional_time(row["backup_start"]),
            duration_seconds=to_optional_float(row["duration_seconds"]),
        )
        if row["present"]:
            present.append(found.id)
        return found

    rows = select(connection, "SELECT * FROM snapshot WHERE repository = ? ORDER BY time, id", (key,))
    snapshots = tuple(facts(rows, snapshot))
    return snapshots, frozenset(present)


def gone(connection: sqlite3.Connection, key: int) -> dict[str, Gone]:
    """When snapshots ceased to be listed, by id, where that was noted."""
    query = """SELECT id, gone_after, gone_seen FROM snapshot
        WHERE repository = ? AND present = 0 AND gone_seen NOT NULL"""
    return dict(facts(select(connection, query, (key,)), _gone))


def unreadable(connection: sqlite3.Connection, key: int) -> dict[str, Unreadable]:
    query = "SELECT id, attempts, retry_at FROM unreadable WHERE repository = ?"
    return dict(facts(select(connection, query, (key,)), _unreadable))


def tree_sizes(connection: sqlite3.Connection, key: int) -> dict[str, TreeSize]:
    query = "SELECT id, size_bytes, files FROM tree_size WHERE repository = ?"
    return dict(facts(select(connection, query, (key,)), _tree_size))


def save_added(repository_id: str, added: Sequence[Snapshot]) -> Write:
    return ((_SNAPSHOT, [_values(repository_id, snapshot) for snapshot in added]),)


def save_gone(repository_id: str, ids: Collection[str], when: Gone | None) -> Write:
    """Notes that these are listed no more."""
    noted = {
        "present": 0,
        "gone_after": None if when is None else from_time(when.after),
        "gone_seen": None if when is None else from_time(when.seen),
    }
    return ((_PRESENT, [{"repository": repository_id, "id": snapshot_id, **noted} for snapshot_id in sorted(ids)]),)


def save_back(repository_id: str, ids: Collection[str]) -> Write:
    noted = {"present": 1, "gone_after": None, "gone_seen": None}
    return ((_PRESENT, [{"repository": repository_id, "id": snapshot_id, **noted} for snapshot_id in sorted(ids)]),)


def drop_oldest_gone(repository_id: str) -> Write:
    """Drops all but the newest that are listed no more, and the sizes of trees that no snapshot has any more."""
    return ((_PRUNE, [(repository_id, GONE_KEPT)]), (_PRUNE_TREE_SIZES, [(repository_id,)]))


def save_unreadable(repository_id: str, items: Mapping[str, Unreadable] | None) -> Write:
    """Replaces all of them; ``None``: they stay."""
    if items is None:
        return ()
    rows: list[Mapping[str, Value]] = [
        {
            "repository": repository_id,
            "id": from_text(snapshot_id),
            "attempts": item.attempts,
            "retry_at": from_time(item.retry_at),
        }
        for snapshot_id, item in items.items()
    ]
    return ((_NOT_UNREADABLE, [(repository_id,)]), (_UNREADABLE, rows))


def save_tree_sizes(repository_id: str, sizes: Mapping[str, TreeSize]) -> Write:
    rows: list[Mapping[str, Value]] = [
        {
            "repository": repository_id,
            "id": from_text(key),
            "size_bytes": from_integer(size.size_bytes),
            "files": from_integer(size.files),
        }
        for key, size in sizes.items()
        if from_integer(size.size_bytes) is not None
    ]
    return ((_TREE_SIZE, rows),)


def _values(repository_id: str, snapshot: Snapshot) -> Mapping[str, Value]:
    return {
        "repository": repository_id,
        "id": from_text(snapshot.id),
        "time": from_time(snapshot.time),
        "tree": from_text(snapshot.tree),
        "hostname": from_text(snapshot.hostname),
        "paths": from_texts(snapshot.paths),
        "tags": from_texts(snapshot.tags),
        "original": from_optional_text(snapshot.original),
        "parent": from_optional_text(snapshot.parent),
        "program_version": from_optional_text(snapshot.program_version),
        "size_bytes": from_integer(snapshot.size_bytes),
        "files": from_integer(snapshot.files),
        "added_bytes": from_integer(snapshot.added_bytes),
        "backup_start": from_optional_time(snapshot.backup_start),
        "duration_seconds": snapshot.duration_seconds,
    }


def _gone(row: sqlite3.Row) -> tuple[str, Gone]:
    return to_text(row["id"]), Gone(after=to_time(row["gone_after"]), seen=to_time(row["gone_seen"]))


def _unreadable(row: sqlite3.Row) -> tuple[str, Unreadable]:
    return to_text(row["id"]), Unreadable(attempts=to_integer(row["attempts"]), retry_at=to_time(row["retry_at"]))


def _tree_size(row: sqlite3.Row) -> tuple[str, TreeSize]:
    size = TreeSize(size_bytes=to_integer(row["size_bytes"]), files=to_optional_integer(row["files"]))
    return to_text(row["id"]), size
