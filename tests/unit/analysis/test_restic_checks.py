from collections.abc import Mapping

import pytest

from immich_backup_exporter.analysis.restic_checks import (
    check_of,
    checks_of,
    folded_checks,
    folded_parts,
    read_cycle_oldest,
)
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


# --- parts of the data, filtered checks


def part(number: int, hours: float, name: str, **fields: object) -> tuple[Run, JobKind]:
    told = {"check_scope": DATA, "check_part": name, "damaged": False, **fields}
    return run_of(end(number, hours=hours, exit_code=1 if told["damaged"] else 0, **told)), JobKind.CHECK


def broken(number: int, hours: float, name: str) -> tuple[Run, JobKind]:
    return part(number, hours, name, damaged=True, damaged_data=True)


def state_of(*runs: tuple[Run, JobKind]) -> Mapping[CheckScope, CheckRecord]:
    return checks_of(folded_checks({}, runs), folded_parts({}, runs))


def test_damage_in_a_part_is_damage_of_the_data() -> None:
    assert state_of(broken(1, 9, "2/4")) == {DATA: found(9, success=False)}


@pytest.mark.parametrize("name", ["1/4", "3/4", "2/8", "sample", "filtered"])
def test_a_check_of_another_part_clears_no_damage_of_the_data(name: str) -> None:
    assert state_of(broken(1, 9, "2/4"), part(2, 5, name))[DATA] == found(9, success=False)


def test_the_same_part_again_clears_it() -> None:
    assert DATA not in state_of(broken(1, 9, "2/4"), part(2, 5, "2/4"))
    assert state_of(broken(1, 9, "2/4"), broken(2, 8, "3/4"), part(3, 5, "3/4"))[DATA] == found(9, success=False)


def test_reading_all_data_clears_it() -> None:
    assert state_of(broken(1, 9, "2/4"), passed(2, 5, DATA))[DATA] == found(5, success=True)
    assert state_of(broken(1, 9, "sample"), passed(2, 5, DATA))[DATA] == found(5, success=True)


@pytest.mark.parametrize("name", ["sample", "filtered"])
def test_what_cannot_be_asked_for_again_is_cleared_by_reading_all_data_only(name: str) -> None:
    assert state_of(broken(1, 9, name), part(2, 5, name))[DATA] == found(9, success=False)


def test_a_plain_check_clears_no_damage_of_the_data() -> None:
    assert state_of(broken(1, 9, "2/4"), passed(2, 5)) == {
        DATA: found(9, success=False),
        STRUCTURE: found(5, success=True),
    }


def test_damage_of_the_structure_that_a_check_of_a_part_found_is_cleared_by_any_whole_check() -> None:
    missing = part(1, 9, "2/4", damaged=True, damaged_data=False)
    assert state_of(missing) == {STRUCTURE: found(9, success=False)}
    assert state_of(missing, passed(2, 5))[STRUCTURE] == found(5, success=True)
    assert state_of(missing, part(2, 5, "3/4"))[STRUCTURE] == found(5, success=True)


def test_a_filtered_check_clears_nothing_and_is_no_check_of_the_repository() -> None:
    filtered = run_of(end(2, hours=5, check_part="filtered", damaged=False)), JobKind.CHECK
    assert state_of(damaged(1, 9), filtered) == {STRUCTURE: found(9, success=False)}
    assert state_of(filtered) == {}
    all_of_some = run_of(end(2, hours=5, check_part="filtered", check_scope=DATA, damaged=False)), JobKind.CHECK
    assert state_of(damaged(1, 9, DATA), all_of_some) == {DATA: found(9, success=False)}


def test_a_full_cycle_counts_as_one_read_of_the_time_of_its_oldest_part() -> None:
    runs = [part(1, 40, "1/3"), part(2, 30, "2/3"), part(3, 20, "3/3")]
    assert state_of(*runs[:2]).keys() == {STRUCTURE}
    assert state_of(*runs)[DATA] == found(40, success=True)
    assert state_of(*runs, part(4, 10, "1/3"))[DATA] == found(30, success=True)


def test_a_full_cycle_clears_damage_from_before_it() -> None:
    runs = [part(2, 40, "1/2"), part(3, 30, "2/2")]
    assert state_of(damaged(1, 50, DATA), *runs)[DATA] == found(40, success=True)
    assert state_of(broken(1, 50, "sample"), *runs)[DATA] == found(40, success=True)
    assert state_of(broken(1, 35, "sample"), *runs)[DATA] == found(35, success=False)


def test_the_cycle_is_that_of_the_newest_part() -> None:
    parts = folded_parts({}, [part(1, 40, "1/2"), part(2, 30, "2/2")])
    assert read_cycle_oldest(parts) == hours_ago(39.5)
    assert read_cycle_oldest(folded_parts(parts, [part(3, 20, "1/12")])) is None
    assert read_cycle_oldest(folded_parts(parts, [broken(3, 20, "1/2")])) is None
    assert read_cycle_oldest({}) is None


def test_parts_do_not_depend_on_order_or_repetition() -> None:
    runs = [broken(1, 9, "2/4"), part(2, 7, "2/4"), broken(3, 5, "sample")]
    parts = folded_parts({}, runs)
    assert parts == {"2/4": found(7, success=True), "sample": found(5, success=False)}
    assert folded_parts(parts, reversed(runs)) == parts
