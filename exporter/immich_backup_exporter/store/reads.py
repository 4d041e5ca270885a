"""How much was read from repositories to look into snapshots, for the limit on a day."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from .rows import Write, facts, select
from .values import from_integer, from_time, to_integer, to_time

KEPT = timedelta(days=2)

_READING = """INSERT INTO reading (repository, time, bytes)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?)"""


def since(connection: sqlite3.Connection, repository_id: str, time: datetime) -> Sequence[tuple[datetime, int]]:
    """When how much was read from a repository."""
    rows = select(
        connection,
        "SELECT time, bytes FROM reading WHERE repository = (SELECT key FROM repository WHERE id = ?) AND time >= ?",
        (repository_id, from_time(time)),
    )
    return tuple(facts(rows, lambda row: (to_time(row["time"]), to_integer(row["bytes"]))))


def save(repository_id: str, time: datetime, size_bytes: int) -> Write:
    """Notes that so much was read from a repository."""
    return (
        (_READING, [(repository_id, from_time(time), from_integer(size_bytes))]),
        ("DELETE FROM reading WHERE time < ?", [(from_time(time - KEPT),)]),
    )
