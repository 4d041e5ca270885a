"""What every store promises: the one on disk, the same while nothing can be written, and the tests' own in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from immich_backup_exporter.domain.contents import (
    CoverageCounts,
    CoverageRecord,
    FolderContents,
    MissingFile,
    MissingKind,
    MissingRecord,
    TreeAnswer,
    TreeContents,
)
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Bytes, Message
from immich_backup_exporter.domain.records import (
    Acceptance,
    CheckRecord,
    CountRecord,
    Gone,
    RepositoryChange,
    RepositoryRecord,
    Run,
    RunsChange,
    RunsRecord,
    Unreadable,
)
from immich_backup_exporter.domain.repository import RepositorySize, TreeSize
from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, Outcome, RunEvent, RunReport
from immich_backup_exporter.poller.ports import Store
from immich_backup_exporter.store import copy_store, empty_store, open_store
from support.memory_store import MemoryStore
from support.store_facts import NOON, REPOSITORY, StandingClock, folder_in_memory, seen_dump, snapshot

if TYPE_CHECKING:
    from immich_backup_exporter.store import SqliteStore

    def _both_are_stores(on_disk: SqliteStore, in_memory: MemoryStore) -> tuple[Store, Store]:
        return on_disk, in_memory


@pytest.fixture(params=["memory", "sqlite", "sqlite that cannot write", "a copy", "an empty store"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore(created=NOON)
        return
    if request.param == "an empty store":
        yield empty_store(StandingClock())
        return
    with folder_in_memory() as folder:
        opened = open_store(str(folder), StandingClock())
        if request.param == "a copy":
            yield copy_store(str(folder), StandingClock())
            opened.close()
            return
        if request.param == "sqlite that cannot write":
            assert opened._connection is not None
            opened._connection.execute("PRAGMA query_only = ON")
        yield opened
        opened.close()


def test_created_is_when_the_state_was_begun(store: Store) -> None:
    assert store.created == NOON


def test_an_expectation_keeps_the_time_of_its_first_sight(store: Store) -> None:
    assert store.expected_since("plan nas/immich", NOON) == NOON
    assert store.expected_since("plan nas/immich", NOON + timedelta(days=3)) == NOON


def test_expectations_are_kept_by_subject(store: Store) -> None:
    store.expected_since("plan nas/immich", NOON)
    assert store.expected_since("plan b2/immich", NOON + timedelta(days=3)) == NOON + timedelta(days=3)


def test_an_expectation_from_a_clock_that_was_ahead_becomes_now(store: Store) -> None:
    store.expected_since("dump", NOON + timedelta(days=4000))
    assert store.expected_since("dump", NOON) == NOON
    assert store.expected_since("dump", NOON + timedelta(days=1)) == NOON


def test_a_dropped_expectation_begins_anew_and_the_kept_one_does_not(store: Store) -> None:
    store.expected_since("plan nas/immich", NOON)
    store.expected_since("dump", NOON)
    store.drop_expectations(["dump"])
    assert store.expected_since("plan nas/immich", NOON + timedelta(days=1)) == NOON + timedelta(days=1)
    assert store.expected_since("dump", NOON + timedelta(days=1)) == NOON


def test_a_repository_is_known_by_name_and_location_together(store: Store) -> None:
    store.bind_repository("nas", "location 1", REPOSITORY)
    assert store.bound_repository("nas", "location 1") == REPOSITORY
    assert store.bound_repository("nas", "location 2") is None
    assert store.bound_repository("b2", "location 1") is None


def test_a_name_is_bound_to_the_repository_that_was_last_seen_there(store: Store) -> None:
    store.bind_repository("nas", "location 1", REPOSITORY)
    store.bind_repository("nas", "location 1", "77" * 32)
    assert store.bound_repository("nas", "location 1") == "77" * 32


def test_two_names_can_be_bound_to_one_repository(store: Store) -> None:
    store.bind_repository("nas", "location 1", REPOSITORY)
    store.bind_repository("copy", "location 2", REPOSITORY)
    assert store.bound_repository("nas", "location 1") == REPOSITORY
    assert store.bound_repository("copy", "location 2") == REPOSITORY


def test_nothing_is_known_of_a_repository_never_seen(store: Store) -> None:
    assert store.load_repository(REPOSITORY) == RepositoryRecord()


def test_added_snapshots_are_present_and_come_back_oldest_first(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(2), snapshot(0))))
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(1),)))
    record = store.load_repository(REPOSITORY)
    assert record.snapshots == (snapshot(0), snapshot(1), snapshot(2))
    assert record.present == {snapshot(0).id, snapshot(1).id, snapshot(2).id}


def test_a_gone_snapshot_is_still_known_but_not_present(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0), snapshot(1))))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(0).id})))
    record = store.load_repository(REPOSITORY)
    assert record.snapshots == (snapshot(0), snapshot(1))
    assert record.present == {snapshot(1).id}


def test_a_snapshot_that_is_back_is_present_again(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(0).id})))
    store.save_repository(REPOSITORY, RepositoryChange(back=frozenset({snapshot(0).id})))
    assert store.load_repository(REPOSITORY).present == {snapshot(0).id}


def test_an_id_that_was_never_known_is_not_present_when_it_is_back(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(back=frozenset({snapshot(0).id})))
    assert store.load_repository(REPOSITORY).present == frozenset()


def test_equal_snapshot_ids_in_two_repositories_are_two_facts(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    store.save_repository("77" * 32, RepositoryChange(added=(snapshot(0),)))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(0).id})))
    assert store.load_repository(REPOSITORY).present == frozenset()
    assert store.load_repository("77" * 32).present == {snapshot(0).id}


def test_the_unreadable_are_replaced_as_a_whole(store: Store) -> None:
    first = {"aa" * 32: Unreadable(attempts=1, retry_at=NOON), "bb" * 32: Unreadable(attempts=1, retry_at=NOON)}
    second = {"bb" * 32: Unreadable(attempts=2, retry_at=NOON + timedelta(hours=1))}
    store.save_repository(REPOSITORY, RepositoryChange(unreadable=first))
    store.save_repository(REPOSITORY, RepositoryChange(unreadable=second))
    assert store.load_repository(REPOSITORY).unreadable == second


def test_the_unreadable_stay_where_a_change_does_not_speak_of_them(store: Store) -> None:
    unreadable = {"aa" * 32: Unreadable(attempts=1, retry_at=NOON)}
    store.save_repository(REPOSITORY, RepositoryChange(unreadable=unreadable))
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    assert store.load_repository(REPOSITORY).unreadable == unreadable


def test_no_more_unreadable_is_a_change(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(unreadable={"aa" * 32: Unreadable(attempts=1, retry_at=NOON)}))
    store.save_repository(REPOSITORY, RepositoryChange(unreadable={}))
    assert store.load_repository(REPOSITORY).unreadable == {}


def test_tree_sizes_add_up_and_the_last_one_counts(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(tree_sizes={"aa": TreeSize(size_bytes=1, files=None)}))
    store.save_repository(
        REPOSITORY,
        RepositoryChange(tree_sizes={"aa": TreeSize(size_bytes=2, files=3), "bb": TreeSize(size_bytes=4, files=None)}),
    )
    assert store.load_repository(REPOSITORY).tree_sizes == {
        "aa": TreeSize(size_bytes=2, files=3),
        "bb": TreeSize(size_bytes=4, files=None),
    }


def test_counts_come_back_oldest_first_and_once_per_newest_snapshot(store: Store) -> None:
    later = CountRecord(plan="immich", newest_id="bb", time=NOON + timedelta(days=1), count=8)
    earlier = CountRecord(plan="immich", newest_id="aa", time=NOON, count=7)
    corrected = CountRecord(plan="immich", newest_id="bb", time=NOON + timedelta(days=1), count=9)
    other = CountRecord(plan="other", newest_id="bb", time=NOON + timedelta(days=2), count=1)
    store.save_repository(REPOSITORY, RepositoryChange(counts=(later, earlier)))
    store.save_repository(REPOSITORY, RepositoryChange(counts=(corrected, other)))
    assert store.load_repository(REPOSITORY).counts == (earlier, corrected, other)


def test_times_and_size_of_a_repository_stay_until_newer_ones_come(store: Store) -> None:
    size = RepositorySize(size_bytes=10, uncompressed_size_bytes=20)
    store.save_repository(
        REPOSITORY,
        RepositoryChange(last_poll_success=NOON, last_open_success=NOON, size=size, size_time=NOON),
    )
    store.save_repository(REPOSITORY, RepositoryChange(last_poll_success=NOON + timedelta(minutes=5)))
    record = store.load_repository(REPOSITORY)
    assert record.last_poll_success == NOON + timedelta(minutes=5)
    assert record.last_open_success == NOON
    assert record.size == size
    assert record.size_time == NOON


def test_an_uncompressed_size_can_become_unknown_again(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(size=RepositorySize(size_bytes=10, uncompressed_size_bytes=20)))
    store.save_repository(
        REPOSITORY, RepositoryChange(size=RepositorySize(size_bytes=11, uncompressed_size_bytes=None))
    )
    assert store.load_repository(REPOSITORY).size == RepositorySize(size_bytes=11, uncompressed_size_bytes=None)


def test_dumps_come_back_oldest_first_with_their_verdicts(store: Store) -> None:
    verdict = DumpVerdict(
        outcome=DumpOutcome.INVALID,
        sentence=Message("dump_verdicts.cut_in_rows", size=Bytes(123)),
        unpacked_bytes=123,
        postgres_version="14.19",
    )
    store.save_dumps([seen_dump(1, verdict=verdict), seen_dump(0, gone=True)])
    assert list(store.load_dumps()) == [seen_dump(0, gone=True), seen_dump(1, verdict=verdict)]


def test_a_dump_is_replaced_by_its_fingerprint(store: Store) -> None:
    valid = DumpVerdict(outcome=DumpOutcome.VALID, sentence=Message("dump_verdicts.whole"), unpacked_bytes=5)
    store.save_dumps([seen_dump(0)])
    store.save_dumps([seen_dump(0, verdict=valid)])
    assert list(store.load_dumps()) == [seen_dump(0, verdict=valid)]


def test_a_transient_verdict_is_not_remembered(store: Store) -> None:
    busy = DumpVerdict(
        outcome=DumpOutcome.UNDECIDED,
        sentence=Message("dump_verdicts.not_read", reason="input/output error"),
        unpacked_bytes=0,
        transient=True,
    )
    store.save_dumps([seen_dump(0, verdict=busy)])
    assert list(store.load_dumps()) == [seen_dump(0)]


# --- runs of jobs


def run(number: int, job: str = "nightly", **fields: object) -> Run:
    """The run that ended that many hours after noon, with everything that can be reported of one."""
    started = NOON + timedelta(hours=number)
    report = RunReport(
        run_id=f"{number:032x}",
        job=job,
        event=RunEvent.END,
        started=started,
        ended=started + timedelta(minutes=30),
        duration_seconds=1799.5,
        host="photos",
        beat_seconds=30.0,
        exit_code=3,
        signal=15,
        stopped_by=2,
        stated_outcome=Outcome.PARTIAL,
        snapshot_ids=("ab" * 32, "0badcafe"),
        no_snapshot=NoSnapshot.UNCHANGED,
        parent_id="0badcafe",
        unreadable_files=2,
        unreadable_trees=1,
        files=54_321,
        bytes=123_456_789_012,
        added_bytes=0,
        damaged=False,
        check_errors=1,
        check_scope=CheckScope.DATA,
        removed_snapshots=7,
    )
    known = Run(
        job=job,
        run_id=report.run_id,
        heard=started + timedelta(seconds=1),
        started=started,
        host="photos",
        beat_seconds=30.0,
        end=report,
        end_heard=started + timedelta(minutes=31),
        noted_start=started - timedelta(hours=3),
        noted_end=started - timedelta(hours=2),
        comes_after=started - timedelta(days=1),
        snapshot_missing=True,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def working(number: int) -> Run:
    return Run(job="nightly", run_id=f"{number:032x}", heard=NOON + timedelta(hours=number), unnamed=True)


def test_nothing_is_known_of_runs_at_first(store: Store) -> None:
    assert store.load_runs() == RunsRecord()


def test_runs_come_back_whole_and_oldest_first(store: Store) -> None:
    least = replace(run(2), end=RunReport(run_id=f"{2:032x}", job="nightly", event=RunEvent.END, ended=NOON))
    least = replace(least, started=None, host=None, beat_seconds=None, snapshot_missing=None)
    least = replace(least, noted_start=None, noted_end=None, comes_after=None)
    store.save_runs(RunsChange(runs=(run(5), working(9))))
    store.save_runs(RunsChange(runs=(least, replace(working(4), crashed=True))))
    assert store.load_runs().runs == (least, replace(working(4), crashed=True), run(5), working(9))


def test_a_run_is_replaced_by_job_and_run_id(store: Store) -> None:
    store.save_runs(RunsChange(runs=(working(1), run(1, job="weekly"))))
    store.save_runs(RunsChange(runs=(run(1),)))
    assert set(store.load_runs().runs) == {run(1), run(1, job="weekly")}


def test_of_each_job_the_last_500_runs_are_kept(store: Store) -> None:
    store.save_runs(RunsChange(runs=(run(0, job="weekly"),)))
    store.save_runs(RunsChange(runs=tuple(run(number) for number in range(500))))
    store.save_runs(RunsChange(runs=(run(500), working(501))))
    kept = store.load_runs().runs
    assert kept[0] == run(0, job="weekly")
    assert [one.run_id for one in kept[1:]] == [f"{number:032x}" for number in range(2, 502)]


def test_the_order_of_runs_is_the_one_in_which_they_came(store: Store) -> None:
    ahead, next_one = run(900), run(1, comes_after=run(900).time)
    store.save_runs(RunsChange(runs=(ahead, *(run(number) for number in range(2, 500)))))
    store.save_runs(RunsChange(runs=(next_one, run(500))))
    kept = store.load_runs().runs
    assert len(kept) == 500
    assert kept[-2:] == (ahead, next_one)
    assert kept[0] == run(3)


def test_what_was_read_of_the_spool_is_kept_until_it_vanishes(store: Store) -> None:
    store.save_runs(RunsChange(taken=frozenset({"a.json", "b.json"})))
    store.save_runs(RunsChange(taken=frozenset({"b.json", "c.json"})))
    store.save_runs(RunsChange(vanished=frozenset({"a.json"})))
    assert store.load_runs() == RunsRecord(taken=frozenset({"b.json", "c.json"}))


def test_counts_stay_when_runs_are_dropped_and_never_fall(store: Store) -> None:
    success, crashed = ("nightly", Outcome.SUCCESS), ("nightly", Outcome.CRASHED)
    store.save_runs(RunsChange(counts={success: 600, crashed: 2}))
    store.save_runs(RunsChange(runs=tuple(run(number) for number in range(510)), counts={success: 599}))
    store.save_runs(RunsChange(counts={crashed: 3}))
    assert store.load_runs().counts == {success: 600, crashed: 3}


def test_a_change_that_is_written_twice_counts_once(store: Store) -> None:
    change = RunsChange(runs=(run(1),), counts={("nightly", Outcome.PARTIAL): 1})
    store.save_runs(change)
    store.save_runs(change)
    assert store.load_runs() == RunsRecord(runs=(run(1),), counts={("nightly", Outcome.PARTIAL): 1})


def test_a_count_beyond_64_bits_costs_itself_and_not_the_run(store: Store) -> None:
    end = run(1).end
    assert end is not None
    store.save_runs(RunsChange(runs=(replace(run(1), end=replace(end, files=1 << 62, bytes=None)),)))
    (loaded,) = store.load_runs().runs
    assert loaded.end == replace(end, files=1 << 62, bytes=None)


def test_checks_are_kept_by_repository_and_scope_and_the_last_counts(store: Store) -> None:
    damaged = CheckRecord(time=NOON, success=False)
    passed = CheckRecord(time=NOON + timedelta(days=1), success=True)
    store.save_repository(REPOSITORY, RepositoryChange(checks={CheckScope.DATA: damaged}))
    store.save_repository(REPOSITORY, RepositoryChange(checks={CheckScope.STRUCTURE: damaged}))
    store.save_repository(REPOSITORY, RepositoryChange(checks={CheckScope.STRUCTURE: passed}))
    assert store.load_repository(REPOSITORY).checks == {CheckScope.DATA: damaged, CheckScope.STRUCTURE: passed}
    assert store.load_repository("77" * 32).checks == {}


def test_since_when_a_repository_is_in_the_place_of_another_one_is_kept(store: Store) -> None:
    store.save_repository(REPOSITORY, RepositoryChange(since=NOON))
    store.save_repository(REPOSITORY, RepositoryChange(last_open_success=NOON + timedelta(days=1)))
    assert store.load_repository(REPOSITORY).since == NOON


def test_it_is_kept_between_which_looks_a_snapshot_ceased_to_be_listed(store: Store) -> None:
    when = Gone(after=NOON, seen=NOON + timedelta(minutes=5))
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0), snapshot(1), snapshot(2))))
    store.save_repository(
        REPOSITORY, RepositoryChange(gone=frozenset({snapshot(0).id, snapshot(1).id}), gone_when=when)
    )
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(2).id})))
    assert store.load_repository(REPOSITORY).gone == {snapshot(0).id: when, snapshot(1).id: when}


def test_a_snapshot_that_is_listed_again_is_not_gone(store: Store) -> None:
    when = Gone(after=NOON, seen=NOON + timedelta(minutes=5))
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(0).id}), gone_when=when))
    store.save_repository(REPOSITORY, RepositoryChange(back=frozenset({snapshot(0).id})))
    assert store.load_repository(REPOSITORY).gone == {}


def test_when_snapshots_were_counted_is_kept(store: Store) -> None:
    count = CountRecord(plan="immich", newest_id="aa", time=NOON, count=7, noted=NOON + timedelta(hours=1))
    store.save_repository(REPOSITORY, RepositoryChange(counts=(count,)))
    assert store.load_repository(REPOSITORY).counts == (count,)


def test_the_last_acceptance_of_each_plan_is_kept(store: Store) -> None:
    first = Acceptance(time=NOON, reason="moved the videos \udcff", since=NOON - timedelta(hours=9), count=30)
    second = Acceptance(time=NOON + timedelta(days=1), since=NOON, count=0)
    store.save_repository(REPOSITORY, RepositoryChange(accepted={"immich": first, "other": first}))
    store.save_repository(REPOSITORY, RepositoryChange(accepted={"immich": second}))
    assert store.load_repository(REPOSITORY).accepted == {"immich": second, "other": first}
    assert store.load_repository("77" * 32).accepted == {}


def test_the_last_acceptance_of_the_dumps_is_kept(store: Store) -> None:
    assert store.load_dump_acceptance() is None
    store.save_dump_acceptance(Acceptance(time=NOON, reason="emptied the bin", since=NOON))
    second = Acceptance(time=NOON - timedelta(days=1), reason="again", since=NOON)
    store.save_dump_acceptance(second)
    assert store.load_dump_acceptance() == second


def test_beginnings_of_findings_replace_those_before(store: Store) -> None:
    assert store.load_beginnings() == {}
    store.save_beginnings({"Stale/plan=immich,repository=nas": NOON, "JobFailed/job_name=n\udc80": NOON})
    store.save_beginnings({"Stale/plan=immich,repository=nas": NOON, "DumpStale": NOON + timedelta(hours=1)})
    assert store.load_beginnings() == {
        "Stale/plan=immich,repository=nas": NOON,
        "DumpStale": NOON + timedelta(hours=1),
    }
    store.save_beginnings({})
    assert store.load_beginnings() == {}


def test_the_last_twenty_starts_are_kept_oldest_first(store: Store) -> None:
    assert list(store.starts()) == []
    for number in range(25):
        store.note_start(NOON + timedelta(minutes=number))
    store.note_start(NOON + timedelta(minutes=24))
    assert list(store.starts()) == [NOON + timedelta(minutes=number) for number in range(5, 25)]


def test_flushing_with_nothing_waiting_is_no_failure(store: Store) -> None:
    store.flush()
    assert store.write_failures == 0


CONTENTS = TreeContents(
    answer=TreeAnswer(
        known=True,
        sentence=Message("inspection.folder_is_link", folder="thumbs"),
        folders={name: FolderContents(files=at, size_bytes=at * 1000) for at, name in enumerate(FOLDERS)},
        dumps=14,
        dump=DumpFile(
            name="database-backup/db.sql",
            path="/data/database-backup/d\udcffb.sql",
            kind=DumpKind.ALSO,
            group="also:database-backup/*.sql:plain",
            unfinished=False,
            size_bytes=12345,
            modified=NOON,
            named_time=NOON - timedelta(hours=3),
            immich_version="2.7.5",
            postgres_version="14.19",
            fingerprint="db.sql:12345:noon",
        ),
        missing_paths=("/srv/.env",),
    ),
    answered=frozenset(("path /srv/.env", "zone None")),
    settled_folders=frozenset(("library",)),
    verdict=DumpVerdict(
        outcome=DumpOutcome.INVALID,
        sentence=Message("dump_verdicts.gzip_damaged", part=Message("dump_verdicts.gzip_checksum")),
        unpacked_bytes=99,
        postgres_version="14.19",
    ),
)
COVERAGE = CoverageRecord(
    dump="db.sql:12345:noon",
    dump_time=NOON,
    answered=frozenset(("zone None",)),
    counts=CoverageCounts(
        assets=4,
        external_proven=1,
        external_unproven=2,
        missing={MissingKind.ORIGINAL: 2, MissingKind.SIDECAR: 1, MissingKind.PROFILE: 0},
        regenerable_missing=3,
        unknown_files=5,
        folder_missing={"library": 1, "upload": 1},
        settled_missing={"library": 1},
    ),
    persistent={MissingKind.ORIGINAL: 1, MissingKind.SIDECAR: 0, MissingKind.PROFILE: 0},
    gone=1,
    persistent_gone=0,
    immich_version="2.7.5",
    schema_level="1774548649115-X",
    media_location="/data",
)
MISSING = MissingRecord(
    files=(
        MissingFile(kind=MissingKind.ORIGINAL, item="id 1", path=b"/data/library/\xff.jpg", on_disk=False),
        MissingFile(kind=MissingKind.SIDECAR, item="id 2", path=b"/data/library/a.xmp"),
    ),
    digests={MissingKind.ORIGINAL: b"12345678abcdefgh", MissingKind.SIDECAR: b"", MissingKind.PROFILE: b""},
    gone=b"12345678",
)


def test_what_is_in_a_tree_is_kept(store: Store) -> None:
    store.save_tree("ab" * 32, CONTENTS)
    assert store.load_contents().trees == {"ab" * 32: CONTENTS}


def test_what_is_known_of_a_tree_is_replaced(store: Store) -> None:
    store.save_tree("ab" * 32, CONTENTS)
    unknown = TreeContents(
        answer=TreeAnswer(known=False, sentence=Message("inspection.no_markers")), answered=frozenset()
    )
    store.save_tree("ab" * 32, unknown)
    assert store.load_contents().trees == {"ab" * 32: unknown}


def test_that_a_tree_holds_nothing_of_immich_is_kept(store: Store) -> None:
    nothing = replace(CONTENTS, answer=replace(CONTENTS.answer, holds_immich=False))
    store.save_tree("ab" * 32, nothing)
    assert store.load_contents().trees == {"ab" * 32: nothing}


def test_coverage_is_kept_for_each_dump(store: Store) -> None:
    other = replace(COVERAGE, dump="another")
    store.save_coverage("ab" * 32, COVERAGE, MISSING)
    store.save_coverage("ab" * 32, other, MissingRecord(gone=b""))
    assert store.load_contents().coverages == {("ab" * 32, COVERAGE.dump): COVERAGE, ("ab" * 32, "another"): other}
    assert store.load_missing("ab" * 32, COVERAGE.dump) == MISSING
    assert store.load_missing("ab" * 32, "another") == MissingRecord(gone=b"")


def test_coverage_is_kept_with_what_is_missing(store: Store) -> None:
    store.save_coverage("ab" * 32, COVERAGE, MISSING)
    assert store.load_contents().coverages == {("ab" * 32, COVERAGE.dump): COVERAGE}
    assert store.load_missing("ab" * 32, COVERAGE.dump) == MISSING
    assert store.load_missing("cd" * 32, COVERAGE.dump) == MissingRecord()


def test_coverage_that_could_not_be_had_is_kept_with_its_reason(store: Store) -> None:
    trouble = CoverageRecord(
        dump=COVERAGE.dump, dump_time=NOON, answered=frozenset(), trouble=Message("dump_verdicts.no_assets_table")
    )
    store.save_coverage("ab" * 32, COVERAGE, MISSING)
    store.save_coverage("ab" * 32, trouble, MissingRecord())
    assert store.load_contents().coverages == {("ab" * 32, COVERAGE.dump): trouble}
    assert store.load_missing("ab" * 32, COVERAGE.dump) == MissingRecord()


def test_a_verdict_that_was_true_of_one_moment_only_is_not_kept(store: Store) -> None:
    passing = DumpVerdict(
        outcome=DumpOutcome.UNDECIDED, sentence=Message("dump_verdicts.took_too_long"), unpacked_bytes=0, transient=True
    )
    store.save_tree("ab" * 32, replace(CONTENTS, verdict=passing))
    assert store.load_contents().trees["ab" * 32].verdict is None


def test_what_was_read_is_kept_by_repository(store: Store) -> None:
    store.bind_repository("nas", "here", REPOSITORY)
    store.save_reading(REPOSITORY, 1000)
    store.save_reading(REPOSITORY, 20)
    assert list(store.read_since(REPOSITORY, NOON - timedelta(days=1))) == [(NOON, 1000), (NOON, 20)]
    assert list(store.read_since(REPOSITORY, NOON + timedelta(days=1))) == []
    assert list(store.read_since("0" * 64, NOON - timedelta(days=1))) == []
