from immich_backup_exporter.checks.job_succeeded_without_snapshot import CHECK
from immich_backup_exporter.domain.settings import JobKind
from support.healthy import PAUSE, STATE, found, severity, silent, with_job


def test_a_success_with_its_snapshot_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


def test_a_success_without_one_is_critical() -> None:
    finding = found(CHECK, with_job(last_success_snapshot_missing=True))
    assert (finding.severity, finding.labels) == (
        "critical",
        {"job_name": "nightly", "repository": "nas", "plan": "immich"},
    )


def test_while_it_is_undecided_it_is_ok() -> None:
    assert severity(CHECK, with_job(last_success_snapshot_missing=None)) == "ok"


def test_a_paused_job_is_ok() -> None:
    assert severity(CHECK, with_job({"paused_until": PAUSE}, last_success_snapshot_missing=True)) == "ok"


def test_of_a_job_that_makes_none_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_job({"kind": JobKind.FORGET}, last_success_snapshot_missing=None))
