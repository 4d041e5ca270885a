from dataclasses import replace
from datetime import timedelta

from immich_backup_exporter.analysis.runs import (
    in_order,
    is_forgotten,
    is_in_progress,
    is_repeated_end,
    is_repeated_start,
    job_facts,
    merged,
    newest,
    open_run,
    verdict,
)
from immich_backup_exporter.domain.records import Run
from immich_backup_exporter.domain.runs import Outcome, RunEvent, RunReport
from immich_backup_exporter.domain.state import JobFacts
from support.facts import NOW, end, hours_ago, job, run_id, run_of, start


def facts_of(*runs: Run) -> JobFacts:
    return job_facts(job(), hours_ago(1000), runs, {}, NOW)


def beat(number: int, count: int, **fields: object) -> RunReport:
    return replace(start(number, **fields), event=RunEvent.BEAT, beat=count)


# --- from reports to runs


def test_a_start_alone_is_a_run_that_works() -> None:
    run = run_of(start(1, hours=2, host="photos"))
    assert (run.started, run.host, run.beat_seconds, run.outcome) == (hours_ago(2), "photos", 30.0, None)


def test_an_end_joins_its_start() -> None:
    run = run_of(start(1, hours=2), end(1, hours=2, exit_code=1))
    assert run.outcome is Outcome.FAILED
    assert run.started == hours_ago(2)
    assert run.ended == hours_ago(1.5)


def test_reports_make_the_same_run_in_either_order() -> None:
    first, last = start(1, hours=2, host="photos"), end(1, hours=2, started=None)
    assert run_of(first, last, heard=NOW) == run_of(last, first, heard=NOW)


def test_a_report_that_comes_twice_tells_nothing_new() -> None:
    run = run_of(start(1), end(1), heard=NOW)
    assert merged(run, start(1), NOW) is None
    assert merged(run, end(1), NOW) is None
    assert merged(run, end(1, exit_code=1), NOW) is None


def test_a_sign_of_life_whose_start_was_lost_tells_of_the_run() -> None:
    assert run_of(beat(1, 7, hours=3)).started == hours_ago(3)


def test_a_sign_of_life_after_the_end_changes_nothing() -> None:
    assert merged(run_of(start(1), end(1), heard=NOW), beat(1, 9), NOW) is None


def test_an_end_revises_the_verdict_that_a_run_has_crashed() -> None:
    crashed = run_of(start(1, hours=2), crashed=True)
    assert crashed.outcome is Outcome.CRASHED
    revised = merged(crashed, end(1, hours=2), NOW)
    assert revised is not None
    assert revised.outcome is Outcome.SUCCESS


def test_times_from_a_clock_that_is_ahead_become_the_time_at_which_they_were_heard() -> None:
    run = run_of(end(1, hours=-48), heard=NOW)
    assert run.ended == NOW
    assert run.started == NOW - timedelta(minutes=30)


def test_a_clock_that_jumped_ahead_during_the_run_leaves_its_start() -> None:
    run = run_of(end(1, hours=1, started=hours_ago(1), ended=hours_ago(-48)), heard=NOW)
    assert run.started == hours_ago(1)
    assert run.ended == NOW


def test_a_report_that_was_made_after_it_arrived_has_all_its_times_shifted() -> None:
    """The clock is two days ahead; the run ended three hours before somebody reported it."""
    report = end(1, hours=-44.5, sent=hours_ago(-48), duration_seconds=None)
    run = run_of(report, heard=NOW)
    assert (run.started, run.ended) == (hours_ago(3.5), hours_ago(3))
    assert (run.noted_start, run.noted_end) == (hours_ago(-44.5), hours_ago(-45))


def test_a_report_that_was_made_before_its_run_was_heard_of_has_all_its_times_shifted() -> None:
    report = end(1, hours=50, sent=hours_ago(49.5))
    run = merged(None, report, NOW, not_before=NOW - timedelta(seconds=5))
    assert run is not None
    assert (run.started, run.ended) == (hours_ago(0.5), NOW)
    assert (run.noted_start, run.noted_end) == (hours_ago(50), hours_ago(49.5))


def test_a_report_of_an_old_run_that_was_made_just_now_is_believed() -> None:
    run = merged(None, end(1, hours=50, sent=NOW), NOW, not_before=NOW - timedelta(seconds=5))
    assert run is not None
    assert (run.ended, run.noted_end) == (hours_ago(49.5), None)


def test_a_report_may_be_a_minute_on_its_way() -> None:
    run = merged(None, start(1, hours=1 / 60, sent=hours_ago(1 / 60)), NOW, not_before=NOW)
    assert run is not None
    assert run.started == hours_ago(1 / 60)


def test_ten_minutes_ahead_is_ordinary() -> None:
    assert run_of(start(1, hours=-10 / 60), heard=NOW).started == hours_ago(-10 / 60)


def test_a_start_from_the_year_2999_and_an_endless_duration_break_nothing() -> None:
    ahead = NOW.replace(year=2999)
    run = run_of(end(1, started=ahead, ended=ahead, duration_seconds=1e9), heard=NOW)
    assert run.ended == NOW
    assert run.started == NOW - timedelta(days=365)


def test_what_is_older_than_everything_kept_is_forgotten_and_not_taken_in_again() -> None:
    kept = [run_of(end(number, hours=600.0 - number)) for number in range(500)]
    assert is_forgotten(run_of(end(501, hours=601)), kept)
    assert not is_forgotten(run_of(end(501, hours=598)), kept)
    assert not is_forgotten(run_of(end(501, hours=601)), kept[1:])


def test_the_newest_500_runs_are_kept() -> None:
    runs = [run_of(end(number, hours=700.0 - number)) for number in range(510)]
    assert [run.run_id for run in newest(reversed(runs))] == [run_id(number) for number in range(10, 510)]


# --- crashed or not


def test_a_silent_run_has_crashed_and_one_that_gives_signs_of_life_has_not() -> None:
    run = run_of(start(1))
    assert verdict(run, [run], silent=True) is Outcome.CRASHED
    assert verdict(run, [run], silent=False) is None


def test_a_run_without_beats_has_crashed_once_a_later_one_has_begun() -> None:
    run = run_of(start(1, hours=9, beat_seconds=None))
    assert verdict(run, [run], silent=False) is None
    assert verdict(run, [run, run_of(start(2, hours=2))], silent=False) is Outcome.CRASHED
    assert verdict(run, [run, run_of(end(2, hours=2, started=None))], silent=False) is Outcome.CRASHED


def test_a_run_without_beats_has_not_crashed_because_of_an_earlier_one() -> None:
    run = run_of(start(1, hours=2, beat_seconds=None))
    assert verdict(run, [run, run_of(start(2, hours=9))], silent=False) is None


def test_runs_that_beat_may_overlap() -> None:
    run = run_of(start(1, hours=9))
    assert verdict(run, [run, run_of(start(2, hours=2))], silent=False) is None


# --- calls without a run id


def test_the_open_run_is_the_newest_that_was_begun_without_an_id() -> None:
    named = run_of(start(1, hours=1))
    old = run_of(start(2, hours=9, beat_seconds=None), unnamed=True)
    new = run_of(start(3, hours=2, beat_seconds=None), unnamed=True)
    assert open_run([new, old, named]) == new
    assert open_run([named]) is None


def test_a_run_that_has_ended_is_open_no_more_even_if_an_older_one_never_ended() -> None:
    old = run_of(start(1, hours=9, beat_seconds=None), unnamed=True)
    ended = run_of(start(2, hours=2, beat_seconds=None), end(2, hours=2), unnamed=True)
    assert open_run([old, ended]) is None


def test_two_starts_within_a_minute_are_one() -> None:
    run = run_of(start(1, beat_seconds=None), heard=NOW, unnamed=True)
    assert is_repeated_start([run], NOW + timedelta(seconds=60))
    assert not is_repeated_start([run], NOW + timedelta(seconds=61))


def test_an_end_that_finds_no_open_run_within_a_minute_of_the_last_is_that_one_again() -> None:
    run = run_of(start(1, beat_seconds=None), end(1), heard=NOW, unnamed=True)
    assert is_repeated_end([run], 0, NOW + timedelta(seconds=60))
    assert not is_repeated_end([run], 1, NOW + timedelta(seconds=60))
    assert not is_repeated_end([run], 0, NOW + timedelta(seconds=61))


def test_ends_of_a_job_that_reports_no_starts_are_never_repeats() -> None:
    run = run_of(end(1, started=None), heard=NOW, unnamed=True)
    assert not is_repeated_end([run], 0, NOW)


# --- facts of a job


def test_of_a_job_never_seen_nothing_is_known_and_it_is_not_running() -> None:
    facts = facts_of()
    assert facts == JobFacts(settings=job(), expected_since=hours_ago(1000))
    assert facts.running is False
    assert facts.consecutive_failures == 0
    assert facts.last_outcome is None


def test_a_success_sets_times_code_duration_and_files() -> None:
    facts = facts_of(run_of(start(1, hours=2), end(1, hours=2, unreadable_files=0)))
    assert facts.last_start == hours_ago(2)
    assert facts.last_end == hours_ago(1.5)
    assert facts.last_success == hours_ago(1.5)
    assert facts.last_exit_code == 0
    assert facts.last_duration_seconds == 1800.0
    assert facts.last_unreadable_files == 0
    assert facts.last_outcome is Outcome.SUCCESS


def test_a_failure_leaves_the_last_success_where_it_was() -> None:
    facts = facts_of(run_of(end(1, hours=26)), run_of(end(2, hours=2, exit_code=12)))
    assert facts.last_success == hours_ago(25.5)
    assert facts.last_end == hours_ago(1.5)
    assert facts.last_exit_code == 12
    assert facts.last_outcome is Outcome.FAILED


def test_a_partial_run_is_no_success_of_the_job() -> None:
    facts = facts_of(run_of(end(1, hours=2, exit_code=3, unreadable_files=4)))
    assert facts.last_success is None
    assert facts.last_unreadable_files == 4
    assert facts.last_outcome is Outcome.PARTIAL


def test_how_many_files_a_folder_held_that_could_not_be_read_is_not_known() -> None:
    facts = facts_of(run_of(end(1, hours=2, exit_code=3, unreadable_files=0, unreadable_trees=1)))
    assert facts.last_unreadable_files is None


def test_a_crash_has_neither_end_nor_code_nor_duration() -> None:
    facts = facts_of(run_of(end(1, hours=26)), run_of(start(2, hours=2), crashed=True))
    assert facts.last_outcome is Outcome.CRASHED
    assert facts.last_end == hours_ago(25.5)
    assert facts.last_exit_code is None
    assert facts.last_duration_seconds is None
    assert facts.running is False


def test_a_run_at_work_is_running_and_does_not_change_the_last_outcome() -> None:
    facts = facts_of(run_of(end(1, hours=26, exit_code=1)), run_of(start(2, hours=2)))
    assert facts.running is True
    assert facts.running_since == hours_ago(2)
    assert facts.last_start == hours_ago(2)
    assert facts.last_outcome is Outcome.FAILED
    assert facts.consecutive_failures == 1


def test_a_crash_that_is_found_out_after_a_later_success_is_not_the_last_run() -> None:
    facts = facts_of(run_of(end(2, hours=2)), run_of(start(1, hours=9), crashed=True))
    assert facts.last_outcome is Outcome.SUCCESS
    assert facts.consecutive_failures == 0


def test_failures_and_crashes_count_until_a_success() -> None:
    facts = facts_of(
        run_of(end(1, hours=100)),
        run_of(end(2, hours=80, exit_code=1)),
        run_of(start(3, hours=60), crashed=True),
        run_of(end(4, hours=40, exit_code=1)),
    )
    assert facts.consecutive_failures == 3


def test_a_partial_run_ends_a_row_of_failures() -> None:
    facts = facts_of(run_of(end(1, hours=80, exit_code=1)), run_of(end(2, hours=40, exit_code=3)))
    assert facts.consecutive_failures == 0


def test_an_interrupted_run_neither_counts_nor_clears() -> None:
    facts = facts_of(run_of(end(1, hours=80, exit_code=1)), run_of(end(2, hours=40, exit_code=130)))
    assert facts.consecutive_failures == 1
    assert facts.last_outcome is Outcome.INTERRUPTED


def test_the_last_run_is_the_one_that_ended_last_in_whatever_order_they_were_heard_of() -> None:
    facts = facts_of(run_of(end(2, hours=2)), run_of(end(1, hours=26, exit_code=1)))
    assert facts.last_outcome is Outcome.SUCCESS


def test_a_run_that_certainly_came_later_is_the_last_whatever_the_clocks_said() -> None:
    ahead = run_of(end(1, hours=-9000, exit_code=1), heard=hours_ago(-9000))
    second = merged(None, end(2, hours=2), hours_ago(1.5), earlier=(ahead,))
    assert second is not None
    third = merged(None, end(3, hours=1, exit_code=3), hours_ago(0.5), earlier=(ahead, second))
    assert third is not None
    assert in_order([third, ahead, second]) == [ahead, second, third]
    facts = facts_of(third, ahead, second)
    assert facts.last_outcome is Outcome.PARTIAL
    assert facts.last_end == hours_ago(0.5)


def test_a_run_keeps_its_place_when_its_end_follows() -> None:
    ahead = run_of(end(1, hours=-9000), heard=hours_ago(-9000))
    begun = merged(None, start(2, hours=2), hours_ago(2), earlier=(ahead,))
    ended = merged(begun, end(2, hours=2), hours_ago(1.5), earlier=(ahead,))
    assert begun is not None
    assert ended is not None
    assert in_order([begun, ahead])[-1] == begun
    assert in_order([ended, ahead])[-1] == ended


# --- in progress


def test_a_run_is_in_progress_until_its_longest_duration() -> None:
    settings = job(max_duration=timedelta(hours=6))
    assert is_in_progress(settings, [run_of(start(1, hours=6))], NOW)
    assert not is_in_progress(settings, [run_of(start(1, hours=6.1))], NOW)


def test_without_a_declared_duration_the_longest_past_run_is_the_measure() -> None:
    past = run_of(end(1, hours=100, duration_seconds=7200.0))
    assert is_in_progress(job(), [past, run_of(start(2, hours=2))], NOW)
    assert not is_in_progress(job(), [past, run_of(start(2, hours=2.1))], NOW)


def test_without_a_history_a_day_is_the_measure() -> None:
    assert is_in_progress(job(), [run_of(start(1, hours=24))], NOW)
    assert not is_in_progress(job(), [run_of(start(1, hours=24.1))], NOW)


def test_ended_and_crashed_runs_are_not_in_progress() -> None:
    assert not is_in_progress(job(), [run_of(end(1)), run_of(start(2), crashed=True)], NOW)
