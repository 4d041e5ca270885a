"""What is in trees, and the verdicts on the dumps in them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.domain.contents import FolderContents, TreeAnswer, TreeContents
from immich_backup_exporter.domain.immich import FOLDERS

from .dumps import file_values, to_file, to_verdict, verdict_values
from .rows import Write, facts, replacement, select
from .values import (
    Value,
    from_integer,
    from_optional_message,
    from_text,
    from_texts,
    from_time,
    to_integer,
    to_optional_flag,
    to_optional_message,
    to_text,
    to_texts,
)

_FILE = (
    "name", "path", "kind", "group", "size_bytes", "modified", "named_time", "immich_version", "postgres_version",
    "fingerprint",
)  # fmt: skip
_LOAD = f"""SELECT tree, known, sentence, answered, dumps, missing_paths, settled_folders, holds_immich,
    {", ".join(f'dump_{column} AS "{column}"' for column in _FILE)},
    outcome, verdict_sentence, unpacked_bytes, dumped_postgres_version FROM contents"""  # noqa: S608 - constants only


def load(connection: sqlite3.Connection) -> dict[str, TreeContents]:
    """Everything, by the tree's id."""
    folders: dict[str, dict[str, FolderContents]] = {}
    rows = select(connection, "SELECT tree, folder, files, size_bytes FROM contents_folder")
    for tree_id, folder, held in facts(rows, _folder):
        folders.setdefault(tree_id, {})[folder] = held
    whole = {}
    for tree_id, contents in facts(select(connection, _LOAD), _tree):
        inside = folders.get(tree_id, {})
        if not contents.answer.known or inside.keys() == set(FOLDERS):  # else a row was lost: it is looked into again
            whole[tree_id] = replace(contents, answer=replace(contents.answer, folders=inside))
    return whole


def save(tree_id: str, contents: TreeContents, now: datetime) -> Write:
    """Replaces what was known of the tree's contents."""
    answer, dump = contents.answer, contents.answer.dump
    file = dict.fromkeys(_FILE) if dump is None else file_values(dump)
    settled = None if contents.settled_folders is None else from_texts(sorted(contents.settled_folders))
    values: Mapping[str, Value] = {
        "tree": from_text(tree_id),
        "time": from_time(now),
        "known": answer.known,
        "sentence": from_optional_message(answer.sentence),
        "answered": from_texts(sorted(contents.answered)),
        "dumps": answer.dumps,
        "missing_paths": from_texts(answer.missing_paths),
        "settled_folders": settled,
        "holds_immich": answer.holds_immich,
        **{f"dump_{column}": value for column, value in file.items()},
        **verdict_values(contents.verdict),
    }
    folders: list[Mapping[str, Value]] = [
        {
            "tree": from_text(tree_id),
            "folder": folder,
            "files": one.files,
            "size_bytes": from_integer(one.size_bytes),
        }
        for folder, one in answer.folders.items()
    ]
    return (*replacement("contents", [values]), *replacement("contents_folder", folders))


def any_unused(connection: sqlite3.Connection) -> bool:
    """Whether anything is known of trees that no snapshot has any more."""
    query = """SELECT 1 FROM (SELECT tree FROM contents UNION SELECT tree FROM coverage)
        WHERE tree NOT IN (SELECT tree FROM snapshot) LIMIT 1"""
    return next(select(connection, query), None) is not None


def drop_unused() -> Write:
    """Drops what is known of trees that no snapshot has any more, known or forgotten."""
    return (
        ("DELETE FROM contents WHERE tree NOT IN (SELECT tree FROM snapshot)", [()]),
        ("DELETE FROM coverage WHERE tree NOT IN (SELECT tree FROM snapshot)", [()]),
    )


def _folder(row: sqlite3.Row) -> tuple[str, str, FolderContents]:
    contents = FolderContents(files=to_integer(row["files"]), size_bytes=to_integer(row["size_bytes"]))
    return to_text(row["tree"]), to_text(row["folder"]), contents


def _tree(row: sqlite3.Row) -> tuple[str, TreeContents]:
    settled = row["settled_folders"]
    answer = TreeAnswer(
        known=bool(to_integer(row["known"])),
        holds_immich=to_optional_flag(row["holds_immich"]) is not False,
        sentence=to_optional_message(row["sentence"]),
        dumps=to_integer(row["dumps"]),
        dump=None if row["name"] is None else to_file(row),
        missing_paths=to_texts(row["missing_paths"]),
    )
    return to_text(row["tree"]), TreeContents(
        answer=answer,
        answered=frozenset(to_texts(row["answered"])),
        settled_folders=None if settled is None else frozenset(to_texts(settled)),
        verdict=to_verdict(row),
    )
