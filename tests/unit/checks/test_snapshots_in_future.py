from immich_backup_exporter.checks.snapshots_in_future import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan


def test_none_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


def test_one_is_a_warning() -> None:
    finding = found(CHECK, with_plan(in_future=1))
    assert (finding.severity, finding.labels) == ("warning", {"repository": "nas", "plan": "immich"})


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, in_future=1)) == "ok"


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_plan(in_future=None))
