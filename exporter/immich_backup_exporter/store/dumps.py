"""Database dumps and the verdicts on them, and the columns that a dump and a verdict have in any table."""

import sqlite3
from collections.abc import Mapping, Sequence

from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.records import SeenDump

from .rows import Write, fact, facts, replacement, select
from .values import (
    Value,
    from_integer,
    from_message,
    from_optional_text,
    from_optional_time,
    from_text,
    from_time,
    to_integer,
    to_message,
    to_optional_text,
    to_optional_time,
    to_text,
    to_time,
)

GONE_KEPT = 200

# Versions of a file that was still being written are worth the least.
_PRUNE = """DELETE FROM dump WHERE rowid IN (
    SELECT rowid FROM dump WHERE gone = 1 ORDER BY finished DESC, modified DESC LIMIT -1 OFFSET ?)"""

_LOAD = """SELECT *, comparable_group AS "group", sentence AS verdict_sentence
    FROM dump ORDER BY modified, fingerprint"""


def load(connection: sqlite3.Connection) -> tuple[SeenDump, ...]:
    """Oldest first."""
    return tuple(facts(select(connection, _LOAD), _seen))


def save(seen: Sequence[SeenDump]) -> Write:
    """Replaces what was known of them, and drops the oldest of those that are gone."""
    prune = [(GONE_KEPT,)] if any(dump.gone for dump in seen) else []
    return (*replacement("dump", [_values(dump) for dump in seen]), (_PRUNE, prune))


def file_values(file: DumpFile) -> dict[str, Value]:
    """The columns of a dump file wherever it is kept, but for ``unfinished``."""
    return {
        "name": from_text(file.name),
        "path": from_text(file.path),
        "kind": file.kind.value,
        "group": from_text(file.group),
        "size_bytes": from_integer(file.size_bytes),
        "modified": from_time(file.modified),
        "named_time": from_optional_time(file.named_time),
        "immich_version": from_optional_text(file.immich_version),
        "postgres_version": from_optional_text(file.postgres_version),
        "fingerprint": from_text(file.fingerprint),
    }


def to_file(row: sqlite3.Row, *, unfinished: bool = False) -> DumpFile:
    """The file from a row with the columns of :func:`file_values`."""
    return DumpFile(
        name=to_text(row["name"]),
        path=to_text(row["path"]),
        kind=DumpKind(row["kind"]),
        group=to_text(row["group"]),
        unfinished=unfinished,
        size_bytes=to_integer(row["size_bytes"]),
        modified=to_time(row["modified"]),
        named_time=to_optional_time(row["named_time"]),
        immich_version=to_optional_text(row["immich_version"]),
        postgres_version=to_optional_text(row["postgres_version"]),
        fingerprint=to_text(row["fingerprint"]),
    )


def verdict_values(verdict: DumpVerdict | None) -> dict[str, Value]:
    """The columns of a verdict wherever it is kept: of one that is true of this moment only there are none."""
    if verdict is None or verdict.transient:
        return dict.fromkeys(("outcome", "verdict_sentence", "unpacked_bytes", "dumped_postgres_version"))
    return {
        "outcome": verdict.outcome.value,
        "verdict_sentence": from_message(verdict.sentence),
        "unpacked_bytes": from_integer(verdict.unpacked_bytes),
        "dumped_postgres_version": from_optional_text(verdict.postgres_version),
    }


def to_verdict(row: sqlite3.Row) -> DumpVerdict | None:
    """The verdict from a row with the columns of :func:`verdict_values`."""
    if row["outcome"] is None:
        return None
    return DumpVerdict(
        outcome=DumpOutcome(row["outcome"]),
        sentence=to_message(row["verdict_sentence"]),
        unpacked_bytes=to_integer(row["unpacked_bytes"]),
        postgres_version=to_optional_text(row["dumped_postgres_version"]),
    )


def _values(seen: SeenDump) -> Mapping[str, Value]:
    file, verdict = file_values(seen.file), verdict_values(seen.verdict)
    return {
        "comparable_group": file.pop("group"),
        "sentence": verdict.pop("verdict_sentence"),
        **file,
        **verdict,
        "unfinished": seen.file.unfinished,
        "first_seen": from_time(seen.first_seen),
        "finished": seen.finished,
        "gone": seen.gone,
    }


def _seen(row: sqlite3.Row) -> SeenDump:
    return SeenDump(
        file=to_file(row, unfinished=bool(row["unfinished"])),
        first_seen=to_time(row["first_seen"]),
        finished=bool(row["finished"]),
        gone=bool(row["gone"]),
        verdict=fact(row, to_verdict),  # an unknown outcome costs the verdict only: the file is read again
    )
