"""What restic prints, as facts. Parsing only, no I/O.

Tolerant on purpose: restic's manual ("Scripting") says that fields, message types and values may be added at any time
and that zero-valued fields may be left out. Tried with restic 0.14.0, 0.18.0 and 0.19.1. No message of an error here
holds any of the text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from immich_backup_exporter.domain.repository import RepositorySize, Snapshot

_ID = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"restic (\d[0-9A-Za-z.+-]*)")
_LARGEST = 2**63 - 1
"""Of what SQLite and Go can hold; a larger number is not one that restic wrote."""


class MalformedOutput(ValueError):  # noqa: N818 - says what it is; an "Error" would say no more
    """restic's output is not what the command prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotList:
    """The snapshots that could be understood, and how many could not."""

    snapshots: tuple[Snapshot, ...]
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockContents:
    """What a lock says of itself."""

    time: datetime
    """When it was made; a living process makes a new one every five minutes."""
    exclusive: bool
    """Of `prune`, `check` and `migrate`, and of `forget` while it deletes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """``restic stats --json``; a number that this mode or version does not print is ``None``."""

    size_bytes: int
    uncompressed_size_bytes: int | None
    snapshots: int | None
    """How many snapshots were added up: restic ends with success where it found none."""


def snapshots(data: bytes) -> SnapshotList:
    """``restic snapshots --json``: an array, or ``null``. An object without id, time or tree is skipped and counted."""
    for value in _values(data):
        if value is None:
            return SnapshotList(snapshots=(), skipped=0)
        if isinstance(value, list):
            read = [_snapshot(entry) for entry in value]
            found = {snapshot.id: snapshot for snapshot in read if snapshot is not None}
            return SnapshotList(snapshots=tuple(found.values()), skipped=read.count(None))
    raise MalformedOutput("There is no list of snapshots in it.")


def repository_id(data: bytes) -> str:
    """``restic cat config``: the repository's id, 64 hexadecimal digits."""
    for value in _values(data):
        if isinstance(value, dict) and (found := _id(value.get("id"))):
            return found
    raise MalformedOutput("There is no repository id in it.")


def stats(data: bytes) -> Stats:
    """``restic stats --json``, in any mode. Takes the last object with a size: 0.19.0 prints its progress before it."""
    for value in _values(data):
        if isinstance(value, dict) and (size := _number(value.get("total_size"))) is not None:
            return Stats(
                size_bytes=size,
                uncompressed_size_bytes=_number(value.get("total_uncompressed_size")),
                snapshots=_number(value.get("snapshots_count")),
            )
    raise MalformedOutput("There is no size in it.")


def repository_size(data: bytes) -> RepositorySize:
    """``restic stats --mode raw-data --json``. The uncompressed size is there since restic 0.16."""
    found = stats(data)
    return RepositorySize(size_bytes=found.size_bytes, uncompressed_size_bytes=found.uncompressed_size_bytes)


def listed_names(data: bytes) -> frozenset[str]:
    """``restic list snapshots`` or ``locks``: one id on each line; anything else among them is an error."""
    lines = data.decode("utf-8", "replace").split()
    if not all(_ID.fullmatch(line) for line in lines):
        raise MalformedOutput("There is something in it that is not an id.")
    return frozenset(lines)


def lock(data: bytes) -> LockContents:
    """``restic cat lock ID``."""
    for value in _values(data):
        if isinstance(value, dict) and (time := _time(value.get("time"))) is not None:
            return LockContents(time=time, exclusive=value.get("exclusive") is True)
    raise MalformedOutput("There is no lock in it.")


def version(data: bytes) -> str | None:
    """``restic version``, as text (every version) or JSON (since 0.17): such as ``0.18.0``; ``None``: not restic's."""
    text = data[:4096].decode("utf-8", "replace").strip()
    if found := _VERSION.match(text):
        return found[1]
    for value in _values(data[:4096]):
        if isinstance(value, dict) and isinstance(said := value.get("version"), str):
            found = _VERSION.match(f"restic {said}")
            return found[1] if found else None
    return None


def failure_text(stderr: str) -> str:
    """What restic said about its failure: the message of its ``exit_error`` line (since 0.18), else everything.

    For :mod:`..restic.errors` to look at, never for a person: it holds paths and addresses.
    """
    for line in reversed(stderr.splitlines()):
        if "exit_error" in line:
            value = _load(line)
            if isinstance(value, dict) and isinstance(message := value.get("message"), str):
                return message
    return stderr


def _values(data: bytes) -> Iterator[Any]:
    """The whole as one JSON value, or else the JSON values among its lines, last one first."""
    text = data.decode("utf-8", "replace").strip()
    whole = _load(text)
    if whole is not _NOTHING:
        yield whole
        return
    for line in reversed(text.splitlines()):
        value = _load(line)
        if value is not _NOTHING:
            yield value


_NOTHING = object()


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _snapshot(entry: Any) -> Snapshot | None:
    if not isinstance(entry, dict):
        return None
    snapshot_id, tree, time = _id(entry.get("id")), _id(entry.get("tree")), _time(entry.get("time"))
    if snapshot_id is None or tree is None or time is None:
        return None
    summary = entry.get("summary")
    if not isinstance(summary, dict):
        summary = {}
    backup_start = _time(summary.get("backup_start"))
    return Snapshot(
        id=snapshot_id,
        time=time,
        tree=tree,
        hostname=_text(entry.get("hostname")) or "",
        paths=_texts(entry.get("paths")),
        tags=_texts(entry.get("tags")),
        original=_id(entry.get("original")),
        parent=_id(entry.get("parent")),
        program_version=_text(entry.get("program_version")),
        size_bytes=_number(summary.get("total_bytes_processed")),
        files=_number(summary.get("total_files_processed")),
        added_bytes=_number(summary.get("data_added_packed")),
        backup_start=backup_start,
        duration_seconds=_duration(backup_start, _time(summary.get("backup_end"))),
    )


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _number(value: Any) -> int | None:
    """A count or a size. ``True`` is an ``int`` to Python and none to us."""
    return value if type(value) is int and 0 <= value <= _LARGEST else None


def _text(value: Any) -> str | None:
    """Text that can be written as UTF-8: half a surrogate pair, which JSON can spell, becomes U+FFFD."""
    if not isinstance(value, str):
        return None
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(text for text in map(_text, value) if text is not None)


def _time(value: Any) -> datetime | None:
    """RFC 3339 with an offset, in UTC, to the microsecond. A time without an offset says nothing."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return None if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _duration(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds; ``None`` where the clock was set back meanwhile."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()
