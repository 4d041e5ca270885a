from immich_backup_exporter.checks.backup_order_wrong import CHECK
from support.facts import dump_file, hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import with_contents, with_coverage


def test_a_dump_that_was_done_before_the_snapshot_began_is_ok() -> None:
    assert severity(CHECK, with_contents()) == "ok"
    assert severity(CHECK, with_contents(dump=dump_file(5, hours=10))) == "ok"


def test_one_that_was_done_after_it_is_a_warning_and_says_by_how_much() -> None:
    finding = found(CHECK, with_contents(dump=dump_file(5, hours=9)))
    assert finding.severity == "warning"
    assert finding.sentence == "The dump in the newest snapshot was finished 1 hour after the snapshot began."


def test_a_paired_plans_dump_counts_too() -> None:
    assert severity(CHECK, with_coverage(record={"dump_time": hours_ago(9)})) == "warning"


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_contents({"paused_until": PAUSE}, dump=dump_file(5, hours=9))) == "ok"


def test_without_a_dump_there_is_no_order() -> None:
    assert silent(CHECK, STATE)
