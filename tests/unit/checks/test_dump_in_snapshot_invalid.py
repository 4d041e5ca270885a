from dataclasses import replace

from immich_backup_exporter.checks.dump_in_snapshot_invalid import CHECK
from support.healthy import DUMP, PAUSE, STATE, found, severity, silent
from support.insides import with_contents
from support.words import message


def test_a_whole_dump_is_ok() -> None:
    assert severity(CHECK, with_contents()) == "ok"


def test_one_that_would_not_restore_is_critical_and_says_why() -> None:
    finding = found(CHECK, with_contents(dump_valid=False, dump_sentence=message("It is cut off.")))
    assert finding.severity == "critical"
    assert finding.sentence == "The dump in the newest inspected snapshot would not restore. It is cut off."


def test_a_live_dump_that_is_broken_explains_it() -> None:
    assert silent(CHECK, replace(with_contents(dump_valid=False), dump=replace(DUMP, valid=False)))


def test_a_plan_for_the_originals_alone_is_not_asked_for_a_dump() -> None:
    assert silent(CHECK, with_contents({"holds": ("originals",)}, dump_valid=False))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_contents({"paused_until": PAUSE}, dump_valid=False)) == "ok"


def test_without_a_verdict_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_contents(dump_valid=None))
    assert silent(CHECK, STATE)
