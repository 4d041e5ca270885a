"""Repositories: which one a declared name stands for, and what was learned of each."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from immich_backup_exporter.domain.records import CheckRecord, CountRecord, RepositoryChange, RepositoryRecord
from immich_backup_exporter.domain.repository import RepositorySize
from immich_backup_exporter.domain.runs import CheckScope

from . import acceptances, snapshots
from .rows import Write, fact, facts, select
from .values import (
    Value,
    from_integer,
    from_optional_time,
    from_text,
    from_time,
    to_integer,
    to_optional_integer,
    to_optional_time,
    to_text,
    to_time,
)

COUNTS_KEPT = 100

_USE = "INSERT INTO repository (id, used) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET used = excluded.used"

_BIND = """INSERT OR REPLACE INTO binding (name, location, repository)
    VALUES (?, ?, (SELECT key FROM repository WHERE id = ?))"""

_LAST = """UPDATE repository SET
    last_poll_success = coalesce(:last_poll_success, last_poll_success),
    last_open_success = coalesce(:last_open_success, last_open_success),
    size_time = coalesce(:size_time, size_time),
    since = coalesce(:since, since) WHERE id = :id"""

_SIZE = "UPDATE repository SET size_bytes = ?, uncompressed_size_bytes = ? WHERE id = ?"

_COUNT = """INSERT INTO plan_count (repository, plan, newest_id, time, count, noted)
    VALUES ((SELECT key FROM repository WHERE id = :repository), :plan, :newest_id, :time, :count, :noted)
    ON CONFLICT (repository, plan, newest_id)
    DO UPDATE SET time = excluded.time, count = excluded.count, noted = excluded.noted"""

_PRUNE_COUNTS = """DELETE FROM plan_count WHERE rowid IN (
    SELECT rowid FROM plan_count WHERE repository = (SELECT key FROM repository WHERE id = ?) AND plan = ?
    ORDER BY time DESC, rowid DESC LIMIT -1 OFFSET ?)"""

_CHECK = """INSERT OR REPLACE INTO repository_check (repository, scope, time, success)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?)"""

_READ_PART = """INSERT OR REPLACE INTO repository_read_part (repository, part, time, success)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?, ?)"""


def bound(connection: sqlite3.Connection, name: str, location: str) -> tuple[str, datetime] | None:
    """The id of the repository that this name stands for at this location, and when it was last used."""
    query = "SELECT id, used FROM binding JOIN repository ON key = repository WHERE name = ? AND location = ?"
    rows = select(connection, query, (from_text(name), from_text(location)))
    return next(facts(rows, lambda row: (to_text(row["id"]), to_time(row["used"]))), None)


def last_use(connection: sqlite3.Connection) -> tuple[datetime, datetime] | None:
    """When the repository that was not used for longest was last used, and the one that was used last."""
    rows = select(connection, "SELECT min(used) AS first, max(used) AS last FROM repository")
    return next(facts(rows, lambda row: (to_time(row["first"]), to_time(row["last"]))), None)


def load(connection: sqlite3.Connection, repository_id: str) -> RepositoryRecord:
    row = next(select(connection, "SELECT * FROM repository WHERE id = ?", (repository_id,)), None)
    if row is None:
        return RepositoryRecord()
    key: int = row["key"]
    known, present = snapshots.load(connection, key)
    return RepositoryRecord(
        snapshots=known,
        present=present,
        unreadable=snapshots.unreadable(connection, key),
        tree_sizes=snapshots.tree_sizes(connection, key),
        counts=_counts(connection, key),
        last_poll_success=fact(row, lambda row: to_optional_time(row["last_poll_success"])),
        last_open_success=fact(row, lambda row: to_optional_time(row["last_open_success"])),
        size=fact(row, _size),
        size_time=fact(row, lambda row: to_optional_time(row["size_time"])),
        checks=_checks(connection, key),
        read_parts=_read_parts(connection, key),
        since=fact(row, lambda row: to_optional_time(row["since"])),
        gone=snapshots.gone(connection, key),
        accepted=acceptances.of_plans(connection, key),
    )


def save_use(repository_id: str, now: datetime) -> Write:
    """Note that the repository is still wanted."""
    return ((_USE, [(repository_id, from_time(now))]),)


def save_binding(name: str, location: str, repository_id: str, now: datetime) -> Write:
    return (*save_use(repository_id, now), (_BIND, [(from_text(name), from_text(location), repository_id)]))


def drop_unused(since: datetime) -> Write:
    """Drop all that is known of repositories that were not used since then."""
    return (("DELETE FROM repository WHERE used < ?", [(from_time(since),)]),)


def save(repository_id: str, change: RepositoryChange, now: datetime) -> Write:
    last: Mapping[str, Value] = {
        "id": repository_id,
        "last_poll_success": from_optional_time(change.last_poll_success),
        "last_open_success": from_optional_time(change.last_open_success),
        "size_time": from_optional_time(change.size_time),
        "since": from_optional_time(change.since),
    }
    return (
        *save_use(repository_id, now),
        (_LAST, [last]),
        *snapshots.save_added(repository_id, change.added),
        *snapshots.save_gone(repository_id, change.gone, change.gone_when),
        *snapshots.save_back(repository_id, change.back),
        *snapshots.save_tree_sizes(repository_id, change.tree_sizes),
        *_save_counts(repository_id, change.counts),
        *_save_size(repository_id, change.size),
        *snapshots.save_unreadable(repository_id, change.unreadable),
        (_CHECK, _check_rows(repository_id, change.checks)),
        (_READ_PART, _check_rows(repository_id, change.read_parts)),
        *acceptances.save_of_plans(repository_id, change.accepted),
        *(snapshots.drop_oldest_gone(repository_id) if change.gone else ()),
    )


def _size(row: sqlite3.Row) -> RepositorySize:
    return RepositorySize(
        size_bytes=to_integer(row["size_bytes"]),
        uncompressed_size_bytes=to_optional_integer(row["uncompressed_size_bytes"]),
    )


def _save_size(repository_id: str, size: RepositorySize | None) -> Write:
    if size is None:
        return ()
    values = from_integer(size.size_bytes), from_integer(size.uncompressed_size_bytes)
    return ((_SIZE, [(*values, repository_id)]),)


def _counts(connection: sqlite3.Connection, key: int) -> tuple[CountRecord, ...]:
    query = """SELECT plan, newest_id, time, count, noted FROM plan_count
        WHERE repository = ? ORDER BY time, rowid"""
    return tuple(facts(select(connection, query, (key,)), _count))


def _count(row: sqlite3.Row) -> CountRecord:
    return CountRecord(
        plan=to_text(row["plan"]),
        newest_id=to_text(row["newest_id"]),
        time=to_time(row["time"]),
        count=to_integer(row["count"]),
        noted=to_optional_time(row["noted"]),
    )


def _save_counts(repository_id: str, counts: Sequence[CountRecord]) -> Write:
    rows: list[Mapping[str, Value]] = [
        {
            "repository": repository_id,
            "plan": from_text(item.plan),
            "newest_id": from_text(item.newest_id),
            "time": from_time(item.time),
            "count": item.count,
            "noted": from_optional_time(item.noted),
        }
        for item in counts
    ]
    plans = [(repository_id, from_text(plan), COUNTS_KEPT) for plan in sorted({item.plan for item in counts})]
    return ((_COUNT, rows), (_PRUNE_COUNTS, plans))


def _checks(connection: sqlite3.Connection, key: int) -> dict[CheckScope, CheckRecord]:
    query = "SELECT scope, time, success FROM repository_check WHERE repository = ?"
    return dict(facts(select(connection, query, (key,)), _check))


def _check(row: sqlite3.Row) -> tuple[CheckScope, CheckRecord]:
    record = CheckRecord(time=to_time(row["time"]), success=bool(to_integer(row["success"])))
    return CheckScope(row["scope"]), record


def _read_parts(connection: sqlite3.Connection, key: int) -> dict[str, CheckRecord]:
    query = "SELECT part, time, success FROM repository_read_part WHERE repository = ?"
    return dict(facts(select(connection, query, (key,)), _read_part))


def _read_part(row: sqlite3.Row) -> tuple[str, CheckRecord]:
    return to_text(row["part"]), CheckRecord(time=to_time(row["time"]), success=bool(to_integer(row["success"])))


def _check_rows(
    repository_id: str, checks: Mapping[CheckScope, CheckRecord] | Mapping[str, CheckRecord]
) -> list[tuple[Value, ...]]:
    return [(repository_id, str(what), from_time(check.time), check.success) for what, check in sorted(checks.items())]
