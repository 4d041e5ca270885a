"""Database dumps of the demo's library: named, written and rotated as Immich 3.1 does, in the text of pg_dump 14.19.

Columns and their order are those of Immich 3.1; only the tables that tell about files are there. The definitions are
our own.
"""

import gzip
import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .library import BASE, OWNER_LABEL, Asset, Library

IMMICH_VERSION = "3.1.0"
POSTGRES_VERSION = "14.19"
KEPT = 14
"""How many dumps Immich keeps by default."""

DUMP_TAKES = timedelta(seconds=4)
_TABLES: dict[str, dict[str, str]] = {
    '"user"': {
        "id": "uuid",
        "email": "character varying",
        "password": "character varying",
        '"createdAt"': "timestamp with time zone",
        '"profileImagePath"': "character varying",
        '"isAdmin"': "boolean",
        '"storageLabel"': "character varying",
        "name": "character varying",
        "status": "character varying",
    },
    "asset": {
        "id": "uuid",
        '"ownerId"': "uuid",
        "type": "character varying",
        '"originalPath"': "character varying",
        '"fileCreatedAt"': "timestamp with time zone",
        '"fileModifiedAt"': "timestamp with time zone",
        '"isFavorite"': "boolean",
        "duration": "integer",
        "checksum": "bytea",
        '"livePhotoVideoId"': "uuid",
        '"updatedAt"': "timestamp with time zone",
        '"createdAt"': "timestamp with time zone",
        '"originalFileName"': "character varying",
        "thumbhash": "bytea",
        '"isOffline"': "boolean",
        '"libraryId"': "uuid",
        '"isExternal"': "boolean",
        '"deletedAt"': "timestamp with time zone",
        '"localDateTime"': "timestamp with time zone",
        '"stackId"': "uuid",
        '"duplicateId"': "uuid",
        "status": "character varying",
        '"updateId"': "uuid",
        "visibility": "character varying",
        "width": "integer",
        "height": "integer",
        '"isEdited"': "boolean",
        '"checksumAlgorithm"': "character varying",
    },
    "asset_file": {
        "id": "uuid",
        '"assetId"': "uuid",
        '"createdAt"': "timestamp with time zone",
        '"updatedAt"': "timestamp with time zone",
        "type": "character varying",
        "path": "character varying",
        '"updateId"': "uuid",
        '"isEdited"': "boolean",
        '"isProgressive"': "boolean",
        '"isTransparent"': "boolean",
    },
    "system_metadata": {"key": "character varying", "value": "jsonb"},
    "version_history": {"id": "uuid", '"createdAt"': "timestamp with time zone", "version": "character varying"},
}
Row = Sequence[str | None]


def dump_name(began: datetime) -> str:
    """Immich's name for a dump that began then; ``began`` is in the server's local time."""
    return f"immich-db-backup-{began:%Y%m%dT%H%M%S}-v{IMMICH_VERSION}-pg{POSTGRES_VERSION}.sql.gz"


def write_dump(folder: Path, began: datetime, library: Library, assets: Iterable[Asset]) -> Path:
    """Dump the library."""
    return keep_dump(folder, began, gzip.compress(dump_text(library, assets), mtime=0))


def keep_dump(folder: Path, began: datetime, content: bytes) -> Path:
    """Put a dump that began then into the folder, and keep as many as Immich does."""
    path = folder / dump_name(began)
    path.write_bytes(content)
    ended = (began + DUMP_TAKES).timestamp()
    os.utime(path, (ended, ended))
    for old in sorted(folder.glob("immich-db-backup-*.sql.gz"))[:-KEPT]:
        old.unlink()
    return path


def dump_text(library: Library, assets: Iterable[Asset]) -> bytes:
    """What pg_dump writes of a database that knows these assets."""
    rows = _rows(library, list(assets))
    token = hashlib.sha256(repr(rows).encode()).hexdigest()[:63]
    head = (
        "--\n-- PostgreSQL database dump\n--\n\n"
        f"\\restrict {token}\n\n"
        f"-- Dumped from database version {POSTGRES_VERSION} (Debian {POSTGRES_VERSION}-1.pgdg120+1)\n"
        f"-- Dumped by pg_dump version {POSTGRES_VERSION} (Debian {POSTGRES_VERSION}-1.pgdg120+1)\n\n"
        "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n"
    )
    tables = "".join(_definition(table, columns) for table, columns in _TABLES.items())
    data = "".join(_data(table, columns, rows[table]) for table, columns in _TABLES.items())
    tail = f"--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict {token}\n\n"
    return (head + tables + data + tail).encode()


def _definition(table: str, columns: dict[str, str]) -> str:
    lines = ",\n".join(f"    {name} {kind}" for name, kind in columns.items())
    return f"{_title(table, 'TABLE')}CREATE TABLE public.{table} (\n{lines}\n);\n\n\n"


def _data(table: str, columns: dict[str, str], rows: Iterable[Row]) -> str:
    lines = "".join("\t".join(map(_field, row)) + "\n" for row in rows)
    return f"{_title(table, 'TABLE DATA')}COPY public.{table} ({', '.join(columns)}) FROM stdin;\n{lines}\\.\n\n\n"


def _title(table: str, kind: str) -> str:
    name = table.strip('"')
    what = "Data for Name" if kind == "TABLE DATA" else "Name"
    return f"--\n-- {what}: {name}; Type: {kind}; Schema: public; Owner: postgres\n--\n\n"


def _field(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _rows(library: Library, assets: list[Asset]) -> dict[str, list[Row]]:
    since = _time(min(asset.taken for asset in assets))
    owner: Row = (
        library.owner_id,
        "admin@example.org",
        "",
        since,
        f"{BASE}/{library.profile_path}",
        "t",
        OWNER_LABEL,
        "Admin",
        "active",
    )
    return {
        '"user"': [owner],
        "asset": [_asset(library, asset) for asset in assets],
        "asset_file": [_file(asset, kind, path) for asset in assets for kind, path in asset.derived],
        "system_metadata": [("MediaLocation", f'{{"location": "{BASE}"}}')],
        "version_history": [(_id("version"), since, IMMICH_VERSION)],
    }


def _asset(library: Library, asset: Asset) -> Row:
    taken = _time(asset.taken)
    return (
        asset.id,
        library.owner_id,
        asset.type,
        f"{BASE}/{asset.path}",
        taken,
        taken,
        "f",
        "12000" if asset.type == "VIDEO" else None,
        f"\\x{asset.checksum.hex()}",
        None,
        taken,
        taken,
        asset.name,
        None,
        "f",
        None,
        "f",
        None,
        taken,
        None,
        None,
        "active",
        _id(f"{asset.id} update"),
        "timeline",
        str(asset.width),
        str(asset.height),
        "f",
        "sha1",
    )


def _file(asset: Asset, kind: str, path: str) -> Row:
    taken, name = _time(asset.taken), f"{asset.id} {kind}"
    return (_id(name), asset.id, taken, taken, kind, f"{BASE}/{path}", _id(f"{name} update"), "f", "f", "f")


def _id(name: str) -> str:
    digits = hashlib.sha256(name.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00")
