from immich_backup_exporter.checks.repository_check_failed import CHECK
from immich_backup_exporter.domain.records import CheckRecord
from immich_backup_exporter.domain.runs import CheckScope
from support.facts import NOW, hours_ago
from support.healthy import STATE, found, severity, silent, with_repository


def test_where_no_check_was_reported_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


def test_a_check_that_passed_is_ok() -> None:
    state = with_repository(checks={CheckScope.STRUCTURE: CheckRecord(time=hours_ago(5), success=True)})
    assert severity(CHECK, state) == "ok"
    assert found(CHECK, state).labels == {"repository": "nas", "scope": "structure"}


def test_damage_is_critical_in_the_scope_that_found_it() -> None:
    checks = {
        CheckScope.STRUCTURE: CheckRecord(time=hours_ago(5), success=True),
        CheckScope.DATA: CheckRecord(time=hours_ago(500), success=False),
    }
    told = {(one.severity.value, one.labels["scope"]) for one in CHECK.find(with_repository(checks=checks), NOW)}
    assert told == {("critical", "data"), ("ok", "structure")}
