from datetime import datetime

from immich_backup_exporter.analysis.baseline import baseline, usual
from support.facts import hours_ago


def test_fewer_than_three_values_make_no_baseline() -> None:
    assert baseline([10.0, 10.0]) is None


def test_it_is_the_median_so_one_outlier_does_not_move_it() -> None:
    assert baseline([10.0, 10.0, 9000.0]) == 10.0


def test_only_the_last_fourteen_values_count() -> None:
    assert baseline([1.0] * 100 + [7.0] * 14) == 7.0


def test_a_lasting_change_of_nightly_values_is_usual_after_a_week() -> None:
    assert baseline([100.0] * 20 + [50.0] * 6) == 100.0
    assert baseline([100.0] * 20 + [50.0] * 8) == 50.0


def test_an_even_number_of_values_gives_the_mean_of_the_middle_two() -> None:
    assert baseline([1.0, 2.0, 4.0, 9.0]) == 3.0


def days(*values: float) -> list[tuple[datetime, float]]:
    return [(hours_ago(24.0 * (len(values) - index)), value) for index, value in enumerate(values)]


def test_without_an_acceptance_what_is_usual_is_the_median() -> None:
    assert usual(days(10, 20, 30), 5, None) == 20
    assert usual(days(10, 20), 5, None) is None


def test_an_accepted_newest_value_is_usual_at_once() -> None:
    assert usual(days(10, 10, 10), 4, hours_ago(1)) == 4


def test_an_accepted_value_is_usual_the_next_night_too() -> None:
    assert usual(days(10, 10, 10, 4), 1, hours_ago(24)) == 4


def test_later_values_take_over_from_an_accepted_one() -> None:
    assert usual(days(10, 10, 4, 5, 6), 7, hours_ago(72)) == 4
    assert usual(days(10, 4, 6, 6, 6, 6), 7, hours_ago(120)) == 6


def test_an_acceptance_of_a_value_that_nobody_knows_leaves_nothing_usual() -> None:
    assert usual(days(10, 10, 10), None, hours_ago(1)) is None
