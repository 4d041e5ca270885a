from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from immich_backup_exporter.analysis.completeness import PlanRuns
from immich_backup_exporter.analysis.snapshots import plan_facts
from immich_backup_exporter.domain.records import RepositoryRecord, Run
from immich_backup_exporter.domain.runs import NoSnapshot
from immich_backup_exporter.domain.state import PlanFacts
from support.facts import NOW, end, hours_ago, plan, record, run_of, snapshot, snapshot_id

LOCATION = "/srv/immich"
TWO = record(snapshot(1, hours=26), snapshot(2, hours=2))


def facts_of(
    known: RepositoryRecord, *own: Run, named: tuple[Run, ...] | None = None, now: datetime = NOW, **settings: object
) -> PlanFacts:
    """`own` are the runs of the plan's job, which name the snapshots too unless `named` says who does."""
    naming = own if named is None else named
    runs = PlanRuns(named=tuple(run for run in naming if run.end and run.end.snapshot_ids), own=own)
    return plan_facts(plan(**settings), hours_ago(1000), LOCATION, known, now, runs)


def made(number: int, *, hours: float, exit_code: int | None = 0, **fields: object) -> Run:
    """A run that says that it saved the snapshot of the same number."""
    return run_of(end(number, hours=hours, exit_code=exit_code, snapshot_ids=(snapshot_id(number),), **fields))


def unchanged(number: int, *, hours: float, parent: str | None = None, **fields: object) -> Run:
    return run_of(end(number, hours=hours, no_snapshot=NoSnapshot.UNCHANGED, parent_id=parent, **fields))


# --- snapshots


def test_without_any_report_the_newest_snapshot_is_complete() -> None:
    assert facts_of(TWO).last_success == hours_ago(2)


def test_the_snapshot_of_a_failed_run_is_no_complete_backup_but_the_newest_snapshot() -> None:
    facts = facts_of(TWO, made(2, hours=2, exit_code=1))
    assert facts.last_success == hours_ago(26)
    assert facts.newest is not None
    assert facts.newest.id == snapshot_id(2)


def test_when_every_snapshot_is_of_a_failed_run_there_is_no_last_success() -> None:
    facts = facts_of(TWO, made(1, hours=26, exit_code=1), made(2, hours=2, exit_code=2))
    assert facts.last_success is None
    assert facts.snapshots == 2


def test_a_short_id_of_restic_0_14_names_the_snapshot() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=2, id="0badcafe" + "1" * 56))
    failed = run_of(end(1, hours=2, exit_code=1, snapshot_ids=("0badcafe",)))
    assert facts_of(known, failed).last_success == hours_ago(26)


def test_a_copy_and_a_rewritten_snapshot_inherit_what_is_known_of_their_original() -> None:
    copied = snapshot(7, hours=2, original=snapshot_id(2))
    known = record(snapshot(1, hours=26), copied)
    assert facts_of(known, named=(made(2, hours=2, exit_code=1),)).last_success == hours_ago(26)


def test_one_report_of_failure_among_several_is_enough() -> None:
    again = run_of(end(9, hours=2, snapshot_ids=(snapshot_id(2),)))
    assert facts_of(TWO, made(2, hours=2, exit_code=1), again).last_success == hours_ago(26)


def test_an_interrupted_run_that_had_saved_its_snapshot_made_a_backup() -> None:
    assert facts_of(TWO, made(2, hours=2, exit_code=130)).last_success == hours_ago(2)


@pytest.mark.parametrize(
    ("unreadable", "limit", "hours"), [(0, 0, 2.0), (1, 0, 26.0), (3, 3, 2.0), (4, 3, 26.0), (None, 100, 26.0)]
)
def test_a_partial_run_made_a_backup_when_few_enough_files_were_unreadable(
    unreadable: int | None, limit: int, hours: float
) -> None:
    partial = made(2, hours=2, exit_code=3, unreadable_files=unreadable)
    assert facts_of(TWO, partial, max_unreadable_files=limit).last_success == hours_ago(hours)


def test_a_partial_run_that_could_not_list_a_folder_made_none_whatever_is_allowed() -> None:
    partial = made(2, hours=2, exit_code=3, unreadable_files=1, unreadable_trees=1)
    assert facts_of(TWO, partial, max_unreadable_files=100).last_success == hours_ago(26)


def test_a_snapshot_that_no_run_named_belongs_to_the_run_that_was_at_work_then() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=1.9))
    assert facts_of(known, run_of(end(2, hours=2, exit_code=3))).last_success == hours_ago(26)
    assert facts_of(known, run_of(end(2, hours=2, exit_code=0))).last_success == hours_ago(1.9)


def test_a_snapshot_made_by_hand_hours_later_is_not_a_failed_runs() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=0.5))
    assert facts_of(known, run_of(end(2, hours=2, exit_code=1))).last_success == hours_ago(0.5)


def test_a_good_snapshot_made_a_minute_before_a_run_failed_is_not_the_failed_runs() -> None:
    failed = run_of(end(1, hours=1, exit_code=1, started=hours_ago(1)))
    facts = facts_of(record(snapshot(1, hours=1 + 1 / 60)), failed)
    assert facts.last_success == hours_ago(1 + 1 / 60)


def test_of_a_failure_and_the_retry_right_after_it_the_one_that_was_at_work_counts() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=1.99))
    failed = run_of(end(2, hours=2, ended=hours_ago(2) + timedelta(seconds=5), exit_code=1))
    retry = run_of(end(3, hours=1.992, exit_code=0))
    assert facts_of(known, failed, retry).last_success == hours_ago(1.99)


def test_a_run_that_named_another_snapshot_did_not_make_this_one() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=1.9))
    failed = run_of(end(2, hours=2, exit_code=1, snapshot_ids=("f" * 64,)))
    assert facts_of(known, failed).last_success == hours_ago(1.9)


def test_a_partial_end_whose_start_was_not_told_is_about_the_snapshot_since_the_end_before() -> None:
    known = record(snapshot(1, hours=26), snapshot(2, hours=2))
    before = run_of(end(1, hours=26, started=None))
    partial = run_of(end(2, hours=2, exit_code=3, started=None))
    assert facts_of(known, before, partial).last_success == hours_ago(26)


def test_a_failed_end_whose_start_was_not_told_claims_no_snapshot() -> None:
    assert facts_of(TWO, run_of(end(2, hours=2, exit_code=1, started=None))).last_success == hours_ago(2)


# --- nothing had changed


def test_a_run_that_found_nothing_changed_is_a_recovery_point_of_its_start() -> None:
    facts = facts_of(TWO, unchanged(3, hours=1, parent=snapshot_id(2)))
    assert facts.last_success == hours_ago(1)
    assert facts.last_success_unchanged is True


def test_a_parent_is_named_by_its_first_eight_digits() -> None:
    known = record(snapshot(2, hours=2, id="0badcafe" + "1" * 56))
    assert facts_of(known, unchanged(3, hours=1, parent="0badcafe")).last_success == hours_ago(1)
    assert facts_of(known, unchanged(3, hours=1, parent="0badcaff")).last_success == hours_ago(2)


def test_it_counts_no_more_once_its_parent_was_forgotten() -> None:
    known = replace(TWO, present=frozenset({snapshot_id(1)}))
    assert facts_of(known, unchanged(3, hours=1, parent=snapshot_id(2))).last_success == hours_ago(26)


def test_without_a_named_parent_it_vouches_for_the_newest_snapshot_of_that_time() -> None:
    assert facts_of(TWO, unchanged(3, hours=1)).last_success == hours_ago(1)
    forgotten = replace(TWO, present=frozenset({snapshot_id(1)}))
    assert facts_of(forgotten, unchanged(3, hours=1)).last_success == hours_ago(26)


def test_a_later_snapshot_is_not_what_it_compared_with() -> None:
    facts = facts_of(replace(TWO, present=frozenset({snapshot_id(2)})), unchanged(3, hours=10))
    assert facts.last_success == hours_ago(2)


def test_a_parent_that_was_tagged_since_is_still_there() -> None:
    tagged = snapshot(7, hours=2, original=snapshot_id(2))
    known = record(snapshot(2, hours=2), tagged, present=frozenset({tagged.id}))
    assert facts_of(known, unchanged(3, hours=1, parent=snapshot_id(2))).last_success == hours_ago(1)
    assert facts_of(known, unchanged(3, hours=1)).last_success == hours_ago(1)


def test_it_counts_for_seven_days_and_not_longer() -> None:
    known = record(snapshot(2, hours=200))
    run = unchanged(3, hours=168, parent=snapshot_id(2))
    assert facts_of(known, run).last_success == hours_ago(168)
    later = facts_of(known, run, now=NOW + timedelta(seconds=1))
    assert later.last_success == hours_ago(200)
    assert later.last_success_unchanged is False


def test_with_no_snapshot_left_there_is_no_last_success() -> None:
    nothing = replace(TWO, present=frozenset())
    assert facts_of(nothing, unchanged(3, hours=1)).last_success is None
    assert facts_of(nothing, made(2, hours=2)).last_success is None


def test_a_dry_run_and_a_failed_run_vouch_for_nothing() -> None:
    dry = run_of(end(3, hours=1, no_snapshot=NoSnapshot.DRY_RUN, parent_id=snapshot_id(2)))
    assert facts_of(TWO, dry).last_success == hours_ago(2)
    assert facts_of(TWO, unchanged(3, hours=1, exit_code=1)).last_success == hours_ago(2)


def quiet(number: int, *, hours: float, reason: NoSnapshot = NoSnapshot.UNLESS_CHANGED, **fields: object) -> Run:
    """A silent success of something that was told to skip; a poll found no contradiction."""
    return run_of(end(number, hours=hours, no_snapshot=reason, **fields), snapshot_missing=False)


def test_a_silent_restic_that_was_told_to_skip_and_made_no_snapshot_is_a_recovery_point() -> None:
    facts = facts_of(TWO, quiet(3, hours=1))
    assert (facts.last_success, facts.last_success_unchanged) == (hours_ago(1), True)


def test_before_a_poll_it_is_not_known_whether_it_made_one() -> None:
    assert facts_of(TWO, replace(quiet(3, hours=1), snapshot_missing=None)).last_success == hours_ago(2)


def test_if_it_made_one_that_was_forgotten_since_it_vouches_for_nothing() -> None:
    three = record(*TWO.snapshots, snapshot(3, hours=0.9), present=TWO.present)
    assert facts_of(three, quiet(3, hours=1)).last_success == hours_ago(2)


def test_a_silent_script_in_which_something_may_skip_vouches_for_nothing() -> None:
    assert facts_of(TWO, quiet(3, hours=1, reason=NoSnapshot.PERHAPS)).last_success == hours_ago(2)


def test_a_partial_run_of_a_host_whose_clock_is_ahead_owns_its_snapshot() -> None:
    """Clock and snapshot are three hours ahead; they arrived two hours ago."""
    partial = run_of(end(2, hours=-1, exit_code=3, ended=hours_ago(-1.5)), heard=hours_ago(1.5))
    known = record(snapshot(1, hours=26), snapshot(2, hours=-1.1))
    later = NOW + timedelta(hours=2)
    assert facts_of(known, partial, now=later).last_success == hours_ago(26)


def test_it_vouches_for_the_contents_of_a_snapshot_whose_run_failed() -> None:
    facts = facts_of(TWO, made(2, hours=2, exit_code=1), unchanged(3, hours=1, parent=snapshot_id(2)))
    assert facts.last_success == hours_ago(1)


def test_a_start_that_was_not_told_follows_from_the_duration() -> None:
    run = unchanged(3, hours=1, started=None)
    assert facts_of(TWO, run).last_success == hours_ago(1)
    assert facts_of(TWO, unchanged(3, hours=1, started=None, duration_seconds=None)).last_success == hours_ago(2)


# --- proof by coverage


@pytest.mark.parametrize(("tree", "hours"), [(f"{1_000_002:064x}", 2.0), ("another", 26.0)])
def test_a_partial_run_made_a_backup_when_coverage_proves_that_it_lacks_no_original(tree: str, hours: float) -> None:
    partial = made(2, hours=2, exit_code=3, unreadable_files=5)
    runs = PlanRuns(named=(partial,), own=(partial,))
    facts = plan_facts(plan(), hours_ago(1000), LOCATION, TWO, NOW, runs, proven=frozenset((tree,)))
    assert facts.last_success == hours_ago(hours)


def test_coverage_counts_for_a_failed_run_too() -> None:
    failed = made(2, hours=2, exit_code=1)
    runs = PlanRuns(named=(failed,), own=(failed,))
    proven = frozenset(one.tree for one in TWO.snapshots)
    facts = plan_facts(plan(), hours_ago(1000), LOCATION, TWO, NOW, runs, proven=proven)
    assert facts.last_success == hours_ago(2)


# --- several commands in one run


def test_a_snapshot_that_restic_saved_whole_is_a_backup_whatever_failed_later_in_the_run() -> None:
    assert facts_of(TWO, made(2, hours=2, exit_code=1)).last_success == hours_ago(26)
    whole = {"whole_ids": (snapshot_id(2)[:8],)}
    assert facts_of(TWO, made(2, hours=2, exit_code=1, **whole)).last_success == hours_ago(2)
    assert facts_of(TWO, made(2, hours=2, exit_code=3, unreadable_files=7, **whole)).last_success == hours_ago(2)


def test_of_two_backups_of_a_run_only_the_one_that_was_read_whole_is_one() -> None:
    ids = (snapshot_id(1), snapshot_id(2))
    run = run_of(end(3, hours=3, exit_code=3, snapshot_ids=ids, whole_ids=(snapshot_id(1),), unreadable_files=1))
    assert facts_of(TWO, run).last_success == hours_ago(26)


def test_a_failed_run_whose_unreadable_files_are_known_to_be_few_made_a_backup() -> None:
    assert facts_of(TWO, made(2, hours=2, exit_code=1, unreadable_files=0)).last_success == hours_ago(2)
    assert facts_of(TWO, made(2, hours=2, exit_code=1, unreadable_files=1)).last_success == hours_ago(26)


def test_a_snapshot_that_lacks_a_skipped_path_is_no_complete_backup() -> None:
    skipped = made(2, hours=2, skipped_paths=1, unreadable_trees=1, unreadable_files=0)
    assert facts_of(TWO, skipped).last_success == hours_ago(26)
