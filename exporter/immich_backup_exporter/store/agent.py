"""What is kept of the agent itself: when its state, expectations and findings began, and its last starts."""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime

from immich_backup_exporter.domain.records import STARTS_KEPT

from .rows import Write, facts, replacement, select
from .values import from_text, from_time, to_text, to_time

_PRUNE_STARTS = "DELETE FROM agent_start WHERE time NOT IN (SELECT time FROM agent_start ORDER BY time DESC LIMIT ?)"


def created(connection: sqlite3.Connection) -> datetime | None:
    rows = select(connection, "SELECT created FROM agent")
    return next(facts(rows, lambda row: to_time(row["created"])), None)


def expectation(connection: sqlite3.Connection, subject: str) -> datetime | None:
    rows = select(connection, "SELECT since FROM expectation WHERE subject = ?", (from_text(subject),))
    return next(facts(rows, lambda row: to_time(row["since"])), None)


def expectations(connection: sqlite3.Connection) -> frozenset[str]:
    rows = select(connection, "SELECT subject FROM expectation")
    return frozenset(facts(rows, lambda row: to_text(row["subject"])))


def save_expectation(subject: str, since: datetime) -> Write:
    return replacement("expectation", [{"subject": from_text(subject), "since": from_time(since)}])


def drop_expectations(subjects: Collection[str]) -> Write:
    return (("DELETE FROM expectation WHERE subject = ?", [(from_text(subject),) for subject in subjects]),)


def starts(connection: sqlite3.Connection) -> tuple[datetime, ...]:
    rows = select(connection, "SELECT time FROM agent_start ORDER BY time")
    return tuple(facts(rows, lambda row: to_time(row["time"])))


def save_start(now: datetime) -> Write:
    return (
        ("INSERT OR IGNORE INTO agent_start (time) VALUES (?)", [(from_time(now),)]),
        (_PRUNE_STARTS, [(STARTS_KEPT,)]),
    )


def beginnings(connection: sqlite3.Connection) -> dict[str, datetime]:
    rows = select(connection, "SELECT finding, since FROM beginning")
    return dict(facts(rows, lambda row: (to_text(row["finding"]), to_time(row["since"]))))


def save_beginnings(since: Mapping[str, datetime]) -> Write:
    rows = [{"finding": from_text(id_), "since": from_time(moment)} for id_, moment in since.items()]
    return (("DELETE FROM beginning", [()]), *replacement("beginning", rows))
