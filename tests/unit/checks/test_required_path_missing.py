from immich_backup_exporter.checks.required_path_missing import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import with_contents

PATHS: dict[str, object] = {"required_paths": ("/srv/app/.env", "/srv/app/compose.yaml")}


def test_all_of_them_in_the_snapshot_are_ok() -> None:
    assert severity(CHECK, with_contents(PATHS)) == "ok"


def test_one_that_is_not_is_a_warning_and_named() -> None:
    finding = found(CHECK, with_contents(PATHS, missing_paths=("/srv/app/.env",)))
    assert (finding.severity, finding.sentence) == ("warning", "Not in the newest inspected snapshot: /srv/app/.env.")


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_contents({**PATHS, "paused_until": PAUSE}, missing_paths=("/srv/app/.env",))) == "ok"


def test_where_none_is_required_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_contents())
    assert silent(CHECK, STATE)
