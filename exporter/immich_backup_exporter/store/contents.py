"""What is known of trees: contents, coverage, the missing items, and how much was read to find out."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from immich_backup_exporter.domain.contents import (
    CoverageCounts,
    CoverageKey,
    CoverageRecord,
    FolderContents,
    MissingFile,
    MissingKind,
    MissingRecord,
    TreeAnswer,
    TreeContents,
)
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.records import ContentsRecord

from .reading import facts
from .values import (
    Row,
    from_integer,
    from_message,
    from_optional_message,
    from_optional_text,
    from_optional_time,
    from_text,
    from_texts,
    from_time,
    to_integer,
    to_message,
    to_optional_flag,
    to_optional_integer,
    to_optional_message,
    to_optional_text,
    to_optional_time,
    to_text,
    to_texts,
    to_time,
)
from .writing import Write

ITEMS_KEPT = 60
"""Of how many trees, the newest, the missing items are kept."""
READING_KEPT = timedelta(days=2)

_GONE = "gone"

_CONTENTS = """INSERT OR REPLACE INTO contents (
    tree, time, known, sentence, answered, dumps, missing_paths, settled_folders,
    dump_name, dump_path, dump_kind, dump_group, dump_size_bytes, dump_modified, dump_named_time,
    dump_immich_version, dump_postgres_version, dump_fingerprint,
    outcome, verdict_sentence, unpacked_bytes, dumped_postgres_version, holds_immich)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_FOLDER = "INSERT OR REPLACE INTO contents_folder (tree, folder, files, size_bytes) VALUES (?, ?, ?, ?)"
_COVERAGE = """INSERT OR REPLACE INTO coverage (
    tree, dump, time, dump_time, answered, trouble, assets, external_proven, external_unproven,
    missing_originals, missing_sidecars, missing_profiles,
    persistent_originals, persistent_sidecars, persistent_profiles,
    gone, persistent_gone, regenerable_missing, unknown_files, folder_missing, settled_missing,
    immich_version, schema_level, media_location)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DIGEST = "INSERT OR REPLACE INTO coverage_digest (tree, dump, kind, digests) VALUES (?, ?, ?, ?)"
_MISSING = """INSERT OR REPLACE INTO missing_file (tree, dump, position, kind, item, path, on_disk)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_OLD = "(SELECT tree, dump FROM coverage ORDER BY time DESC, tree, dump LIMIT -1 OFFSET ?)"
_READING = """INSERT INTO reading (repository, time, bytes)
    VALUES ((SELECT key FROM repository WHERE id = ?), ?, ?)"""


def tree(tree_id: str, contents: TreeContents, now: datetime) -> Write:
    """Replaces what was known of the tree's contents."""
    answer, verdict, dump = contents.answer, contents.verdict, contents.answer.dump
    settled = None if contents.settled_folders is None else from_texts(sorted(contents.settled_folders))
    if verdict is not None and verdict.transient:
        verdict = None
    row: Row = (
        from_text(tree_id),
        from_time(now),
        answer.known,
        from_optional_message(answer.sentence),
        from_texts(sorted(contents.answered)),
        answer.dumps,
        from_texts(answer.missing_paths),
        settled,
        *(_dump(dump) if dump is not None else (None,) * 10),
        None if verdict is None else verdict.outcome.value,
        None if verdict is None else from_message(verdict.sentence),
        None if verdict is None else from_integer(verdict.unpacked_bytes),
        None if verdict is None else from_optional_text(verdict.postgres_version),
        answer.holds_immich,
    )
    folders: list[Row] = [
        (from_text(tree_id), folder, one.files, from_integer(one.size_bytes)) for folder, one in answer.folders.items()
    ]
    return ((_CONTENTS, [row]), (_FOLDER, folders))


def _dump(dump: DumpFile) -> Row:
    return (
        from_text(dump.name),
        from_text(dump.path),
        dump.kind.value,
        from_text(dump.group),
        from_integer(dump.size_bytes),
        from_time(dump.modified),
        from_optional_time(dump.named_time),
        from_optional_text(dump.immich_version),
        from_optional_text(dump.postgres_version),
        from_text(dump.fingerprint),
    )


def coverage(tree_id: str, record: CoverageRecord, missing: MissingRecord, now: datetime) -> Write:
    """Replaces what was known of the tree's coverage by that dump, and drops the items of the oldest."""
    counts = record.counts
    key = from_text(tree_id), from_text(record.dump)
    row: Row = (
        *key,
        from_time(now),
        from_time(record.dump_time),
        from_texts(sorted(record.answered)),
        from_optional_message(record.trouble),
        *(
            (None,) * 6
            if counts is None
            else (
                counts.assets,
                counts.external_proven,
                counts.external_unproven,
                *(counts.missing.get(kind, 0) for kind in MissingKind),
            )
        ),
        *(record.persistent.get(kind) for kind in MissingKind),
        record.gone,
        record.persistent_gone,
        None if counts is None else counts.regenerable_missing,
        None if counts is None else counts.unknown_files,
        None if counts is None else json.dumps(dict(counts.folder_missing)),
        None if counts is None else json.dumps(dict(counts.settled_missing)),
        from_optional_text(record.immich_version),
        from_optional_text(record.schema_level),
        from_optional_text(record.media_location),
    )
    digests: list[Row] = [(*key, kind.value, data) for kind, data in missing.digests.items()]
    if missing.gone is not None:
        digests.append((*key, _GONE, missing.gone))
    files: list[Row] = [
        (*key, at, file.kind.value, from_text(file.item), file.path, file.on_disk)
        for at, file in enumerate(missing.files)
    ]
    return (
        (_COVERAGE, [row]),
        (_DIGEST, digests),
        (_MISSING, files),
        (f"DELETE FROM coverage_digest WHERE (tree, dump) IN {_OLD}", [(ITEMS_KEPT,)]),  # noqa: S608 - no value in it
        (f"DELETE FROM missing_file WHERE (tree, dump) IN {_OLD}", [(ITEMS_KEPT,)]),  # noqa: S608 - no value in it
    )


def reading(repository_id: str, time: datetime, size_bytes: int) -> Write:
    """Notes that so much was read from a repository."""
    old: Row = (from_time(time - READING_KEPT),)
    return (
        (_READING, [(repository_id, from_time(time), from_integer(size_bytes))]),
        ("DELETE FROM reading WHERE time < ?", [old]),
    )


def unused(connection: sqlite3.Connection) -> bool:
    """Whether anything is known of trees that no snapshot has any more."""
    query = """SELECT 1 FROM (SELECT tree FROM contents UNION SELECT tree FROM coverage)
        WHERE tree NOT IN (SELECT tree FROM snapshot) LIMIT 1"""
    return connection.execute(query).fetchone() is not None


def without_unused() -> Write:
    """Drops what is known of trees that no snapshot has any more, known or forgotten."""
    return (
        ("DELETE FROM contents WHERE tree NOT IN (SELECT tree FROM snapshot)", [()]),
        ("DELETE FROM coverage WHERE tree NOT IN (SELECT tree FROM snapshot)", [()]),
    )


def load(connection: sqlite3.Connection) -> ContentsRecord:
    """Everything but the missing items."""
    folders: dict[str, dict[str, FolderContents]] = {}
    rows = connection.execute("SELECT tree, folder, files, size_bytes FROM contents_folder")
    for tree_id, folder, held in facts(rows, _folder):
        folders.setdefault(tree_id, {})[folder] = held
    trees = connection.execute(
        """SELECT tree, known, sentence, answered, dumps, missing_paths, settled_folders,
        dump_name, dump_path, dump_kind, dump_group, dump_size_bytes, dump_modified, dump_named_time,
        dump_immich_version, dump_postgres_version, dump_fingerprint,
        outcome, verdict_sentence, unpacked_bytes, dumped_postgres_version, holds_immich FROM contents"""
    )
    found = dict(facts(trees, _tree))
    whole = {}
    for tree_id, contents in found.items():
        inside = folders.get(tree_id, {})
        if not contents.answer.known or inside.keys() == set(FOLDERS):  # else a row was lost: it is looked into again
            whole[tree_id] = replace(contents, answer=replace(contents.answer, folders=inside))
    coverages = connection.execute(
        """SELECT tree, dump, dump_time, answered, trouble, assets, external_proven, external_unproven,
        missing_originals, missing_sidecars, missing_profiles,
        persistent_originals, persistent_sidecars, persistent_profiles,
        gone, persistent_gone, regenerable_missing, unknown_files, folder_missing, settled_missing,
        immich_version, schema_level, media_location FROM coverage"""
    )
    return ContentsRecord(trees=whole, coverages=dict(facts(coverages, _coverage)))


def missing(connection: sqlite3.Connection, tree_id: str, dump: str) -> MissingRecord:
    """The missing items of one tree, by that dump."""
    key = from_text(tree_id), from_text(dump)
    digests = connection.execute("SELECT kind, digests FROM coverage_digest WHERE tree = ? AND dump = ?", key)
    by_kind = dict(facts(digests, lambda kind, data: (to_text(kind), bytes(data))))
    gone = by_kind.pop(_GONE, None)
    files = connection.execute(
        "SELECT kind, item, path, on_disk FROM missing_file WHERE tree = ? AND dump = ? ORDER BY position", key
    )
    return MissingRecord(
        files=tuple(facts(files, _missing_file)),
        digests={kind: by_kind[kind.value] for kind in MissingKind if kind.value in by_kind},
        gone=gone,
    )


def read_since(connection: sqlite3.Connection, repository_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
    """When how much was read from a repository."""
    rows = connection.execute(
        "SELECT time, bytes FROM reading WHERE repository = (SELECT key FROM repository WHERE id = ?) AND time >= ?",
        (repository_id, from_time(since)),
    )
    return tuple(facts(rows, lambda time, size: (to_time(time), to_integer(size))))


def _folder(tree_id: Any, folder: Any, files: Any, size_bytes: Any) -> tuple[str, str, FolderContents]:
    contents = FolderContents(files=to_integer(files), size_bytes=to_integer(size_bytes))
    return to_text(tree_id), to_text(folder), contents


def _tree(  # the columns above, in their order
    tree_id: Any, known: Any, sentence: Any, answered: Any, dumps: Any, missing_paths: Any, settled_folders: Any,
    dump_name: Any, dump_path: Any, dump_kind: Any, dump_group: Any, dump_size: Any, dump_modified: Any,
    dump_named_time: Any, dump_immich_version: Any, dump_postgres_version: Any, dump_fingerprint: Any,
    outcome: Any, verdict_sentence: Any, unpacked_bytes: Any, dumped_postgres_version: Any,
    holds_immich: Any,
) -> tuple[str, TreeContents]:  # fmt: skip
    dump = None
    if dump_name is not None:
        dump = DumpFile(
            name=to_text(dump_name),
            path=to_text(dump_path),
            kind=DumpKind(dump_kind),
            group=to_text(dump_group),
            unfinished=False,
            size_bytes=to_integer(dump_size),
            modified=to_time(dump_modified),
            named_time=to_optional_time(dump_named_time),
            immich_version=to_optional_text(dump_immich_version),
            postgres_version=to_optional_text(dump_postgres_version),
            fingerprint=to_text(dump_fingerprint),
        )
    verdict = None
    if outcome is not None:
        verdict = DumpVerdict(
            outcome=DumpOutcome(outcome),
            sentence=to_message(verdict_sentence),
            unpacked_bytes=to_integer(unpacked_bytes),
            postgres_version=to_optional_text(dumped_postgres_version),
        )
    answer = TreeAnswer(
        known=bool(to_integer(known)),
        holds_immich=to_optional_flag(holds_immich) is not False,
        sentence=to_optional_message(sentence),
        dumps=to_integer(dumps),
        dump=dump,
        missing_paths=to_texts(missing_paths),
    )
    return to_text(tree_id), TreeContents(
        answer=answer,
        answered=frozenset(to_texts(answered)),
        settled_folders=None if settled_folders is None else frozenset(to_texts(settled_folders)),
        verdict=verdict,
    )


def _coverage(  # the columns above, in their order
    tree_id: Any, dump: Any, dump_time: Any, answered: Any, trouble: Any, assets: Any,
    external_proven: Any, external_unproven: Any, missing_originals: Any, missing_sidecars: Any, missing_profiles: Any,
    persistent_originals: Any, persistent_sidecars: Any, persistent_profiles: Any, gone: Any, persistent_gone: Any,
    regenerable_missing: Any, unknown_files: Any, folder_missing: Any, settled_missing: Any, immich_version: Any,
    schema_level: Any, media_location: Any,
) -> tuple[CoverageKey, CoverageRecord]:  # fmt: skip
    counts = None
    if assets is not None:
        missing_counts = (missing_originals, missing_sidecars, missing_profiles)
        counts = CoverageCounts(
            assets=to_integer(assets),
            external_proven=to_integer(external_proven),
            external_unproven=to_integer(external_unproven),
            missing={kind: to_integer(count) for kind, count in zip(MissingKind, missing_counts, strict=True)},
            regenerable_missing=to_integer(regenerable_missing),
            unknown_files=to_integer(unknown_files),
            folder_missing=_by_folder(folder_missing),
            settled_missing=_by_folder(settled_missing),
        )
    persistent = zip(MissingKind, (persistent_originals, persistent_sidecars, persistent_profiles), strict=True)
    key = to_text(tree_id), to_text(dump)
    return key, CoverageRecord(
        dump=key[1],
        dump_time=to_time(dump_time),
        answered=frozenset(to_texts(answered)),
        trouble=to_optional_message(trouble),
        counts=counts,
        persistent={kind: to_integer(count) for kind, count in persistent if count is not None},
        gone=to_optional_integer(gone),
        persistent_gone=to_optional_integer(persistent_gone),
        immich_version=to_optional_text(immich_version),
        schema_level=to_optional_text(schema_level),
        media_location=to_optional_text(media_location),
    )


def _by_folder(value: Any) -> dict[str, int]:
    return {to_text(folder): to_integer(count) for folder, count in json.loads(value).items()}


def _missing_file(kind: Any, item: Any, path: Any, on_disk: Any) -> MissingFile:
    return MissingFile(kind=MissingKind(kind), item=to_text(item), path=bytes(path), on_disk=to_optional_flag(on_disk))
