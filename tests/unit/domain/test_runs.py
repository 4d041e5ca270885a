"""What reports of runs mean."""

from datetime import UTC, datetime, timedelta

import pytest

from immich_backup_exporter.domain.runs import (
    Outcome,
    RunEvent,
    RunReport,
    Sign,
    few_enough_unreadable,
    is_job_name,
    is_silent,
    look_for_life,
    outcome_of,
    run_outcome,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = "0" * 32
START = RunReport(run_id=RUN, job="nightly", event=RunEvent.START, started=NOON, beat_seconds=30.0)
END = RunReport(run_id=RUN, job="nightly", event=RunEvent.END, started=NOON, ended=NOON, exit_code=0)
PUSHED_START = RunReport(run_id=RUN, job="nightly", event=RunEvent.START, started=NOON)


@pytest.mark.parametrize(
    ("exit_code", "signal", "stopped_by", "outcome"),
    [
        (0, None, None, "success"),
        (3, None, None, "partial"),
        (130, None, None, "interrupted"),
        (143, None, None, "interrupted"),
        (130, 2, None, "interrupted"),
        (143, 15, None, "interrupted"),
        (1, None, None, "failed"),
        (2, None, None, "failed"),
        (10, None, None, "failed"),
        (11, None, None, "failed"),
        (12, None, None, "failed"),
        (99, None, None, "failed"),
        (137, 9, None, "failed"),
        (129, 1, 1, "failed"),
        (None, None, None, "failed"),
        (1, None, 15, "interrupted"),
        (1, None, 2, "interrupted"),
        (0, None, 15, "success"),
        (3, None, 2, "partial"),
    ],
)
def test_an_exit_code_has_one_outcome(
    exit_code: int | None, signal: int | None, stopped_by: int | None, outcome: str
) -> None:
    assert outcome_of(exit_code, signal, stopped_by) == outcome


def test_only_an_end_has_an_outcome() -> None:
    assert (START.outcome, END.outcome) == (None, Outcome.SUCCESS)


def test_what_the_reporter_states_goes_before_the_exit_code() -> None:
    stated = RunReport(
        run_id=RUN, job="j", event=RunEvent.END, ended=NOON, exit_code=143, stated_outcome=Outcome.FAILED
    )
    assert stated.outcome is Outcome.FAILED


def test_a_clock_that_went_back_gives_no_negative_duration() -> None:
    ended_before = RunReport(
        run_id=RUN, job="j", event=RunEvent.END, started=NOON, ended=NOON - timedelta(hours=1), exit_code=0
    )
    assert ended_before.seconds == 0.0


def test_a_measured_duration_goes_before_the_clocks() -> None:
    measured = RunReport(
        run_id=RUN, job="j", event=RunEvent.END, started=NOON, ended=NOON, duration_seconds=12.5, exit_code=0
    )
    assert measured.seconds == 12.5


@pytest.mark.parametrize(
    ("files", "trees", "limit", "enough"),
    [(0, 0, 0, True), (2, 0, 2, True), (3, 0, 2, False), (None, 0, 9, None), (1, 1, 9, None)],
)
def test_few_enough_files_are_unreadable(files: int | None, trees: int, limit: int, enough: bool | None) -> None:
    report = RunReport(run_id=RUN, job="j", event=RunEvent.END, unreadable_files=files, unreadable_trees=trees)
    assert few_enough_unreadable(report, limit) is enough


def test_a_sign_of_life_counts_from_when_it_was_first_seen() -> None:
    first = look_for_life(None, 7, 100.0)
    assert look_for_life(first, 7, 200.0) == Sign(7, 100.0)
    assert look_for_life(first, 8, 200.0) == Sign(8, 200.0)


def test_a_token_that_goes_back_is_a_sign_of_life_too() -> None:
    assert look_for_life(Sign(8, 100.0), 7, 200.0) == Sign(7, 200.0)


@pytest.mark.parametrize(
    ("beat_seconds", "after", "silent"),
    [(30.0, 300.0, False), (30.0, 300.1, True), (120.0, 600.0, False), (120.0, 600.1, True), (None, 1e9, False)],
)
def test_a_run_that_promised_beats_is_silent_after_five_minutes(
    beat_seconds: float | None, after: float, silent: bool
) -> None:
    assert is_silent(Sign(1, 0.0), after, beat_seconds) is silent


def test_a_silent_run_without_an_end_has_crashed() -> None:
    assert run_outcome([START], silent=True) is Outcome.CRASHED
    assert run_outcome([START], silent=False) is None


def test_an_end_that_arrives_late_revises_the_verdict() -> None:
    assert run_outcome([START, END], silent=True) is Outcome.SUCCESS


def test_a_start_without_beats_has_crashed_once_a_later_run_started() -> None:
    assert run_outcome([PUSHED_START], silent=False) is None
    assert run_outcome([PUSHED_START], silent=False, superseded=True) is Outcome.CRASHED
    assert run_outcome([START], silent=False, superseded=True) is None


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("nightly", True),
        ("Photos_2.off-site", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        (".hidden", False),
        ("-flag", False),
        ("a/b", False),
        ("a b", False),
        ("ä", False),
        ("a\n", False),
    ],
)
def test_a_jobs_name_is_safe_in_a_files_name(name: str, good: bool) -> None:
    assert is_job_name(name) is good
