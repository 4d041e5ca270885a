from collections.abc import Iterator
from datetime import datetime

import pytest

from immich_backup_exporter.checks import CHECKS, findings
from immich_backup_exporter.checks.check import Check
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State
from support.facts import NOW
from support.healthy import STATE
from support.states import EMPTY, FULL


def fails(state: State, now: datetime) -> Iterator[Finding]:
    raise ZeroDivisionError
    yield


def test_a_healthy_state_is_ok_in_every_respect() -> None:
    assert {finding.severity.value for finding in findings(STATE, NOW)} == {"ok"}


def test_at_the_first_moment_only_what_was_never_looked_at_is_not_ok() -> None:
    told = {(one.check, one.severity.value) for one in findings(EMPTY, NOW) if one.severity is not Severity.OK}
    assert told == {
        ("RepositoryUnreachable", "unknown"),
        ("NeverSucceeded", "unknown"),
        ("UploadLocationMissing", "info"),
    }


@pytest.mark.parametrize("state", [STATE, EMPTY, FULL])
def test_a_finding_says_something_and_what_is_wrong_says_what_to_do(state: State) -> None:
    told = findings(state, NOW)
    assert [one for one in told if not one.sentence.endswith(".")] == []
    assert [one for one in told if (one.severity is Severity.OK) is not (one.next_step == "")] == []


def test_a_defect_in_one_check_is_unknown_and_leaves_the_others() -> None:
    broken = Check(name="Stale", severities=(), find=fails)
    told = findings(STATE, NOW, (broken, *CHECKS[:1]))
    assert [(one.check, one.severity.value) for one in told] == [("Stale", "unknown"), ("RepositoryUnreachable", "ok")]
    assert "ZeroDivisionError" in told[0].sentence


def test_a_finding_knows_its_alert_and_runbook() -> None:
    (finding,) = findings(STATE, NOW, CHECKS[:1])
    assert finding.alert == "ImmichBackupRepositoryUnreachable"
    assert finding.runbook_url == (
        "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"
        "ImmichBackupRepositoryUnreachable.md"
    )
