"""Every fact comes back from SQLite as it went in, whatever its texts hold; what cannot have gone in is left out."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import RepositoryChange, SeenDump
from immich_backup_exporter.domain.repository import RepositorySize, Snapshot, TreeSize
from immich_backup_exporter.store import dumps, repositories, rows
from immich_backup_exporter.store.schema import migrate
from immich_backup_exporter.store.values import from_time, to_time
from support.store_facts import NOON, REPOSITORY, seen_dump, snapshot

ODD = ["", "\0", "a\0b", "line\nline", "'\"`;--", "🏔️ Größe", "\u2028", "\udcff", "caf\udce9.sql", "[]", "null", "1e3"]
texts = st.sampled_from(ODD) | st.text(max_size=20)
times = st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware by it
counts = st.integers(0, 2**63 - 1)
snapshots = st.builds(
    Snapshot,
    id=texts,
    time=times,
    tree=texts,
    hostname=texts,
    paths=st.lists(texts, max_size=3).map(tuple),
    tags=st.lists(texts, max_size=3).map(tuple),
    original=st.none() | texts,
    parent=st.none() | texts,
    program_version=st.none() | texts,
    size_bytes=st.none() | counts,
    files=st.none() | counts,
    added_bytes=st.none() | counts,
    duration_seconds=st.none() | st.floats(allow_nan=False),
)
verdicts = st.builds(
    DumpVerdict,
    outcome=st.sampled_from(DumpOutcome),
    sentence=st.builds(lambda table: Message("dump_verdicts.ragged_rows", table=table), texts),
    unpacked_bytes=counts,
    postgres_version=st.none() | texts,
)
files = st.builds(
    DumpFile,
    name=texts,
    path=texts,
    kind=st.sampled_from(DumpKind),
    group=texts,
    unfinished=st.booleans(),
    size_bytes=counts,
    modified=times,
    named_time=st.none() | times,
    immich_version=st.none() | texts,
    postgres_version=st.none() | texts,
    fingerprint=texts,
)
seen_dumps = st.builds(
    SeenDump,
    file=files,
    first_seen=times,
    finished=st.booleans(),
    gone=st.booleans(),
    verdict=st.none() | verdicts,
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = _database()
    yield opened
    opened.close()


def _database() -> sqlite3.Connection:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    migrate(opened)
    return opened


@settings(max_examples=150, deadline=None, database=None)
@given(fact=snapshots)
def test_any_snapshot_comes_back_equal(fact: Snapshot) -> None:
    opened = _database()
    rows.execute(opened, repositories.save(REPOSITORY, RepositoryChange(added=(fact,)), NOON))
    record = repositories.load(opened, REPOSITORY)
    opened.close()
    assert record.snapshots == (fact,)
    assert record.present == {fact.id}


@settings(max_examples=150, deadline=None, database=None)
@given(fact=seen_dumps)
def test_any_dump_comes_back_equal(fact: SeenDump) -> None:
    opened = _database()
    rows.execute(opened, dumps.save([fact]))
    found = dumps.load(opened)
    opened.close()
    assert found == (fact,)


@given(time=times)
@settings(deadline=None, database=None)
def test_any_time_comes_back_to_the_microsecond(time: datetime) -> None:
    assert to_time(from_time(time)) == time


def test_a_time_with_an_offset_comes_back_as_the_same_moment_in_utc() -> None:
    there = datetime(2026, 3, 1, 14, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert to_time(from_time(there)) == datetime(2026, 3, 1, 8, 45, 0, 1, tzinfo=UTC)
    assert to_time(from_time(there)).tzinfo is UTC


def test_a_time_without_a_zone_is_refused_when_it_is_saved() -> None:
    with pytest.raises(TypeError):
        from_time(datetime(2026, 3, 1))  # noqa: DTZ001 - the claim


def test_a_count_beyond_64_bits_is_kept_as_unknown(connection: sqlite3.Connection) -> None:
    fact = Snapshot(id="aa", time=NOON, tree="bb", hostname="h", paths=(), size_bytes=2**64 - 1, files=5)
    change = RepositoryChange(
        added=(fact,),
        tree_sizes={"aa": TreeSize(size_bytes=2**64, files=1)},
        size=RepositorySize(size_bytes=2**64, uncompressed_size_bytes=None),
    )
    rows.execute(connection, repositories.save(REPOSITORY, change, NOON))
    record = repositories.load(connection, REPOSITORY)
    assert record.snapshots[0].size_bytes is None
    assert record.snapshots[0].files == 5
    assert record.tree_sizes == {}
    assert record.size is None


@pytest.mark.parametrize(
    "spoilt",
    [
        "time = 9000000000000000000",
        "time = 'soon'",
        "paths = '[not json'",
        "tags = '7'",
        "paths = '[1]'",
        "size_bytes = 'many'",
        "hostname = x'ff'",
        "duration_seconds = 'long'",
    ],
)
def test_a_snapshot_with_an_impossible_value_is_left_out_and_its_neighbours_are_not(
    connection: sqlite3.Connection, spoilt: str
) -> None:
    rows.execute(connection, repositories.save(REPOSITORY, RepositoryChange(added=(snapshot(0), snapshot(1))), NOON))
    connection.execute(f"UPDATE snapshot SET {spoilt} WHERE id = ?", (snapshot(0).id,))
    record = repositories.load(connection, REPOSITORY)
    assert record.snapshots == (snapshot(1),)
    assert record.present == {snapshot(1).id}


def test_a_dump_of_a_kind_that_this_version_does_not_know_is_left_out(connection: sqlite3.Connection) -> None:
    rows.execute(connection, dumps.save([seen_dump(0), seen_dump(1)]))
    connection.execute("UPDATE dump SET kind = 'hologram' WHERE fingerprint = '64768-0-9876543'")
    assert dumps.load(connection) == (seen_dump(1),)


def test_an_outcome_that_this_version_does_not_know_costs_the_verdict_only(connection: sqlite3.Connection) -> None:
    verdict = DumpVerdict(outcome=DumpOutcome.VALID, sentence=Message("dump_verdicts.whole"), unpacked_bytes=5)
    rows.execute(connection, dumps.save([seen_dump(0, verdict=verdict)]))
    connection.execute("UPDATE dump SET outcome = 'probable'")
    assert dumps.load(connection) == (seen_dump(0),)


def test_equal_texts_of_many_snapshots_are_one_object(connection: sqlite3.Connection) -> None:
    change = RepositoryChange(added=(snapshot(0), snapshot(1)))
    rows.execute(connection, repositories.save(REPOSITORY, change, NOON))
    first, second = repositories.load(connection, REPOSITORY).snapshots
    assert first.paths is second.paths
    assert first.hostname is second.hostname
    assert second.parent is first.id
