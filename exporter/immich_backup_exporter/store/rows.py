"""Rows read by the names of their columns, and changes as SQL with its rows.

A change is data, so that one that could not be written can wait and be tried again. Every change can be written twice
without harm: where a commit failed it is not known whether it reached the disk.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from .values import Value

T = TypeVar("T")

Row = Sequence[Value] | Mapping[str, Value]
"""Values for the places of a statement, by their order or by their names."""
Write = tuple[tuple[str, Sequence[Row]], ...]
"""Statements in order, each with the rows that it is executed for."""


def select(connection: sqlite3.Connection, query: str, parameters: Sequence[Value] = ()) -> Iterator[sqlite3.Row]:
    """The rows of a query, with their columns' names."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(query, parameters)


def facts(rows: Iterable[sqlite3.Row], build: Callable[[sqlite3.Row], T]) -> Iterator[T]:
    """One fact from each row that makes sense; the source tells the others again."""
    for row in rows:
        try:
            fact = build(row)
        except (TypeError, ValueError, OverflowError):
            continue
        yield fact


def fact(row: sqlite3.Row, build: Callable[[sqlite3.Row], T]) -> T | None:
    """The fact from a row, or from a part of it, if that makes sense."""
    return next(facts([row], build), None)


def replacement(table: str, rows: Sequence[Mapping[str, Value]]) -> Write:
    """Inserts rows that have the same columns, each in the place of the one with its key."""
    if not rows:
        return ()
    columns = tuple(rows[0])
    places = ", ".join(f":{column}" for column in columns)
    return ((f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({places})", rows),)  # noqa: S608 - constants only


def execute(connection: sqlite3.Connection, write: Write) -> None:
    """Run the statements; the caller holds the transaction."""
    for statement, rows in write:
        connection.executemany(statement, rows)
