"""Real dumps, made once for all tests here."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.dumps import HOSTILE_ROWS, IMMICH_LIKE_ROWS, IMMICH_LIKE_SCHEMA
from support.postgres import Postgres, running_postgres


@dataclass(frozen=True)
class RealDumps:
    """What pg_dump and pg_dumpall wrote."""

    database: bytes
    """A small one."""
    cluster: bytes
    """Of the same small database, and of those that every cluster has."""
    hostile: bytes
    """Of a database with hostile values in it, the hostile table's rows last."""
    hostile_cluster: bytes
    inserts: bytes
    """The small one with `--inserts`."""
    verbose: bytes
    """The small one with `--verbose`."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def real_dumps(postgres: Postgres) -> RealDumps:
    postgres.sql("postgres", "CREATE DATABASE immich;")
    postgres.sql("immich", IMMICH_LIKE_SCHEMA + IMMICH_LIKE_ROWS)
    small = {
        "database": postgres.dump("immich"),
        "cluster": postgres.dump_all("--database", "immich"),
        "inserts": postgres.dump("immich", "--inserts"),
        "verbose": postgres.dump("immich", "--verbose"),
    }
    postgres.sql("immich", HOSTILE_ROWS)
    return RealDumps(
        **small, hostile=postgres.dump("immich"), hostile_cluster=postgres.dump_all("--database", "immich")
    )
