"""Reads what a backup has to hold out of the dump of Immich's database, of every era since it dumps itself (v1.120).

Names of tables and columns as the releases have them: ``assets`` became ``asset`` in v1.136 (and its neighbours with
it), ``sidecarPath`` became a row of ``asset_file`` in v2.4, other columns come and go with nearly every release. So
columns are found by the names in their table's header, and a table that lacks one that is needed is not known at all.

The dump of a cluster (pg_dumpall) holds several databases, and any of them can have a table called ``asset``.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from immich_backup_exporter.analysis.coverage import Coverage
from immich_backup_exporter.domain.immich import DumpContents, DumpedDatabase, Holds
from immich_backup_exporter.domain.messages import Message

from .dump_tables import NULL, Rows, Table, unescaped

MOST_ROWS = 50_000_000
"""Of assets. Beyond there is no verdict."""

_ASSETS = ("asset", "assets")
_NEEDED = frozenset(("id", "ownerId", "originalPath", "checksum", "isExternal", "status"))
_FILES = ("asset_file", "asset_files")
_USERS = ("user", "users")
_SESSIONS = ("session", "sessions")
_ONLY_IMMICH = re.compile(
    "assets?|(asset_)?exif|asset_(files?|faces?|job_status)|(face|smart)_search|geodata_places|kysely_migrations"
    "|move_history|naturalearth_countries|system_metadata|version_history|stack|librar(y|ies)|memor(y|ies)"
    "|shared_links?"
)
"""Tables of Immich's in any era; some other programs have one of these names too. A dump with none is not Immich's."""
_DATABASE_IN_STRING = re.compile(rb"dbname='((?:[^'\\]|\\.)*)'")
_NEVER = datetime.min.replace(tzinfo=UTC)
_SIDECAR = b"\tsidecar\t"


@dataclass(slots=True)
class ImmichDatabase:
    """One database (and schema) that looks like Immich's, as far as it was read."""

    database: str
    schema: str
    coverage: Coverage | None
    """``None`` where there is nothing to compare with."""
    assets_seen: bool = False
    """It has a table of assets in a known shape, be it empty."""
    assets: int = 0
    """Rows of that table."""
    users_seen: bool = False
    users: int = 0
    newest: datetime | None = None
    """When one of its assets, users or sessions last changed, or another version of Immich first ran."""
    media_location: str | None = None
    """Where Immich's container has the upload location, by ``system_metadata`` (since v1.136)."""
    immich_version: str | None = None
    """Of the server that ran last, by ``version_history``."""
    schema_level: str | None = None
    """The newest migration, by ``kysely_migrations`` (since about v1.132)."""
    version_time: datetime | None = None

    def facts(self) -> DumpedDatabase:
        """What a verdict says of it."""
        return DumpedDatabase(
            name=self.database,
            assets=self.assets,
            users=self.users,
            newest=self.newest,
            immich_version=self.immich_version,
        )


class ImmichDump:
    """Is told of the tables of a dump, gets the rows of Immich's and hands them to a :class:`Coverage`.

    Never raises because of what the rows hold: :attr:`trouble` says what keeps them from being understood. Without
    ``begin`` there is nothing to compare with, and they are only counted.
    """

    def __init__(self, begin: Callable[[], Coverage] | None = None) -> None:
        self._begin = begin
        self._databases: dict[tuple[bytes, str], ImmichDatabase] = {}
        self._named: set[bytes] = set()
        """Databases with a table of a name that only Immich gives."""
        self._asset_tables: set[bytes] = set()
        """Databases in which a table of assets is made."""
        self._unread: set[bytes] = set()
        """Databases with rows that are not read: of another shape, or written as commands."""
        self.trouble: Message | None = None
        """Why its rows cannot be counted."""

    def wants(self, table: Table) -> bool:
        """Whether to hand over the rows of a table. Asked of each that has a header for rows, be it without any."""
        self.made(table.database, table.name)
        if not _is_known(table):
            if table.name in _ASSETS:
                self._unread.add(table.database)
            return False
        if table.name in _SESSIONS:
            return (table.database, table.schema) in self._databases
        key = table.database, table.schema
        if key not in self._databases:
            coverage = self._begin() if self._begin is not None else None
            self._databases[key] = ImmichDatabase(_database_name(table.database), table.schema, coverage)
        found = self._databases[key]
        found.assets_seen = found.assets_seen or table.name in _ASSETS
        found.users_seen = found.users_seen or table.name in _USERS
        return True

    def made(self, database: bytes, name: str) -> None:
        """A table is made."""
        if _ONLY_IMMICH.fullmatch(name):
            self._named.add(database)
        if name in _ASSETS:
            self._asset_tables.add(database)

    def inserted(self, database: bytes) -> None:
        """Rows are written as commands: they are not read."""
        self._unread.add(database)

    def database(self) -> ImmichDatabase | None:
        """Immich's one. ``None``: there is none, or in an unknown shape, and :attr:`trouble` says so."""
        if self.trouble is not None:
            return None
        known = self._known()
        if not known:
            self.trouble = Message("dump_verdicts.no_assets_table")
            return None
        return known[0]

    def contents(self, *, whole: bool) -> DumpContents:
        """What the dump is of. ``whole``: every table that it makes was noticed."""
        known = [found.facts() for found in self._known()]
        if known:
            return DumpContents(holds=Holds.IMMICH, database=known[0], others=tuple(known[1:]))
        if self.trouble is None and whole and not self._named:
            return DumpContents(holds=Holds.FOREIGN)
        if whole and (made := self._asset_tables - self._unread):
            name = _database_name(min(made))  # its tables only, without any rows
            return DumpContents(holds=Holds.IMMICH, database=DumpedDatabase(name=name, assets=0, users=0))
        return DumpContents(holds=Holds.UNKNOWN)

    def _known(self) -> list[ImmichDatabase]:
        """Those with assets in a known shape, the one in use first."""
        known = [found for found in self._databases.values() if found.assets_seen]
        return sorted(known, key=_likelihood, reverse=True)

    def take(self, rows: Rows) -> None:
        """Some rows of a table that :meth:`wants` wanted."""
        if self.trouble is not None:
            return
        table = rows.table
        found = self._databases[table.database, table.schema]
        if table.name in _ASSETS:
            self._assets(rows, found)
        elif table.name in _FILES:
            if found.coverage is not None and _may_hold_sidecars(rows):
                _files(rows, found.coverage)
        elif table.name in _USERS:
            found.users += rows.count
            _note_newest(found, *rows.columns("createdAt", "updatedAt"))
            ids, statuses, labels, images = rows.columns("id", "status", "storageLabel", "profileImagePath")
            if found.coverage is not None:
                found.coverage.users(ids or [], statuses, _plain(labels), _plain(images))
        elif table.name in _SESSIONS:
            _note_newest(found, *rows.columns("createdAt", "updatedAt"))
        elif table.name == "move_history":
            if found.coverage is not None:
                _moves(rows, found.coverage)
        elif table.name == "system_metadata":
            found.media_location = _media_location(rows) or found.media_location
        elif table.name == "version_history":
            _version(rows, found)
        elif table.name == "kysely_migrations":
            (names,) = rows.columns("name")
            found.schema_level = max((*map(_text, names or ()), found.schema_level or ""))

    def _assets(self, rows: Rows, found: ImmichDatabase) -> None:
        found.assets += rows.count
        if found.assets > MOST_ROWS:
            self.trouble = Message("dump_verdicts.too_many_assets", limit=MOST_ROWS)
            return
        ids, owners, paths, external, statuses, created, offline, sidecars, updated = rows.columns(
            "id",
            "ownerId",
            "originalPath",
            "isExternal",
            "status",
            "createdAt",
            "isOffline",
            "sidecarPath",
            "updatedAt",
        )
        _note_newest(found, created, updated)
        if found.coverage is None:
            return
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


def _is_known(table: Table) -> bool:
    if table.name in _ASSETS:
        return _NEEDED.issubset(table.columns)
    if table.name in _FILES:
        return {"assetId", "type", "path"}.issubset(table.columns)
    if table.name in _USERS:
        return "id" in table.columns
    return table.name in _SESSIONS or table.name in (
        "move_history",
        "system_metadata",
        "version_history",
        "kysely_migrations",
    )


def _files(rows: Rows, coverage: Coverage) -> None:
    ids, kinds, paths = rows.columns("assetId", "type", "path")
    chosen = [at for at, kind in enumerate(kinds or ()) if kind == b"sidecar"]
    plain = _plain(paths) or []
    coverage.sidecars([(ids or [])[at] for at in chosen], [plain[at] for at in chosen])


def _may_hold_sidecars(rows: Rows) -> bool:
    """Most rows are of previews and thumbnails."""
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
        time = _moment(written)
        if time is not None and (found.version_time is None or time >= found.version_time):
            found.version_time, found.immich_version = time, _text(version).removeprefix("v")
    _note_newest(found, times)


def _note_newest(found: ImmichDatabase, *columns: list[bytes] | None) -> None:
    """The last of these times as they are written is the last: all of one dump are in one zone."""
    for column in columns:
        time = _moment(max((one for one in column or () if one != NULL), default=NULL))
        if time is not None and (found.newest is None or time > found.newest):
            found.newest = time


def _moment(written: bytes) -> datetime | None:
    try:
        time = datetime.fromisoformat(written.decode("ascii"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _likelihood(found: ImmichDatabase) -> tuple[bool, bool, datetime, tuple[int, ...], bool, bool, int]:
    """The one in use is the one that changed last. A copy that was left behind may have every table and the usual name,
    and finds as many files; where both are as new, the one tells that finds none.
    """
    return (
        found.users_seen and found.immich_version is not None,
        found.users_seen,
        found.newest or _NEVER,
        tuple(int(part) for part in re.findall(r"\d+", found.immich_version or "")[:3]),
        found.coverage is not None and found.coverage.files_found > 0,
        found.database == "immich",
        found.assets,
    )


def _plain(column: list[bytes] | None) -> list[bytes] | None:
    """The column with COPY's escapes taken out; a missing value stays what it is."""
    if column is None or b"\\" not in b"".join(column):
        return column
    return [unescaped(value) if b"\\" in value and value != NULL else value for value in column]


def _database_name(connect: bytes) -> str:
    """The name in what follows ``\\connect``: bare, between double quotes, or in a connection string."""
    if found := _DATABASE_IN_STRING.search(connect):
        return str(re.sub(rb"\\\\(.)", rb"\\1", found[1]), "utf-8", "surrogateescape")
    name = connect.strip()
    if name.startswith(b'"'):
        return str(name[1:-1].replace(b'""', b'"'), "utf-8", "surrogateescape")
    return str(name.rpartition(b" ")[2], "utf-8", "surrogateescape")


def _text(value: bytes) -> str:
    return unescaped(value).decode("utf-8", "surrogateescape")
