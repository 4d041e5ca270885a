"""Rows back into facts. A row that makes no sense is left out: the poller then learns it again from the source."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.records import (
    Acceptance,
    CheckRecord,
    CountRecord,
    Gone,
    RepositoryRecord,
    SeenDump,
    Unreadable,
)
from immich_backup_exporter.domain.repository import RepositorySize, Snapshot, TreeSize
from immich_backup_exporter.domain.runs import CheckScope

from .values import (
    from_text,
    to_integer,
    to_message,
    to_optional_float,
    to_optional_integer,
    to_optional_text,
    to_optional_time,
    to_text,
    to_texts,
    to_time,
)

T = TypeVar("T")


def created(connection: sqlite3.Connection) -> datetime | None:
    return next(facts(connection.execute("SELECT created FROM agent"), to_time), None)


def expectation(connection: sqlite3.Connection, subject: str) -> datetime | None:
    rows = connection.execute("SELECT since FROM expectation WHERE subject = ?", (from_text(subject),))
    return next(facts(rows, to_time), None)


def expectations(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(facts(connection.execute("SELECT subject FROM expectation"), to_text))


def bound_repository(connection: sqlite3.Connection, name: str, location: str) -> tuple[str, datetime] | None:
    """The repository's id and when it was last used."""
    rows = connection.execute(
        "SELECT id, used FROM binding JOIN repository ON key = repository WHERE name = ? AND location = ?",
        (from_text(name), from_text(location)),
    )
    return next(facts(rows, lambda repository_id, used: (to_text(repository_id), to_time(used))), None)


def last_use(connection: sqlite3.Connection) -> tuple[datetime, datetime] | None:
    """When the repository that was not used for longest was last used, and the one that was used last."""
    rows = connection.execute("SELECT min(used), max(used) FROM repository")
    return next(facts(rows, lambda first, last: (to_time(first), to_time(last))), None)


def repository(connection: sqlite3.Connection, repository_id: str) -> RepositoryRecord:
    row = connection.execute(
        """SELECT key, last_poll_success, last_open_success, size_bytes, uncompressed_size_bytes, size_time, since
        FROM repository WHERE id = ?""",
        (repository_id,),
    ).fetchone()
    if row is None:
        return RepositoryRecord()
    key, last_poll_success, last_open_success, size_bytes, uncompressed_size_bytes, size_time, since = row
    snapshots, present = _snapshots(connection, key)
    unreadable = connection.execute("SELECT id, attempts, retry_at FROM unreadable WHERE repository = ?", (key,))
    tree_sizes = connection.execute("SELECT id, size_bytes, files FROM tree_size WHERE repository = ?", (key,))
    counts = connection.execute(
        "SELECT plan, newest_id, time, count, noted FROM plan_count WHERE repository = ? ORDER BY time, rowid", (key,)
    )
    checks = connection.execute("SELECT scope, time, success FROM repository_check WHERE repository = ?", (key,))
    gone = connection.execute(
        "SELECT id, gone_after, gone_seen FROM snapshot WHERE repository = ? AND present = 0 AND gone_seen NOT NULL",
        (key,),
    )
    accepted = connection.execute(
        "SELECT plan, time, reason, since, count FROM plan_acceptance WHERE repository = ?", (key,)
    )
    return RepositoryRecord(
        snapshots=snapshots,
        present=present,
        unreadable=dict(facts(unreadable, _unreadable)),
        tree_sizes=dict(facts(tree_sizes, _tree_size)),
        counts=tuple(facts(counts, _count)),
        last_poll_success=next(facts([(last_poll_success,)], to_optional_time), None),
        last_open_success=next(facts([(last_open_success,)], to_optional_time), None),
        size=next(facts([(size_bytes, uncompressed_size_bytes)], _repository_size), None),
        size_time=next(facts([(size_time,)], to_optional_time), None),
        checks=dict(facts(checks, _check)),
        since=next(facts([(since,)], to_optional_time), None),
        gone=dict(facts(gone, _gone)),
        accepted=dict(facts(accepted, _accepted)),
    )


def dump_acceptance(connection: sqlite3.Connection) -> Acceptance | None:
    rows = connection.execute("SELECT time, reason, since FROM dump_acceptance ORDER BY time DESC")
    return next(facts(rows, _acceptance), None)


def starts(connection: sqlite3.Connection) -> tuple[datetime, ...]:
    return tuple(facts(connection.execute("SELECT time FROM agent_start ORDER BY time"), to_time))


def dumps(connection: sqlite3.Connection) -> tuple[SeenDump, ...]:
    rows = connection.execute(
        """SELECT fingerprint, name, path, kind, comparable_group, unfinished, size_bytes, modified, named_time,
        immich_version, postgres_version, first_seen, finished, gone,
        outcome, sentence, unpacked_bytes, dumped_postgres_version FROM dump ORDER BY modified, fingerprint"""
    )
    return tuple(facts(rows, _dump))


def facts(rows: Iterable[tuple[Any, ...]], build: Callable[..., T]) -> Iterator[T]:
    """One fact from each row that makes sense."""
    for row in rows:
        try:
            fact = build(*row)
        except (TypeError, ValueError, OverflowError):
            continue
        yield fact


def _snapshots(connection: sqlite3.Connection, key: int) -> tuple[tuple[Snapshot, ...], frozenset[str]]:
    # Thousands of snapshots share a few hosts, paths and versions, and each one's parent is another one's id: one
    # object for each equal text spares half of the memory.
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    present: list[str] = []

    def shared(value: Any) -> str:
        text = to_text(value)
        return texts.setdefault(text, text)

    def shared_list(value: Any) -> tuple[str, ...]:
        found = lists.get(value)
        if found is None:
            found = lists[value] = to_texts(value)
        return found

    def snapshot(  # the columns below, in their order
        id_: Any, is_present: Any, time: Any, tree: Any, hostname: Any, paths: Any, tags: Any, original: Any,
        parent: Any, program_version: Any, size_bytes: Any, files: Any, added_bytes: Any, backup_start: Any,
        duration_seconds: Any,
    ) -> Snapshot:  # fmt: skip
        fact = Snapshot(
            id=shared(id_),
            time=to_time(time),
            tree=to_text(tree),
            hostname=shared(hostname),
            paths=shared_list(paths),
            tags=shared_list(tags),
            original=None if original is None else shared(original),
            parent=None if parent is None else shared(parent),
            program_version=None if program_version is None else shared(program_version),
            size_bytes=to_optional_integer(size_bytes),
            files=to_optional_integer(files),
            added_bytes=to_optional_integer(added_bytes),
            backup_start=to_optional_time(backup_start),
            duration_seconds=to_optional_float(duration_seconds),
        )
        if is_present:
            present.append(fact.id)
        return fact

    rows = connection.execute(
        """SELECT id, present, time, tree, hostname, paths, tags, original, parent, program_version,
        size_bytes, files, added_bytes, backup_start, duration_seconds
        FROM snapshot WHERE repository = ? ORDER BY time, id""",
        (key,),
    )
    snapshots = tuple(facts(rows, snapshot))
    return snapshots, frozenset(present)


def _unreadable(snapshot_id: Any, attempts: Any, retry_at: Any) -> tuple[str, Unreadable]:
    return to_text(snapshot_id), Unreadable(attempts=to_integer(attempts), retry_at=to_time(retry_at))


def _tree_size(key: Any, size_bytes: Any, files: Any) -> tuple[str, TreeSize]:
    return to_text(key), TreeSize(size_bytes=to_integer(size_bytes), files=to_optional_integer(files))


def _count(plan: Any, newest_id: Any, time: Any, count: Any, noted: Any) -> CountRecord:
    return CountRecord(
        plan=to_text(plan),
        newest_id=to_text(newest_id),
        time=to_time(time),
        count=to_integer(count),
        noted=to_optional_time(noted),
    )


def _gone(snapshot_id: Any, after: Any, seen: Any) -> tuple[str, Gone]:
    return to_text(snapshot_id), Gone(after=to_time(after), seen=to_time(seen))


def _accepted(plan: Any, time: Any, reason: Any, since: Any, count: Any) -> tuple[str, Acceptance]:
    return to_text(plan), _acceptance(time, reason, since, to_optional_integer(count))


def _acceptance(time: Any, reason: Any, since: Any, count: int | None = None) -> Acceptance:
    return Acceptance(time=to_time(time), reason=to_text(reason), since=to_time(since), count=count)


def _check(scope: Any, time: Any, success: Any) -> tuple[CheckScope, CheckRecord]:
    return CheckScope(scope), CheckRecord(time=to_time(time), success=bool(to_integer(success)))


def _repository_size(size_bytes: Any, uncompressed_size_bytes: Any) -> RepositorySize:
    return RepositorySize(
        size_bytes=to_integer(size_bytes), uncompressed_size_bytes=to_optional_integer(uncompressed_size_bytes)
    )


def _dump(  # the columns of `dumps`, in their order
    fingerprint: Any, name: Any, path: Any, kind: Any, group: Any, unfinished: Any, size_bytes: Any, modified: Any,
    named_time: Any, immich_version: Any, postgres_version: Any, first_seen: Any, finished: Any, gone: Any,
    outcome: Any, sentence: Any, unpacked_bytes: Any, dumped_postgres_version: Any,
) -> SeenDump:  # fmt: skip
    file = DumpFile(
        name=to_text(name),
        path=to_text(path),
        kind=DumpKind(kind),
        group=to_text(group),
        unfinished=bool(unfinished),
        size_bytes=to_integer(size_bytes),
        modified=to_time(modified),
        named_time=to_optional_time(named_time),
        immich_version=to_optional_text(immich_version),
        postgres_version=to_optional_text(postgres_version),
        fingerprint=to_text(fingerprint),
    )
    return SeenDump(
        file=file,
        first_seen=to_time(first_seen),
        finished=bool(finished),
        gone=bool(gone),
        # An unknown word for the outcome costs the verdict only: the file is read again.
        verdict=next(facts([(outcome, sentence, unpacked_bytes, dumped_postgres_version)], _verdict), None),
    )


def _verdict(outcome: Any, sentence: Any, unpacked_bytes: Any, postgres_version: Any) -> DumpVerdict:
    return DumpVerdict(
        outcome=DumpOutcome(outcome),
        sentence=to_message(sentence),
        unpacked_bytes=to_integer(unpacked_bytes),
        postgres_version=to_optional_text(postgres_version),
    )
