from dataclasses import replace

from immich_backup_exporter.checks.external_library_unproven import CHECK
from immich_backup_exporter.domain.settings import ContentSettings
from support.healthy import PAUSE, STATE, severity, silent
from support.insides import with_coverage

UNPROVEN = with_coverage(counts={"external_unproven": 5})


def test_assets_that_no_plan_is_said_to_hold_are_told() -> None:
    assert severity(CHECK, UNPROVEN) == "info"


def test_those_that_were_looked_for_are_ok() -> None:
    assert severity(CHECK, with_coverage(counts={"external_proven": 5})) == "ok"


def test_somebody_who_ignores_them_hears_nothing() -> None:
    ignoring = replace(UNPROVEN.settings, contents=ContentSettings(external_ignored=True))
    assert silent(CHECK, replace(UNPROVEN, settings=ignoring))


def test_without_external_libraries_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_coverage())
    assert silent(CHECK, STATE)


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_coverage({"paused_until": PAUSE}, counts={"external_unproven": 5})) == "ok"
