"""How the files of a tree compare with the database in a dump, and the items that are missing."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from immich_backup_exporter.domain.contents import (
    CoverageCounts,
    CoverageKey,
    CoverageRecord,
    MissingFile,
    MissingKind,
    MissingRecord,
)

from .rows import Write, facts, replacement, select
from .values import (
    Value,
    from_optional_message,
    from_optional_text,
    from_text,
    from_texts,
    from_time,
    to_integer,
    to_optional_flag,
    to_optional_integer,
    to_optional_message,
    to_optional_text,
    to_text,
    to_texts,
    to_time,
)

ITEMS_KEPT = 60
"""Of how many trees, the newest, the missing items are kept."""

_GONE = "gone"
_OLD = "(SELECT tree, dump FROM coverage ORDER BY time DESC, tree, dump LIMIT -1 OFFSET ?)"
_COUNTED = (
    "assets",
    "external_proven",
    "external_unproven",
    "missing_originals",
    "missing_sidecars",
    "missing_profiles",
    "regenerable_missing",
    "unknown_files",
    "folder_missing",
    "settled_missing",
)
_PLURALS = {
    MissingKind.ORIGINAL: "originals",
    MissingKind.SIDECAR: "sidecars",
    MissingKind.PROFILE: "profiles",
}
"""How the columns of counts of a kind end."""


def load(connection: sqlite3.Connection) -> dict[CoverageKey, CoverageRecord]:
    """Everything but the missing items."""
    return dict(facts(select(connection, "SELECT * FROM coverage"), _record))


def save(tree_id: str, record: CoverageRecord, missing: MissingRecord, now: datetime) -> Write:
    """Replaces what was known of the tree's coverage by that dump, and drops the items of the oldest."""
    key: dict[str, Value] = {"tree": from_text(tree_id), "dump": from_text(record.dump)}
    values = {
        **key,
        "time": from_time(now),
        "dump_time": from_time(record.dump_time),
        "answered": from_texts(sorted(record.answered)),
        "trouble": from_optional_message(record.trouble),
        **_count_values(record.counts),
        **{f"persistent_{plural}": record.persistent.get(kind) for kind, plural in _PLURALS.items()},
        "gone": record.gone,
        "persistent_gone": record.persistent_gone,
        "immich_version": from_optional_text(record.immich_version),
        "schema_level": from_optional_text(record.schema_level),
        "media_location": from_optional_text(record.media_location),
    }
    digests = {kind.value: data for kind, data in missing.digests.items()}
    if missing.gone is not None:
        digests[_GONE] = missing.gone
    files: list[Mapping[str, Value]] = [
        {
            **key,
            "position": at,
            "kind": file.kind.value,
            "item": from_text(file.item),
            "path": file.path,
            "on_disk": file.on_disk,
        }
        for at, file in enumerate(missing.files)
    ]
    return (
        *replacement("coverage", [values]),
        *replacement("coverage_digest", [{**key, "kind": kind, "digests": data} for kind, data in digests.items()]),
        *replacement("missing_file", files),
        (f"DELETE FROM coverage_digest WHERE (tree, dump) IN {_OLD}", [(ITEMS_KEPT,)]),  # noqa: S608 - no value in it
        (f"DELETE FROM missing_file WHERE (tree, dump) IN {_OLD}", [(ITEMS_KEPT,)]),  # noqa: S608 - no value in it
    )


def missing(connection: sqlite3.Connection, tree_id: str, dump: str) -> MissingRecord:
    """The missing items of one tree, by that dump."""
    key = from_text(tree_id), from_text(dump)
    digests = select(connection, "SELECT kind, digests FROM coverage_digest WHERE tree = ? AND dump = ?", key)
    by_kind = dict(facts(digests, lambda row: (to_text(row["kind"]), bytes(row["digests"]))))
    gone = by_kind.pop(_GONE, None)
    files = select(
        connection,
        "SELECT kind, item, path, on_disk FROM missing_file WHERE tree = ? AND dump = ? ORDER BY position",
        key,
    )
    return MissingRecord(
        files=tuple(facts(files, _missing_file)),
        digests={kind: by_kind[kind.value] for kind in MissingKind if kind.value in by_kind},
        gone=gone,
    )


def _count_values(counts: CoverageCounts | None) -> dict[str, Value]:
    """Without counts there was no comparing, and ``trouble`` says why."""
    if counts is None:
        return dict.fromkeys(_COUNTED)
    return {
        "assets": counts.assets,
        "external_proven": counts.external_proven,
        "external_unproven": counts.external_unproven,
        **{f"missing_{plural}": counts.missing.get(kind, 0) for kind, plural in _PLURALS.items()},
        "regenerable_missing": counts.regenerable_missing,
        "unknown_files": counts.unknown_files,
        "folder_missing": json.dumps(dict(counts.folder_missing)),
        "settled_missing": json.dumps(dict(counts.settled_missing)),
    }


def _record(row: sqlite3.Row) -> tuple[CoverageKey, CoverageRecord]:
    persistent = {kind: row[f"persistent_{plural}"] for kind, plural in _PLURALS.items()}
    key = to_text(row["tree"]), to_text(row["dump"])
    return key, CoverageRecord(
        dump=key[1],
        dump_time=to_time(row["dump_time"]),
        answered=frozenset(to_texts(row["answered"])),
        trouble=to_optional_message(row["trouble"]),
        counts=None if row["assets"] is None else _counts(row),
        persistent={kind: to_integer(count) for kind, count in persistent.items() if count is not None},
        gone=to_optional_integer(row["gone"]),
        persistent_gone=to_optional_integer(row["persistent_gone"]),
        immich_version=to_optional_text(row["immich_version"]),
        schema_level=to_optional_text(row["schema_level"]),
        media_location=to_optional_text(row["media_location"]),
    )


def _counts(row: sqlite3.Row) -> CoverageCounts:
    return CoverageCounts(
        assets=to_integer(row["assets"]),
        external_proven=to_integer(row["external_proven"]),
        external_unproven=to_integer(row["external_unproven"]),
        missing={kind: to_integer(row[f"missing_{plural}"]) for kind, plural in _PLURALS.items()},
        regenerable_missing=to_integer(row["regenerable_missing"]),
        unknown_files=to_integer(row["unknown_files"]),
        folder_missing=_by_folder(row["folder_missing"]),
        settled_missing=_by_folder(row["settled_missing"]),
    )


def _by_folder(value: Any) -> dict[str, int]:
    return {to_text(folder): to_integer(count) for folder, count in json.loads(value).items()}


def _missing_file(row: sqlite3.Row) -> MissingFile:
    return MissingFile(
        kind=MissingKind(row["kind"]),
        item=to_text(row["item"]),
        path=bytes(row["path"]),
        on_disk=to_optional_flag(row["on_disk"]),
    )
