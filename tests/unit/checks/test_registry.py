from collections.abc import Iterator
from datetime import datetime

import pytest

from immich_backup_exporter.checks import CHECKS, findings
from immich_backup_exporter.checks.check import Check
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.findings import in_words
from immich_backup_exporter.words import ENGLISH
from support.facts import NOW
from support.healthy import STATE
from support.insides import with_contents
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
    told = [in_words(one, ENGLISH) for one in findings(state, NOW)]
    assert [one for one in told if not one.sentence.endswith(".")] == []
    assert [one for one in told if (one.severity is Severity.OK) is not (one.next_step == "")] == []


def test_a_defect_in_one_check_is_unknown_and_leaves_the_others() -> None:
    broken = Check(name="Stale", about=About.PLAN, severities=(), find=fails)
    told = findings(STATE, NOW, (broken, *CHECKS[1:2]))
    assert [(one.check, one.severity.value) for one in told] == [("Stale", "unknown"), ("RepositoryUnreachable", "ok")]
    assert ENGLISH.render(told[0].message) == "This check itself failed with an unexpected ZeroDivisionError."


def test_a_finding_knows_its_alert_and_runbook() -> None:
    (finding,) = findings(STATE, NOW, CHECKS[1:2])
    assert finding.alert == "ImmichBackupRepositoryUnreachable"
    assert finding.runbook_url == (
        "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"
        "ImmichBackupRepositoryUnreachable.md"
    )


def test_a_finding_has_an_id_of_its_check_and_whom_it_speaks_about() -> None:
    ids = {one.check: one.id for one in findings(STATE, NOW)}
    assert ids["Stale"] == "Stale/plan=immich,repository=nas"
    assert ids["RepositoryUnreachable"] == "RepositoryUnreachable/repository=nas"
    assert ids["JobFailed"] == "JobFailed/job_name=nightly,plan=immich,repository=nas"
    assert ids["DumpStale"] == "DumpStale"


@pytest.mark.parametrize("state", [STATE, EMPTY, FULL])
def test_no_two_findings_have_the_same_id(state: State) -> None:
    ids = [one.id for one in findings(state, NOW)]
    assert len(ids) == len(set(ids))


def test_a_finding_is_about_what_its_check_says() -> None:
    about = {one.check: one.about.value for one in findings(with_contents(), NOW)}
    assert {check for check, what in about.items() if what == "contents"} == {
        "AssetsDropped",
        "AssetsMissingFromSnapshot",
        "AssetsMissingInImmich",
        "BackupOrderWrong",
        "ContentsUnknown",
        "DumpInSnapshotInvalid",
        "DumpNotInSnapshot",
        "FolderMissing",
        "FolderSuspiciouslySmall",
        "MediaNotInSnapshot",
    }
    assert (about["Stale"], about["DumpStale"], about["JobFailed"], about["RepositoryUnreachable"]) == (
        "plan",
        "dumps",
        "job",
        "repository",
    )
    assert (about["ConfigReloadFailed"], about["UploadLocationMissing"]) == ("agent", "upload_location")


def test_twelve_checks_are_about_contents() -> None:
    assert len([check for check in CHECKS if check.about is About.CONTENTS]) == 12
