"""Reads what a backup has to hold out of the dump of Immich's database, of every era since it dumps itself (v1.120).

Names of tables and columns as the releases have them: ``assets`` became ``asset`` in v1.136 (and its neighbours with
it), ``sidecarPath`` became a row of ``asset_file`` in v2.4, other columns come and go with nearly every release. So
columns are found by the names in their table's header, and a table that lacks one that is needed is not known at all.

The dump of a cluster (pg_dumpall) holds several databases, and any of them can have a table called ``asset``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from immich_backup_exporter.analysis.coverage import Coverage
from immich_backup_exporter.domain.messages import Message

from .dump_tables import NULL, DumpTables, RaggedRowsError, Rows, Table, TooLongError, unescaped

MOST_ROWS = 50_000_000
"""Of assets. Beyond there is no verdict."""

_ASSETS = ("asset", "assets")
_NEEDED = frozenset(("id", "ownerId", "originalPath", "checksum", "isExternal", "status"))
_FILES = ("asset_file", "asset_files")
_USERS = ("user", "users")
_SIDECAR = b"\tsidecar\t"


@dataclass(slots=True)
class ImmichDatabase:
    """One database (and schema) that looks like Immich's, as far as it was read."""

    database: str
    schema: str
    coverage: Coverage
    assets_seen: bool = False
    """It has a table of assets in a known shape, be it empty."""
    users_seen: bool = False
    media_location: str | None = None
    """Where Immich's container has the upload location, by ``system_metadata`` (since v1.136)."""
    immich_version: str | None = None
    """Of the server that ran last, by ``version_history``."""
    schema_level: str | None = None
    """The newest migration, by ``kysely_migrations`` (since about v1.132)."""
    version_time: datetime | None = None


class ImmichDump:
    """Takes the text of a dump in pieces of any size and hands the rows of Immich's tables to a :class:`Coverage`.

    Never raises because of what the text holds: :attr:`trouble` says what keeps it from being understood. Without
    ``begin`` there is nothing to compare with, and the same rows are only looked at for :attr:`damage`.
    """

    def __init__(self, begin: Callable[[], Coverage] | None) -> None:
        self._begin = begin
        self._tables = DumpTables(self._is_wanted, check_all=True)
        self._databases: dict[tuple[bytes, str], ImmichDatabase] = {}
        self.trouble: Message | None = None
        """Why its rows cannot be counted."""
        self.damage: Message | None = None
        """Why PostgreSQL would refuse to restore it."""

    def feed(self, piece: bytes) -> None:
        if self.trouble is not None:
            return
        try:
            for rows in self._tables.feed(piece):
                self._take(rows)
        except TooLongError:
            self.trouble = Message("dump_verdicts.line_too_long")
        except RaggedRowsError as error:
            self.damage = Message("dump_verdicts.ragged_rows", table=error.table)
            self.trouble = self.damage

    def database(self) -> ImmichDatabase | None:
        """Immich's one. ``None``: there is none, or in an unknown shape, and :attr:`trouble` says so."""
        if self.trouble is not None:
            return None
        known = [found for found in self._databases.values() if found.assets_seen]
        if not known:
            self.trouble = Message("dump_verdicts.no_assets_table")
            return None
        return max(known, key=_likelihood)

    def _is_wanted(self, table: Table) -> bool:
        """Called for each table, also for one without rows."""
        if self._begin is None or not _is_known(table):
            return _is_known(table)
        key = table.database, table.schema
        if key not in self._databases:
            self._databases[key] = ImmichDatabase(_database_name(table.database), table.schema, self._begin())
        found = self._databases[key]
        found.assets_seen = found.assets_seen or table.name in _ASSETS
        found.users_seen = found.users_seen or table.name in _USERS
        return True

    def _take(self, rows: Rows) -> None:
        table = rows.table
        if self._begin is None:
            rows.columns()
            return
        found = self._databases[table.database, table.schema]
        if table.name in _ASSETS:
            self._assets(rows, found)
        elif table.name in _FILES:
            _files(rows, found.coverage)
        elif table.name in _USERS:
            ids, statuses, labels, images = rows.columns("id", "status", "storageLabel", "profileImagePath")
            found.coverage.users(ids or [], statuses, _plain(labels), _plain(images))
        elif table.name == "move_history":
            _moves(rows, found.coverage)
        elif table.name == "system_metadata":
            found.media_location = _media_location(rows) or found.media_location
        elif table.name == "version_history":
            _version(rows, found)
        elif table.name == "kysely_migrations":
            (names,) = rows.columns("name")
            found.schema_level = max((*map(_text, names or ()), found.schema_level or ""))

    def _assets(self, rows: Rows, found: ImmichDatabase) -> None:
        ids, owners, paths, external, statuses, created, offline, sidecars = rows.columns(
            "id", "ownerId", "originalPath", "isExternal", "status", "createdAt", "isOffline", "sidecarPath"
        )
        found.coverage.assets(
            ids=ids or [],  # never none of these: the table would not be known
            owners=owners or [],
            paths=_plain(paths) or [],
            external=external or [],
            statuses=statuses or [],
            created=created,
            offline=offline,
            sidecars=_plain(sidecars),
        )
        if found.coverage.rows > MOST_ROWS:
            self.trouble = Message("dump_verdicts.too_many_assets", limit=MOST_ROWS)


def _is_known(table: Table) -> bool:
    if table.name in _ASSETS:
        return _NEEDED.issubset(table.columns)
    if table.name in _FILES:
        return {"assetId", "type", "path"}.issubset(table.columns)
    if table.name in _USERS:
        return "id" in table.columns
    return table.name in ("move_history", "system_metadata", "version_history", "kysely_migrations")


def _files(rows: Rows, coverage: Coverage) -> None:
    if not _may_hold_sidecars(rows):
        rows.check()
        return  # previews and thumbnails only, by far the most
    ids, kinds, paths = rows.columns("assetId", "type", "path")
    chosen = [at for at, kind in enumerate(kinds or ()) if kind == b"sidecar"]
    plain = _plain(paths) or []
    coverage.sidecars([(ids or [])[at] for at in chosen], [plain[at] for at in chosen])


def _may_hold_sidecars(rows: Rows) -> bool:
    return _SIDECAR in rows.data or rows.data.startswith(b"sidecar\t")


def _moves(rows: Rows, coverage: Coverage) -> None:
    ids, kinds, paths = rows.columns("entityId", "pathType", "newPath")
    plain = _plain(paths)
    if ids is None or plain is None:
        return
    chosen = [at for at in range(len(ids)) if kinds is None or kinds[at] == b"original"]
    coverage.moved([ids[at] for at in chosen], [plain[at] for at in chosen])


def _media_location(rows: Rows) -> str | None:
    keys, values = rows.columns("key", "value")
    for key, value in zip(keys or (), values or (), strict=False):
        if key == b"MediaLocation":
            try:
                location = json.loads(unescaped(value))["location"]
            except (ValueError, KeyError, TypeError, RecursionError):
                return None
            return location if isinstance(location, str) else None
    return None


def _version(rows: Rows, found: ImmichDatabase) -> None:
    times, versions = rows.columns("createdAt", "version")
    for written, version in zip(times or (), versions or (), strict=False):
        try:
            time = datetime.fromisoformat(written.decode("ascii"))
            if found.version_time is None or time >= found.version_time:
                found.version_time, found.immich_version = time, _text(version).removeprefix("v")
        except (ValueError, TypeError):
            continue


def _likelihood(found: ImmichDatabase) -> tuple[bool, bool, int, bool, int]:
    """A copy that was left behind may have every table, and the usual name: the files are those of the one in use."""
    return (
        found.users_seen and found.immich_version is not None,
        found.users_seen,
        found.coverage.files_found,
        found.database == "immich",
        found.coverage.rows,
    )


def _plain(column: list[bytes] | None) -> list[bytes] | None:
    """The column with COPY's escapes taken out; a missing value stays what it is."""
    if column is None or b"\\" not in b"".join(column):
        return column
    return [unescaped(value) if b"\\" in value and value != NULL else value for value in column]


def _database_name(connect: bytes) -> str:
    return _text(connect).rpartition(" ")[2].strip('"')


def _text(value: bytes) -> str:
    return unescaped(value).decode("utf-8", "surrogateescape")
