from immich_backup_exporter.analysis.baseline import baseline


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
