"""The four checks of how a job's last run ended."""

import pytest

from immich_backup_exporter.checks import job_crashed, job_failed, job_interrupted, job_partial
from immich_backup_exporter.checks.check import Check
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind
from support.healthy import PAUSE, STATE, found, severity, with_job, with_plan

FAILED, CRASHED = job_failed.CHECK, job_crashed.CHECK
PARTIAL, INTERRUPTED = job_partial.CHECK, job_interrupted.CHECK
LABELS = {"job_name": "nightly", "repository": "nas", "plan": "immich"}


@pytest.mark.parametrize("check", [FAILED, CRASHED, PARTIAL, INTERRUPTED])
def test_a_success_is_ok_and_says_when(check: Check) -> None:
    finding = found(check, STATE)
    assert (finding.severity, finding.labels) == ("ok", LABELS)
    assert finding.sentence == "The last run succeeded, 9 hours 30 minutes ago."


@pytest.mark.parametrize("check", [FAILED, CRASHED, PARTIAL, INTERRUPTED])
def test_a_job_that_never_ran_is_ok(check: Check) -> None:
    assert severity(check, with_job(last_outcome=None, last_end=None)) == "ok"


@pytest.mark.parametrize(
    ("check", "outcome", "expected"),
    [
        (FAILED, "failed", "critical"),
        (CRASHED, "crashed", "critical"),
        (PARTIAL, "partial", "warning"),
        (INTERRUPTED, "interrupted", "info"),
    ],
)
def test_each_outcome_has_its_severity(check: Check, outcome: str, expected: str) -> None:
    finding = found(check, with_job(last_outcome=Outcome(outcome)))
    assert (finding.severity, finding.labels) == (expected, LABELS)
    assert finding.next_step


@pytest.mark.parametrize(
    ("check", "other"),
    [(FAILED, "crashed"), (CRASHED, "failed"), (PARTIAL, "failed"), (INTERRUPTED, "partial"), (FAILED, "interrupted")],
)
def test_an_outcome_is_only_ever_told_once(check: Check, other: str) -> None:
    assert severity(check, with_job(last_outcome=Outcome(other))) == "ok"


@pytest.mark.parametrize(
    ("check", "outcome"),
    [(FAILED, "failed"), (CRASHED, "crashed"), (PARTIAL, "partial"), (INTERRUPTED, "interrupted")],
)
def test_a_paused_job_is_ok(check: Check, outcome: str) -> None:
    assert severity(check, with_job({"paused_until": PAUSE}, last_outcome=Outcome(outcome))) == "ok"


def test_a_paused_plan_excuses_no_failed_job() -> None:
    state = with_plan({"paused_until": PAUSE}, with_job(last_outcome=Outcome.FAILED))
    assert severity(FAILED, state) == "critical"


def test_a_row_of_failures_is_counted() -> None:
    finding = found(FAILED, with_job(last_outcome=Outcome.FAILED, consecutive_failures=3))
    assert finding.sentence.endswith("It is number 3 in a row.")


@pytest.mark.parametrize(("unreadable", "expected"), [(3, "ok"), (4, "warning"), (None, "warning")])
def test_as_many_unreadable_files_as_the_plan_allows_are_ok(unreadable: int | None, expected: str) -> None:
    state = with_job(last_outcome=Outcome.PARTIAL, last_unreadable_files=unreadable)
    assert severity(PARTIAL, with_plan({"max_unreadable_files": 3}, state)) == expected


def test_a_job_without_a_plan_has_none_to_allow_anything() -> None:
    state = with_job({"plan": None}, last_outcome=Outcome.PARTIAL, last_unreadable_files=0)
    finding = found(PARTIAL, with_plan({"max_unreadable_files": 3}, state))
    assert (finding.severity, finding.labels) == ("warning", {"job_name": "nightly", "repository": "nas"})


def test_a_job_that_belongs_to_nothing_has_only_its_name() -> None:
    state = with_job({"repository": None, "plan": None}, last_outcome=Outcome.FAILED)
    assert found(FAILED, state).labels == {"job_name": "nightly"}


# --- what a partial run left undone


def test_a_skipped_path_is_told_and_what_to_do_about_it() -> None:
    finding = found(PARTIAL, with_job(last_outcome=Outcome.PARTIAL, last_skipped_paths=1))
    assert finding.sentence == (
        "The last run ended partially, 9 hours 30 minutes ago. 1 path that it is to back up does not exist. It does "
        "not count as a complete backup."
    )
    assert finding.next_step == (
        "See whether a disk is mounted at that path; if the path is no more, take it out of the job."
    )


def test_snapshots_that_were_not_removed_are_no_unread_files() -> None:
    finding = found(PARTIAL, with_job(last_outcome=Outcome.PARTIAL, last_unremoved_snapshots=4))
    assert finding.sentence == (
        "The last run ended partially, 9 hours 30 minutes ago. restic could not remove 4 snapshots."
    )
    assert finding.next_step.startswith("See in its output why: an append-only server refuses it")


def test_a_partial_forget_without_a_number_is_no_unread_file_either() -> None:
    finding = found(PARTIAL, with_job({"kind": JobKind.FORGET}, last_outcome=Outcome.PARTIAL))
    assert finding.sentence == (
        "The last run ended partially, 9 hours 30 minutes ago. restic could not remove some snapshots."
    )


def test_a_restore_that_restored_nothing_failed_and_says_why() -> None:
    finding = found(FAILED, with_job(last_outcome=Outcome.FAILED, last_restored_nothing=True))
    assert finding.sentence == (
        "The last run failed, 9 hours 30 minutes ago. restic restored nothing, since no path matched."
    )


# --- a run that tried nothing


def test_a_skipped_run_does_not_end_a_failure_and_is_told_beside_it() -> None:
    finding = found(FAILED, with_job(last_outcome=Outcome.FAILED, last_skipped=True))
    assert (finding.severity, finding.sentence) == (
        "critical",
        "The last run failed, 9 hours 30 minutes ago. The job was skipped since: nothing was tried.",
    )


@pytest.mark.parametrize("check", [FAILED, CRASHED, PARTIAL, INTERRUPTED])
def test_a_job_that_was_only_skipped_is_ok(check: Check) -> None:
    assert severity(check, with_job(last_outcome=None, last_end=None, last_skipped=True)) == "ok"


def test_a_failure_tells_the_exit_code_and_what_it_means() -> None:
    told = found(job_failed.CHECK, with_job(last_outcome=Outcome.FAILED, last_exit_code=11)).sentence
    assert told.endswith("Its exit code was 11: restic could not lock the repository.")
    assert found(job_failed.CHECK, with_job(last_outcome=Outcome.FAILED, last_exit_code=1)).sentence.endswith(
        "Its exit code was 1."
    )
