from immich_backup_exporter.checks.snapshot_damaged import CHECK
from support.healthy import PAUSE, STATE, severity, silent, with_plan


def test_a_snapshot_that_could_be_read_is_ok() -> None:
    assert severity(CHECK, with_plan(damaged=False)) == "ok"


def test_one_that_could_not_be_read_twice_is_critical() -> None:
    assert severity(CHECK, with_plan(damaged=True)) == "critical"


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, damaged=True)) == "ok"


def test_before_a_try_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)
