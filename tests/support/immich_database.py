"""Databases in the shape of Immich's, of every era: names and columns are Immich's, the definitions are our own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OWNER = "0f0b3c1e-1111-4000-8000-000000000001"

_ASSET_1_132 = (
    'id uuid, "deviceAssetId" text, "ownerId" uuid, "deviceId" text, type text, "originalPath" text,'
    '"fileCreatedAt" timestamptz, "fileModifiedAt" timestamptz, "isFavorite" boolean, duration text,'
    '"encodedVideoPath" text, checksum bytea, "isVisible" boolean, "livePhotoVideoId" uuid, "updatedAt" timestamptz,'
    '"createdAt" timestamptz, "isArchived" boolean, "originalFileName" text, "sidecarPath" text, thumbhash bytea,'
    '"isOffline" boolean, "libraryId" uuid, "isExternal" boolean, "deletedAt" timestamptz,'
    '"localDateTime" timestamptz, "stackId" uuid, "duplicateId" uuid, status text, "updateId" uuid'
)
_ASSET_1_136 = (
    'id uuid, "deviceAssetId" text, "ownerId" uuid, "deviceId" text, type text, "originalPath" text,'
    '"fileCreatedAt" timestamptz, "fileModifiedAt" timestamptz, "isFavorite" boolean, duration text,'
    '"encodedVideoPath" text, checksum bytea, "livePhotoVideoId" uuid, "updatedAt" timestamptz,'
    '"createdAt" timestamptz, "originalFileName" text, "sidecarPath" text, thumbhash bytea, "isOffline" boolean,'
    '"libraryId" uuid, "isExternal" boolean, "deletedAt" timestamptz, "localDateTime" timestamptz, "stackId" uuid,'
    '"duplicateId" uuid, status text, "updateId" uuid, visibility text'
)
_ASSET_2_4 = _ASSET_1_136.replace(' "sidecarPath" text,', "")
_ASSET_2_7 = (
    _ASSET_2_4.replace('"encodedVideoPath" text, ', "")
    + ', width int, height int, "isEdited" boolean, "checksumAlgorithm" text'
)
_ASSET_3_0 = (
    'id uuid, "ownerId" uuid, type text, "originalPath" text, "fileCreatedAt" timestamptz,'
    '"fileModifiedAt" timestamptz, "isFavorite" boolean, duration int, checksum bytea, "livePhotoVideoId" uuid,'
    '"updatedAt" timestamptz, "createdAt" timestamptz, "originalFileName" text, thumbhash bytea, "isOffline" boolean,'
    '"libraryId" uuid, "isExternal" boolean, "deletedAt" timestamptz, "localDateTime" timestamptz, "stackId" uuid,'
    '"duplicateId" uuid, status text, "updateId" uuid, visibility text, width int, height int, "isEdited" boolean,'
    '"checksumAlgorithm" text'
)
_USER = (
    'id uuid, email text, password text, "createdAt" timestamptz, "profileImagePath" text, "isAdmin" boolean,'
    '"deletedAt" timestamptz, "storageLabel" text, name text, status text'
)
_FILE = 'id uuid, "assetId" uuid, "createdAt" timestamptz, "updatedAt" timestamptz, type text, path text'


@dataclass(frozen=True)
class Era:
    """One release's shape of the tables that matter."""

    version: str
    asset: str
    columns: str
    user: str = '"user"'
    file: str = "asset_file"
    base: str = "/data"
    media_location: bool = True

    @property
    def sidecar_column(self) -> bool:
        return '"sidecarPath"' in self.columns

    def schema(self) -> str:
        return f"""
CREATE TABLE {self.asset} ({self.columns});
CREATE TABLE {self.user} ({_USER});
CREATE TABLE {self.file} ({_FILE});
CREATE TABLE move_history (id uuid, "entityId" uuid, "pathType" text, "oldPath" text, "newPath" text);
CREATE TABLE system_metadata (key text, value jsonb);
CREATE TABLE version_history (id uuid, "createdAt" timestamptz, version text);
CREATE TABLE zz_note (text text);
CREATE FUNCTION copied() RETURNS text LANGUAGE sql AS $$
SELECT 'it''s
COPY public.asset (id, "ownerId", "originalPath", checksum, "isExternal", status) FROM stdin;
' $$;
INSERT INTO version_history VALUES (gen_random_uuid(), '2026-01-02', '{self.version}');
INSERT INTO version_history VALUES (gen_random_uuid(), '2025-01-02', '1.100.0');
""" + (
            f"""INSERT INTO system_metadata VALUES ('MediaLocation', '{{"location": "{self.base}"}}');"""
            if self.media_location
            else ""
        )


ERAS = {
    "1.120": Era("1.120.2", "assets", _ASSET_1_132, "users", "asset_files", "upload", False),
    "1.132": Era("1.132.3", "assets", _ASSET_1_132, "users", "asset_files", "upload", False),
    "1.136": Era("1.136.0", "asset", _ASSET_1_136, base="/usr/src/app/upload"),
    "2.4": Era("2.4.1", "asset", _ASSET_2_4),
    "2.7": Era("2.7.5", "asset", _ASSET_2_7),
    "3.1": Era("3.1.0", "asset", _ASSET_3_0, base="/photos"),
}


def quoted(text: str) -> str:
    """A literal of SQL, whatever it holds."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def user(era: Era, id_: str = OWNER, *, status: str = "active", label: str | None = "admin", image: str = "") -> str:
    """The statement that inserts a user."""
    storage = "NULL" if label is None else quoted(label)
    return (
        f'INSERT INTO {era.user} (id, email, "profileImagePath", "storageLabel", status) '
        f"VALUES ('{id_}', 'a@example.org', {quoted(image)}, {storage}, '{status}');\n"
    )


def asset(
    era: Era,
    id_: str,
    path: str,
    *,
    owner: str = OWNER,
    external: bool = False,
    offline: bool = False,
    status: str = "active",
    sidecar: str | None = None,
    created: str = "2025-07-19 20:45:51.758792+00",
) -> str:
    """The statements that insert an asset: ``path`` is the whole one, as the database has it."""
    names = ["id", '"ownerId"', '"originalPath"', "checksum", '"isExternal"', '"isOffline"', "status", '"createdAt"']
    values = [
        f"'{id_}'", f"'{owner}'", quoted(path), "sha256('x')", str(external), str(offline), f"'{status}'",
        f"'{created}'",
    ]  # fmt: skip
    if era.sidecar_column:
        names.append('"sidecarPath"')
        values.append("NULL" if sidecar is None else quoted(sidecar))
    statement = f"INSERT INTO {era.asset} ({', '.join(names)}) VALUES ({', '.join(values)});\n"
    if sidecar is not None and not era.sidecar_column:
        statement += (
            f'INSERT INTO {era.file} (id, "assetId", type, path) '
            f"VALUES (gen_random_uuid(), '{id_}', 'sidecar', {quoted(sidecar)});\n"
        )
    return statement


def cluster_text(databases: Mapping[str, bytes]) -> bytes:
    """What pg_dumpall writes of databases, each by what pg_dump writes of it."""
    dumps = (f"\\connect {name}\n\n".encode() + text for name, text in databases.items())
    return (
        b"--\n-- PostgreSQL database cluster dump\n--\n\n"
        + b"".join(dumps)
        + b"--\n-- PostgreSQL database cluster dump complete\n--\n\n"
    )


def asset_id(number: int) -> str:
    return f"6f0b3c1e-0000-4000-8001-{number:012}"


def dump_text(
    assets: Iterable[tuple[str, str]],
    *,
    sidecars: Iterable[tuple[str, str]] = (),
    external: Iterable[tuple[str, str]] = (),
    created: str = "2025-07-19 20:45:51.758792+00",
    table: str = "asset",
) -> bytes:
    """A dump as pg_dump 14.19 writes one of Immich 2.7.5: ids and whole paths of assets, of sidecars and of external
    assets. Paths hold nothing that COPY escapes."""
    rows = [
        f"{id_}\t{OWNER}\t{path}\t\\\\x00\t{flag}\tf\tactive\t{created}\n"
        for flag, some in (("f", assets), ("t", external))
        for id_, path in some
    ]
    files = [f"{asset_id(900)}\t{id_}\tsidecar\t{path}\n" for id_, path in sidecars]
    return (
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 14.19\n"
        "-- Dumped by pg_dump version 14.19\n\n"
        f'COPY public.{table} (id, "ownerId", "originalPath", checksum, "isExternal", "isOffline", status, '
        f'"createdAt") FROM stdin;\n{"".join(rows)}\\.\n\n\n'
        f'COPY public.asset_file (id, "assetId", type, path) FROM stdin;\n{"".join(files)}\\.\n\n\n'
        f'COPY public."user" (id, "profileImagePath", "storageLabel", status) FROM stdin;\n'
        f"{OWNER}\t\tadmin\tactive\n\\.\n\n\n"
        'COPY public.version_history (id, "createdAt", version) FROM stdin;\n'
        f"{asset_id(1)}\t2026-01-01 00:00:00+00\t2.7.5\n\\.\n\n\n"
        "--\n-- PostgreSQL database dump complete\n--\n\n"
    ).encode()
