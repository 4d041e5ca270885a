from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from immich_backup_exporter.analysis.own_snapshot import Candidate, begun, snapshot_missing
from immich_backup_exporter.analysis.vanishing import Removal
from immich_backup_exporter.domain.records import RepositoryRecord, Run, Unreadable
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.runs import NoSnapshot, Outcome
from support.facts import NOW, end, hours_ago, record, run_of, snapshot, snapshot_id, start

MINUTES = 1 / 60
TWO = record(snapshot(1, hours=26), snapshot(2, hours=2))


def seen(*snapshots: Snapshot, at: datetime = NOW, listed: bool = True) -> list[Candidate]:
    """What the agent saw for the first time `at` that time."""
    return [
        Candidate(
            snapshot=one, ids=(one.id,) if one.original is None else (one.id, one.original), listed=listed, seen=at
        )
        for one in snapshots
    ]


def missing(
    run: Run,
    candidates: list[Candidate] | None = None,
    *others: Run,
    known: RepositoryRecord = TWO,
    unread_since: datetime | None = None,
    forgotten: Sequence[Removal] = (),
) -> bool:
    assert run.outcome is Outcome.SUCCESS
    return snapshot_missing(run, others, known, candidates or [], unread_since, forgotten)


def wrapped(number: int, *, hours: float = 1.0, **fields: object) -> Run:
    """A quiet run of half an hour on the host of the snapshots."""
    return run_of(end(number, **{"hours": hours, "host": "photos", **fields}))  # type: ignore[arg-type]


def called(number: int, *, hours: float = 1.0, **fields: object) -> Run:
    """A run of half an hour that two calls told of, by no more than the job's name."""
    first = start(number, hours=hours, beat_seconds=None)
    last = end(number, hours=hours, started=None, duration_seconds=None)
    return replace(run_of(first, last), **{"unnamed": True, **fields})  # type: ignore[arg-type]


# --- a run that named its snapshots


def test_a_named_snapshot_that_is_there_is_not_missing() -> None:
    assert missing(wrapped(2, snapshot_ids=(snapshot_id(2),)), seen(*TWO.snapshots)) is False
    assert missing(wrapped(2, snapshot_ids=(snapshot_id(2)[:8],)), seen(*TWO.snapshots)) is False


def test_a_named_snapshot_of_another_plan_is_missing() -> None:
    assert missing(wrapped(2, snapshot_ids=(snapshot_id(2),)), seen(TWO.snapshots[0])) is True


def test_a_named_snapshot_that_was_rewritten_may_be_selected_by_its_new_form() -> None:
    rewritten = record(snapshot(2), snapshot(7, original=snapshot_id(2)))
    assert missing(wrapped(2, snapshot_ids=(snapshot_id(2),)), seen(snapshot(1)), known=rewritten) is False


# --- a forget removed it before the first look: the run took from 1 hour ago until half an hour ago

REPLACED = seen(snapshot(9, hours=0.4))
FORGET = Removal(since=hours_ago(0.4), until=hours_ago(0.3), count=1)


def test_a_snapshot_that_a_later_run_of_the_same_script_replaced_is_no_contradiction() -> None:
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),), removed_snapshots=0), REPLACED) is False
    assert missing(wrapped(3, removed_snapshots=4), REPLACED) is False


def test_a_snapshot_that_a_reported_forget_replaced_is_no_contradiction() -> None:
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),)), REPLACED, forgotten=[FORGET]) is False
    earlier = replace(FORGET, until=hours_ago(0.6))
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),)), REPLACED, forgotten=[earlier]) is True


def test_without_a_newer_backup_forget_would_have_kept_it() -> None:
    run = wrapped(3, snapshot_ids=(snapshot_id(3),), removed_snapshots=2)
    assert missing(run, seen(snapshot(2, hours=2))) is True
    assert missing(run, seen(snapshot(9, hours=0.4), listed=False)) is True


def test_a_backup_of_the_next_day_does_not_take_a_verdict_back() -> None:
    run = wrapped(3, snapshot_ids=(snapshot_id(3),), removed_snapshots=0)
    assert missing(replace(run, snapshot_missing=True), REPLACED) is True
    assert missing(wrapped(3, hours=30, removed_snapshots=0, snapshot_ids=(snapshot_id(3),)), REPLACED) is True


def test_a_named_snapshot_that_is_not_there_is_missing_whatever_else_is() -> None:
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),)), seen(snapshot(4))) is True


def test_one_that_was_forgotten_or_cannot_be_read_was_there() -> None:
    gone = replace(TWO, present=frozenset())
    assert missing(wrapped(2, snapshot_ids=(snapshot_id(2),)), seen(*TWO.snapshots), known=gone) is False
    unreadable = replace(TWO, unreadable={snapshot_id(3): Unreadable(attempts=1, retry_at=NOW)})
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),)), known=unreadable) is False


def test_of_several_saved_snapshots_one_in_this_repository_is_enough() -> None:
    assert missing(wrapped(2, snapshot_ids=("f" * 64, snapshot_id(2))), seen(*TWO.snapshots)) is False


def test_one_that_was_tagged_since_is_known_by_its_original() -> None:
    tagged = record(snapshot(7, original=snapshot_id(3)))
    assert missing(wrapped(3, snapshot_ids=(snapshot_id(3),)), known=tagged) is False


# --- a run that said why it made none


def test_nothing_changed_is_a_reason_and_a_dry_run_is_none() -> None:
    assert missing(wrapped(3, no_snapshot=NoSnapshot.UNCHANGED)) is False
    assert missing(wrapped(3, no_snapshot=NoSnapshot.DRY_RUN), seen(snapshot(3))) is True


@pytest.mark.parametrize("reason", [NoSnapshot.UNLESS_CHANGED, NoSnapshot.PERHAPS])
def test_a_silent_run_that_may_have_found_nothing_changed_is_no_contradiction(reason: NoSnapshot) -> None:
    assert missing(wrapped(3, no_snapshot=reason)) is False


# --- by one clock


def test_a_snapshot_that_was_begun_while_the_run_worked_is_its_own() -> None:
    assert missing(wrapped(3), seen(snapshot(3, hours=0.9))) is False
    assert missing(wrapped(3), seen(snapshot(3, hours=2))) is True
    assert missing(wrapped(3), []) is True


def test_by_one_clock_a_snapshot_from_seconds_before_is_its_own_and_one_from_minutes_before_is_not() -> None:
    assert missing(wrapped(3), seen(snapshot(3, hours=1 + 1 / 3600))) is False
    assert missing(wrapped(3), seen(snapshot(3, hours=1 + 3 / 3600))) is True
    assert missing(wrapped(3), seen(snapshot(3, hours=1 + 3 * MINUTES))) is True
    assert missing(wrapped(3), seen(snapshot(3, hours=0.5 - 1 * MINUTES))) is True


def test_a_snapshot_that_was_forgotten_after_the_run_made_it_was_there() -> None:
    assert missing(wrapped(3), seen(snapshot(3, hours=0.9), listed=False)) is False


def test_a_time_that_was_set_by_hand_does_not_matter_where_the_real_one_is_known() -> None:
    moved = replace(snapshot(3, hours=0.9), time=hours_ago(5000))
    assert missing(wrapped(3), seen(moved)) is False
    dated_into_the_run = replace(snapshot(3, hours=1 + 3 * MINUTES), time=hours_ago(0.9))
    assert missing(wrapped(3), seen(dated_into_the_run)) is True


def test_a_snapshot_that_another_run_named_is_not_this_ones() -> None:
    naming = wrapped(4, job="weekly", snapshot_ids=(snapshot_id(3)[:8],))
    assert missing(wrapped(3), seen(snapshot(3, hours=0.9)), naming) is True
    copied = replace(snapshot(9, hours=0.9), original=snapshot_id(3))
    assert missing(wrapped(3), seen(copied), naming) is True


def test_a_run_of_which_a_wrapper_and_a_hook_told_is_not_two_that_need_a_snapshot_each() -> None:
    by_wrapper = wrapped(4, hours=1 - 5 / 3600, snapshot_ids=(snapshot_id(3),))
    by_hook = run_of(end(5, host="photos", started=None, duration_seconds=None, ended=hours_ago(0.499)))
    own = seen(snapshot(3, hours=0.9))
    assert missing(wrapped(3), own, by_wrapper) is False
    assert missing(by_hook, own, by_wrapper) is False
    assert missing(by_hook, own, wrapped(6, job="weekly", snapshot_ids=(snapshot_id(3),))) is True
    assert missing(wrapped(3), own, wrapped(7, host="far", snapshot_ids=(snapshot_id(3),))) is True


def test_the_snapshot_of_the_run_right_before_is_not_the_next_ones() -> None:
    first = run_of(end(1, hours=1, host="photos", ended=hours_ago(1) + timedelta(seconds=1), duration_seconds=1.0))
    second = wrapped(2, hours=1 - 1.1 / 3600)
    own = seen(snapshot(1, hours=1))
    assert missing(first, own, second) is False
    assert missing(second, own, first) is True


def test_a_snapshot_that_was_begun_while_another_run_of_the_plan_worked_is_that_ones() -> None:
    other = run_of(end(4, host="photos", job="weekly", hours=1.5, ended=hours_ago(0.9)))
    late = wrapped(3, hours=1 - 1 / 3600)
    assert missing(late, seen(snapshot(4, hours=1)), other) is True
    assert missing(late, seen(snapshot(4, hours=1))) is False


def test_a_clock_that_was_set_ahead_while_the_run_worked_hides_no_snapshot() -> None:
    run = run_of(end(3, hours=1, host="photos", ended=hours_ago(-1.5)), heard=hours_ago(-1.5))
    assert missing(run, seen(snapshot(3, hours=0.9))) is False
    assert missing(run, seen(snapshot(3, hours=-1.4))) is False


def test_a_machine_that_slept_while_the_run_worked_hides_no_snapshot() -> None:
    run = run_of(end(3, hours=20, host="photos", ended=hours_ago(1)))
    assert missing(run, seen(snapshot(3, hours=10))) is False


def test_a_clock_that_was_set_back_while_the_run_worked_hides_no_snapshot() -> None:
    run = run_of(end(3, hours=1, host="photos", ended=hours_ago(2.5)))
    assert missing(run, seen(snapshot(3, hours=0.9))) is False
    assert missing(run, seen(snapshot(3, hours=2.6))) is False
    assert missing(run, seen(snapshot(3, hours=2))) is True


def test_a_host_whose_clock_is_an_hour_ahead_is_compared_by_that_clock() -> None:
    run = run_of(end(3, hours=0.5, host="photos", ended=hours_ago(-1), started=hours_ago(-0.5)), heard=NOW)
    assert (run.started, run.ended) == (hours_ago(0.5), NOW)
    assert missing(run, seen(snapshot(3, hours=-0.6))) is False
    assert missing(run, seen(snapshot(3, hours=-0.2))) is True


def test_or_by_the_agents_clock_where_only_the_reporters_was_wrong() -> None:
    run = run_of(end(3, hours=0.5, host="photos", ended=hours_ago(-1), started=hours_ago(-0.5)), heard=NOW)
    assert missing(run, seen(snapshot(3, hours=0.4))) is False
    assert missing(run, seen(snapshot(3, hours=0.5 + 9 / 3600))) is False
    assert missing(run, seen(snapshot(3, hours=0.6))) is True


def test_whatever_name_of_a_host_is_in_the_snapshot() -> None:
    assert missing(wrapped(3), seen(snapshot(3, hours=0.9, hostname="container"))) is False
    assert missing(wrapped(3), seen(snapshot(3, hours=1 + 3 * MINUTES, hostname="container"))) is True


# --- by two clocks


def test_a_snapshot_of_a_run_that_only_calls_told_of_may_be_minutes_off() -> None:
    assert missing(called(3), seen(snapshot(3, hours=1 + 8 * MINUTES), at=hours_ago(0.4))) is False
    assert missing(called(3), seen(snapshot(3, hours=1 + 11 * MINUTES), at=hours_ago(0.4))) is True


def test_but_not_if_it_was_listed_before_the_run_began() -> None:
    assert missing(called(3), seen(snapshot(3, hours=1 + 3 * MINUTES), at=hours_ago(1 + 1 * MINUTES))) is True


def test_nor_if_it_was_forgotten_since() -> None:
    assert missing(called(3), seen(snapshot(3, hours=1 + 3 * MINUTES), listed=False)) is True


def test_nor_if_it_was_begun_before_the_last_run_ended() -> None:
    before = called(2, hours=1 + 40 * MINUTES)
    assert missing(called(3), seen(snapshot(3, hours=1 + 12 * MINUTES), at=hours_ago(0.9)), before) is True
    assert missing(called(3), seen(snapshot(3, hours=1 + 9 * MINUTES), at=hours_ago(0.9)), before) is False


def test_a_verdict_is_not_taken_back_by_a_snapshot_that_was_begun_after_the_run() -> None:
    later = seen(snapshot(3, hours=0.5 - 3 * MINUTES))
    assert missing(called(3), later) is False
    assert missing(called(3, snapshot_missing=True), later) is True


def test_a_time_set_by_hand_with_no_real_one_beside_it_leaves_what_the_agent_saw() -> None:
    moved = replace(snapshot(3, hours=5000), backup_start=None)
    assert begun(moved) is None
    assert missing(called(3), seen(moved, at=hours_ago(0.4))) is False
    assert missing(wrapped(3), seen(moved, at=hours_ago(0.4))) is False
    assert missing(wrapped(3), seen(moved, at=hours_ago(1.1))) is True
    assert missing(wrapped(3), seen(moved, at=hours_ago(0.4), listed=False)) is True


def test_a_snapshot_that_restic_cannot_read_may_be_the_runs_if_it_appeared_since() -> None:
    assert missing(wrapped(3), [], unread_since=hours_ago(0.4)) is False
    assert missing(wrapped(3), [], unread_since=hours_ago(30)) is True


# --- without a start


def test_without_a_start_the_snapshot_may_be_from_any_time_since_the_run_before() -> None:
    ended = run_of(end(3, hours=1, started=None, duration_seconds=None))
    before = run_of(end(2, hours=1.5, started=None, duration_seconds=None))
    assert missing(ended, seen(snapshot(2, hours=2))) is False
    assert missing(ended, seen(snapshot(2, hours=25))) is True
    assert missing(ended, seen(snapshot(2, hours=2)), before) is True


def test_a_duration_that_somebody_wrote_down_may_have_been_rounded() -> None:
    rounded = run_of(end(3, hours=2.5, host="photos", started=None, duration_seconds=7200.0))
    measured = run_of(end(3, hours=2.5, host="photos", started=None, duration_seconds=7200.5))
    own = seen(snapshot(3, hours=4.9))
    assert missing(rounded, own) is False
    assert missing(measured, own) is True
