from immich_backup_exporter.checks.dump_invalid import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump, without_folder


def test_a_whole_dump_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


def test_a_broken_dump_is_critical_and_says_what_is_wrong() -> None:
    finding = found(CHECK, with_dump(valid=False, sentence="The gzip data is damaged."))
    assert (finding.severity, finding.labels) == ("critical", {})
    assert finding.sentence == "The newest dump would not restore. The gzip data is damaged."


def test_a_broken_dump_stays_broken_on_an_unmounted_disk() -> None:
    assert severity(CHECK, with_dump(state=without_folder("backups"), valid=False)) == "critical"


def test_one_without_a_verdict_is_ok() -> None:
    assert severity(CHECK, with_dump(valid=None, last_valid=None)) == "ok"


def test_a_pause_is_ok() -> None:
    assert severity(CHECK, with_dump({"paused_until": PAUSE}, valid=False)) == "ok"


def test_without_a_dump_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_dump(newest=None, valid=None))
