"""Small database dumps for tests, written the way pg_dump and pg_dumpall write them, and a database in Immich's shape.

`support.postgres` makes real ones; these here are for tests that need many, or need them wrong in some exact way.
"""

import gzip
import subprocess
from collections.abc import Iterable

TOKEN = "e7htKtanMKVUxtXBgEN9UMB6TgZiidejjWJLdmwLcsdA1bdPMxMDTPunNJn9J47"


def dump_text(rows: Iterable[str] = ("0", "1"), *, restricted: bool = True, cluster: bool = False) -> bytes:
    """A dump of one table with these rows. Not `restricted`: as clients before 14.19, 15.14, 16.10 and 17.6 do."""
    restrict, unrestrict = (f"\\restrict {TOKEN}\n\n", f"\\unrestrict {TOKEN}\n\n") if restricted else ("", "")
    data = "".join(f"{row}\n" for row in rows)
    database = (
        "--\n-- PostgreSQL database dump\n--\n\n"
        f"{restrict}"
        "-- Dumped from database version 14.19 (Debian 14.19-1.pgdg120+1)\n"
        "-- Dumped by pg_dump version 14.19 (Debian 14.19-1.pgdg120+1)\n\n"
        "SET client_encoding = 'UTF8';\n\n"
        "CREATE TABLE public.asset (\n    id text\n);\n\n\n"
        f"COPY public.asset (id) FROM stdin;\n{data}\\.\n\n\n"
        "ALTER TABLE ONLY public.asset\n    ADD CONSTRAINT asset_pkey PRIMARY KEY (id);\n\n\n"
        f"--\n-- PostgreSQL database dump complete\n--\n\n{unrestrict}"
    )
    if cluster:
        database = (
            "--\n-- PostgreSQL database cluster dump\n--\n\n"
            f"{restrict}CREATE ROLE postgres;\n\n{unrestrict}"
            f'--\n-- Database "immich" dump\n--\n\n{database}'
            "--\n-- PostgreSQL database cluster dump complete\n--\n\n"
        )
    return database.encode()


def gzipped(text: bytes) -> bytes:
    """The text in one gzip member, the same bytes every time."""
    return gzip.compress(text, mtime=0)


def gzipped_by_program(text: bytes) -> bytes:
    """What the real gzip makes of it, with the option that Immich gives it where this gzip knows it (GNU's does)."""
    for command in (["gzip", "-n", "--rsyncable"], ["gzip", "-n"]):
        done = subprocess.run(command, input=text, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
    raise AssertionError("gzip does not work here")


IMMICH_LIKE_SCHEMA = """
CREATE TABLE "user" (id uuid PRIMARY KEY, email text NOT NULL, "profileImagePath" text NOT NULL DEFAULT '');
CREATE TABLE asset (
    id uuid PRIMARY KEY, "ownerId" uuid REFERENCES "user", type text NOT NULL, "originalPath" text NOT NULL,
    "fileCreatedAt" timestamptz NOT NULL, checksum bytea NOT NULL, "originalFileName" text NOT NULL,
    "deletedAt" timestamptz, "isExternal" boolean NOT NULL DEFAULT false, status text NOT NULL DEFAULT 'active'
);
CREATE TABLE asset_file (id uuid, "assetId" uuid, type text, path text);
CREATE TABLE system_metadata (key text PRIMARY KEY, value jsonb NOT NULL);
CREATE TABLE version_history (id int PRIMARY KEY, "createdAt" timestamptz NOT NULL, version text NOT NULL);
CREATE TABLE note (text text);
CREATE FUNCTION made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER asset_made BEFORE INSERT ON asset FOR EACH ROW EXECUTE FUNCTION made();
"""
"""Names and columns as an Immich of 2026 has them; the definitions are our own."""

IMMICH_LIKE_ROWS = r"""
INSERT INTO "user" VALUES ('6f0b3c1e-0000-4000-8000-000000000001', 'ada@example.org', '');
INSERT INTO asset SELECT
    ('6f0b3c1e-0000-4000-8001-' || lpad(n::text, 12, '0'))::uuid, '6f0b3c1e-0000-4000-8000-000000000001', 'IMAGE',
    '/data/library/admin/2026/' || n || '.jpg', '2026-01-01 00:00:00+00', sha256(n::text::bytea), n || '.jpg',
    NULL, false, 'active'
    FROM generate_series(1, 5) AS n;
INSERT INTO system_metadata VALUES ('MediaLocation', '{"location": "/data"}');
INSERT INTO version_history VALUES (1, '2026-01-01 00:00:00+00', '3.1.0');
"""

HOSTILE_ROWS = r"""
INSERT INTO note VALUES
    (E'a tab\tand a line\nand a \\ backslash'), (E'\\.'), ('\.'), ('.'), (''), (NULL),
    ('COPY public.asset (id) FROM stdin;'), ('\restrict x'), ('\unrestrict x'),
    ('--'), ('-- PostgreSQL database dump complete'), ('--'), (''),
    ('--'), ('-- PostgreSQL database cluster dump complete'), ('--'), (''),
    (repeat('a row of a megabyte ', 50000)), (E'grüße 📷\u00a0');
"""
"""Values that read like the parts of a dump that matter, or that break readers."""
