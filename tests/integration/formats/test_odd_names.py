"""Dumps that PostgreSQL wrote of a database whose names and texts read like parts of a dump."""

import pytest

from immich_backup_exporter.formats.pg_dump import DumpValidator
from support.words import english

ODD = r"""
CREATE SCHEMA "odd (schema";
CREATE TABLE "a (b" ("c) (" int, "d""e" text); INSERT INTO "a (b" VALUES (1, 'x');
CREATE TABLE "line
feed" ("col
umn" int); INSERT INTO "line
feed" VALUES (1);
CREATE TABLE "COPY x (y) FROM stdin;
1
\." (a int); INSERT INTO "COPY x (y) FROM stdin;
1
\." VALUES (3);
CREATE TABLE "
COPY x (y) FROM stdin;
z" (a int, "
COPY x (y) FROM stdin;
q" int);
CREATE TABLE "semi;
WARNING:  x" (a int);
CREATE TABLE "it's" ("$$" int, "--" int, "," int, "." int); INSERT INTO "it's" VALUES (1, 2, 3, 4);
CREATE TABLE "odd (schema"."t.""u" (a int); INSERT INTO "odd (schema"."t.""u" VALUES (3);
CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE generated (a int GENERATED ALWAYS AS (1) STORED); INSERT INTO generated DEFAULT VALUES;
CREATE TABLE part (a int) PARTITION BY RANGE (a);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (1) TO (9); INSERT INTO part VALUES (3);
CREATE UNLOGGED TABLE unlogged (a int); INSERT INTO unlogged VALUES (1);
CREATE TABLE base (a int); CREATE TABLE child (b int) INHERITS (base); INSERT INTO child VALUES (1, 2);
CREATE TYPE composite AS (a int, b text); CREATE TABLE typed OF composite; INSERT INTO typed VALUES (1, 'x');
CREATE FUNCTION atomic() RETURNS int LANGUAGE sql
    BEGIN ATOMIC SELECT 1; SELECT 2; SELECT CASE WHEN true THEN 3 END; END;
CREATE RULE r AS ON DELETE TO base DO INSTEAD (INSERT INTO child VALUES (1, 2); SELECT 2);
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT '
WARNING: x
COPY a (b) FROM stdin;
'::text || $$ x $$ $_$;
COMMENT ON TABLE base IS 'it''s
WARNING:  nothing;
pg_dump: x
COPY x (y) FROM stdin;
';
CREATE VIEW v AS SELECT 'a
b: c'::text AS "x: y", a FROM base;
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS x;
CREATE TABLE utf (a text); INSERT INTO utf VALUES ('grüße 📷'); COMMENT ON TABLE utf IS 'grüße';
CREATE SEQUENCE numbers; SELECT nextval('numbers');
SELECT lo_from_bytea(0, 'hello');
CREATE POLICY p ON base USING (a > 1);
"""


@pytest.fixture(scope="module")
def odd(postgres):
    postgres.sql("postgres", "CREATE DATABASE odd;")
    postgres.sql("postgres", "CREATE DATABASE \"a 'name'\";")
    postgres.sql("odd", ODD)
    yield postgres
    postgres.sql("postgres", "DROP DATABASE odd;")
    postgres.sql("postgres", "DROP DATABASE \"a 'name'\";")


WHOLE = "It is whole and holds no table of Immich's: another database was dumped, or an empty one."
"""What is said of a whole dump of the database here, which is not Immich's."""


def sentence(text: bytes, size: int) -> str:
    validator = DumpValidator(immichs_own=True)
    for start in range(0, len(text), size):
        validator.feed(text[start : start + size])
    return english(validator.finish().sentence)


@pytest.mark.parametrize(
    "option",
    ["--clean", "--inserts", "--create", "--verbose", "--no-comments", "--quote-all-identifiers",
     "--load-via-partition-root", "--disable-triggers"],
)  # fmt: skip
@pytest.mark.parametrize("size", [7, 1_000_000])
def test_odd_names_are_no_damage(odd, option, size):
    assert sentence(odd.dump("odd", option), size) == WHOLE


def test_odd_names_are_no_damage_in_a_cluster(odd):
    assert sentence(odd.dump_all("--database", "postgres"), 1_000_000) == WHOLE
