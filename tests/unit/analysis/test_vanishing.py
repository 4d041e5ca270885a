"""Snapshots that were forgotten are told from those that vanished."""

import pytest

from immich_backup_exporter.analysis.vanishing import removals
from immich_backup_exporter.domain.settings import JobKind
from support.facts import end, run_of
from support.nights import UNTOLD, Nights


def thirty_kept(*, reported: object) -> Nights:
    """A month of nightly backups, and then a month in which each night one is forgotten."""
    nights = Nights()
    nights.many(30)
    nights.many(30, forgets=1, reported=reported)
    return nights


@pytest.mark.parametrize("reported", [1, UNTOLD, None])
def test_a_steady_number_is_usual_whatever_the_nightly_forget_reports(reported: object) -> None:
    nights = thirty_kept(reported=reported)
    assert nights.facts().snapshots == 30
    assert nights.facts().snapshots_baseline == pytest.approx(31, abs=1)


@pytest.mark.parametrize("reported", [1, UNTOLD, None])
def test_all_deleted_in_the_afternoon_has_vanished_whatever_the_nightly_forget_reports(reported: object) -> None:
    nights = thirty_kept(reported=reported)
    nights.loses(30, after_hours=9)
    assert nights.vanished()


@pytest.mark.parametrize("reported", [1, UNTOLD, None])
def test_all_but_ten_deleted_has_vanished_and_stays_so_over_the_next_nights(reported: object) -> None:
    nights = thirty_kept(reported=reported)
    nights.loses(20, after_hours=9)
    assert nights.vanished()
    nights.many(3, forgets=1, reported=reported)
    assert nights.vanished()


@pytest.mark.parametrize("reported", [1, UNTOLD, None])
def test_all_deleted_while_the_nightly_forget_is_at_work_has_vanished(reported: object) -> None:
    nights = thirty_kept(reported=reported)
    nights.backup()
    nights.loses(31)
    nights.reports(reported or 0)
    assert nights.vanished()


@pytest.mark.parametrize("reported", [23, UNTOLD])
def test_a_big_forget_that_was_reported_is_no_loss_then_or_later(reported: object) -> None:
    nights = Nights()
    nights.many(29)
    nights.many(1, forgets=23, reported=reported)
    assert nights.facts().snapshots == 7
    assert not nights.vanished()
    assert nights.facts().snapshots_baseline == 7
    nights.many(5)
    assert not nights.vanished()


def test_a_big_forget_that_was_not_reported_has_vanished() -> None:
    nights = Nights()
    nights.many(30)
    nights.loses(23)
    assert nights.facts().snapshots_baseline == pytest.approx(22.5)
    nights = thirty_kept(reported=None)
    nights.loses(23)
    assert nights.vanished()


def test_a_big_forget_that_told_too_few_has_vanished() -> None:
    nights = thirty_kept(reported=1)
    nights.backup()
    nights.loses(24)
    nights.reports(3)
    assert nights.vanished()


def test_a_big_forget_beside_nightly_ones_that_nobody_reports_is_no_loss() -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.loses(24)
    nights.reports(24)
    assert not nights.vanished()
    assert nights.facts().snapshots_baseline == pytest.approx(7, abs=1)


def test_after_a_big_forget_a_deletion_of_the_rest_has_vanished() -> None:
    nights = thirty_kept(reported=1)
    nights.backup()
    nights.loses(24)
    nights.reports(24)
    nights.loses(7, after_hours=5)
    assert nights.vanished()


def test_a_growing_number_that_is_cut_back_does_not_make_the_usual_one_negative() -> None:
    nights = Nights()
    nights.many(13)
    nights.backup()
    nights.loses(11)
    nights.reports(11)
    assert nights.facts().snapshots == 3
    assert nights.facts().snapshots_baseline == 3


def test_everything_forgotten_by_number_is_no_loss() -> None:
    nights = thirty_kept(reported=1)
    nights.backup()
    nights.loses(31)
    nights.reports(31)
    assert (nights.facts().snapshots, nights.facts().snapshots_baseline) == (0, 0)


def test_everything_gone_is_no_work_of_a_forget_that_tells_no_number() -> None:
    nights = thirty_kept(reported=UNTOLD)
    nights.backup()
    nights.loses(31)
    nights.reports(UNTOLD)
    assert nights.vanished()


def test_keeping_only_one_is_steady_too() -> None:
    nights = Nights()
    nights.backup()
    nights.many(10, forgets=1, reported=1)
    assert nights.facts().snapshots == 1
    assert not nights.vanished()
    nights.loses(1, after_hours=9)
    assert nights.vanished()


@pytest.mark.parametrize("kind", [JobKind.BACKUP, JobKind.OTHER, JobKind.COPY])
def test_a_job_of_any_kind_accounts_for_the_number_that_it_tells(kind: JobKind) -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.loses(24)
    nights.reports(24, kind)
    assert not nights.vanished()


def test_a_forget_that_failed_and_told_no_number_accounts_for_nothing() -> None:
    failed = run_of(end(1, exit_code=11)), JobKind.FORGET
    partial = run_of(end(2, exit_code=3)), JobKind.FORGET
    told = run_of(end(3, exit_code=3, removed_snapshots=2)), JobKind.FORGET
    assert [removal.count for removal in removals([failed, partial, told])] == [2]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(JobKind.FORGET, False), (JobKind.PRUNE, False), (JobKind.BACKUP, True), (JobKind.CHECK, True)],
)
def test_without_a_number_only_a_job_that_forgets_accounts_for_anything(kind: JobKind, expected: bool) -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.loses(24)
    nights.reports(UNTOLD, kind)
    assert nights.vanished() is expected


@pytest.mark.parametrize(("after_hours", "expected"), [(0.2, False), (0.4, False), (0.6, True), (9, True)])
def test_a_run_accounts_for_what_went_while_it_worked_and_clocks_may_differ(after_hours: float, expected: bool) -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.reports(UNTOLD)
    nights.loses(24, after_hours=after_hours)
    assert nights.vanished() is expected


def test_a_run_whose_start_nobody_told_may_have_begun_three_hours_before() -> None:
    nights = thirty_kept(reported=None)
    nights.loses(24, after_hours=22)
    nights.backup()
    nights.reports(UNTOLD, started=False)
    assert not nights.vanished()


def test_what_was_forgotten_in_two_looks_is_accounted_for_by_one_number() -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.loses(12, after_hours=0.2)
    nights.loses(12, after_hours=0.3)
    nights.reports(24)
    assert not nights.vanished()


def test_a_number_is_used_up_once() -> None:
    nights = thirty_kept(reported=None)
    nights.backup()
    nights.loses(10, after_hours=0.2)
    nights.loses(14, after_hours=0.3)
    nights.reports(10)
    assert nights.facts().snapshots_baseline == pytest.approx(21, abs=1)
    assert nights.vanished()


def two_plans() -> Nights:
    nights = Nights(plans=("immich", "other"))
    for _ in range(20):
        nights.backup("immich")
        nights.backup("other")
    return nights


def test_one_number_accounts_for_several_plans_together() -> None:
    nights = two_plans()
    nights.loses(15, "immich")
    nights.loses(15, "other")
    nights.reports(30)
    assert (nights.vanished("immich"), nights.vanished("other")) == (False, False)


def test_what_another_plan_lost_beside_it_does_not_hide_behind_the_number() -> None:
    nights = two_plans()
    nights.loses(19, "other")
    nights.reports(1)
    assert (nights.vanished("immich"), nights.vanished("other")) == (False, True)


def test_forgetting_in_one_plan_leaves_the_other_as_it_is() -> None:
    nights = two_plans()
    nights.loses(15, "immich")
    nights.reports(15)
    assert nights.facts("immich").snapshots_baseline == 5
    assert nights.facts("other").snapshots_baseline == pytest.approx(12.5)


# --- what somebody said is meant


def test_an_accepted_number_is_usual_at_once_and_a_further_fall_is_found() -> None:
    nights = thirty_kept(reported=None)
    nights.loses(23)
    assert nights.vanished()
    nights.accepts()
    assert nights.facts().snapshots_baseline == 7
    assert not nights.vanished()
    nights.loses(4, after_hours=13)
    assert nights.vanished()


def test_an_accepted_number_gives_way_to_later_ones() -> None:
    nights = thirty_kept(reported=None)
    nights.loses(23)
    nights.accepts()
    nights.many(3, forgets=0)
    assert nights.facts().snapshots_baseline == 7
    nights.many(10)
    assert nights.facts().snapshots_baseline == pytest.approx(12, abs=2)


def test_that_there_is_nothing_left_can_be_meant() -> None:
    nights = thirty_kept(reported=None)
    nights.loses(30)
    nights.accepts()
    assert not nights.vanished()
    nights.many(5)
    assert not nights.vanished()
