from immich_backup_exporter.checks.dump_unverified import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump, without_folder


def test_none_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


def test_one_is_a_warning() -> None:
    finding = found(CHECK, with_dump(unverified=1))
    assert (finding.severity, finding.labels) == ("warning", {})


def test_an_unmounted_disk_explains_it() -> None:
    assert silent(CHECK, with_dump(state=without_folder("backups"), unverified=1))
    assert severity(CHECK, with_dump(state=without_folder("profile"), unverified=1)) == "warning"


def test_a_pause_is_ok() -> None:
    assert severity(CHECK, with_dump({"paused_until": PAUSE}, unverified=1)) == "ok"


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_dump(unverified=None))
