import pytest

from immich_backup_exporter.analysis.restic_checks import check_of, folded_checks
from immich_backup_exporter.domain.records import CheckRecord, Run
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import JobKind
from support.facts import end, hours_ago, run_of, start

STRUCTURE, DATA = CheckScope.STRUCTURE, CheckScope.DATA


def passed(number: int, hours: float, scope: CheckScope | None = None) -> tuple[Run, JobKind]:
    return run_of(end(number, hours=hours, check_scope=scope, damaged=False)), JobKind.CHECK


def damaged(number: int, hours: float, scope: CheckScope | None = None) -> tuple[Run, JobKind]:
    return run_of(end(number, hours=hours, exit_code=1, check_scope=scope, damaged=True)), JobKind.CHECK


def found(hours: float, *, success: bool) -> CheckRecord:
    """Of the run that began so many hours ago, which took half an hour."""
    return CheckRecord(time=hours_ago(hours - 0.5), success=success)


def test_a_check_without_further_word_looked_at_the_structure() -> None:
    assert check_of(run_of(end(1)), JobKind.CHECK) == (STRUCTURE, True)


@pytest.mark.parametrize("exit_code", [1, 2, 10, 11, 12, 130])
def test_a_check_that_failed_without_finding_damage_says_nothing_about_the_repository(exit_code: int) -> None:
    assert check_of(run_of(end(1, exit_code=exit_code, check_errors=1)), JobKind.CHECK) is None


def test_a_check_that_still_works_or_crashed_says_nothing() -> None:
    assert check_of(run_of(start(1)), JobKind.CHECK) is None
    assert check_of(run_of(start(1), crashed=True), JobKind.CHECK) is None


def test_a_backup_says_nothing_about_damage_unless_a_check_in_it_did() -> None:
    assert check_of(run_of(end(1)), JobKind.BACKUP) is None
    assert check_of(run_of(end(1, damaged=False)), JobKind.BACKUP) == (STRUCTURE, True)


def test_a_check_that_passed_in_a_run_that_failed_later_has_passed() -> None:
    assert check_of(run_of(end(1, exit_code=1, damaged=False)), JobKind.OTHER) == (STRUCTURE, True)


def test_reading_all_data_is_a_pass_of_the_structure_too() -> None:
    assert folded_checks({}, [passed(1, 5, DATA)]) == {
        STRUCTURE: found(5, success=True),
        DATA: found(5, success=True),
    }


def test_a_pass_of_the_structure_says_nothing_about_the_data() -> None:
    assert folded_checks({}, [passed(1, 5)]) == {STRUCTURE: found(5, success=True)}


def test_damaged_data_stays_damaged_through_passes_of_the_structure() -> None:
    checks = folded_checks({}, [damaged(1, 9, DATA), passed(2, 5)])
    assert checks == {DATA: found(9, success=False), STRUCTURE: found(5, success=True)}


def test_damage_is_cleared_by_a_pass_of_the_same_or_a_deeper_scope() -> None:
    checks = folded_checks({}, [damaged(1, 9), damaged(2, 8, DATA), passed(3, 5, DATA)])
    assert checks == {STRUCTURE: found(5, success=True), DATA: found(5, success=True)}


def test_a_check_that_could_not_lock_clears_no_damage() -> None:
    locked = run_of(end(2, hours=5, exit_code=11)), JobKind.CHECK
    assert folded_checks({}, [damaged(1, 9), locked]) == {STRUCTURE: found(9, success=False)}


def test_the_same_runs_again_and_in_another_order_change_nothing() -> None:
    runs = [damaged(1, 9, DATA), passed(2, 7, DATA), damaged(3, 5), passed(4, 2)]
    checks = folded_checks({}, runs)
    assert folded_checks(checks, reversed(runs)) == checks
    assert folded_checks({}, reversed(runs)) == checks


def test_what_was_kept_outlives_the_runs() -> None:
    kept = {DATA: found(900, success=False)}
    assert folded_checks(kept, []) == kept
    assert folded_checks(kept, [passed(1, 1000, DATA)])[DATA] == found(900, success=False)
