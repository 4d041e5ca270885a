import json
from dataclasses import replace
from datetime import timedelta

import pytest

from immich_backup_exporter.checking.answers import Answer, Source
from immich_backup_exporter.checking.table import print_json, print_table
from immich_backup_exporter.domain.contents import MissingFile, MissingKind
from immich_backup_exporter.domain.findings import About, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.presentation.findings import FindingInWords
from immich_backup_exporter.presentation.verdict import Verdict
from support.facts import NOW, hours_ago
from support.words import message

STALE = FindingInWords(
    id="Stale/plan=immich,repository=a_repository_with_a_long_name",
    check="Stale",
    about=About.PLAN,
    severity=Severity.CRITICAL,
    subject="plan a_repository_with_a_long_name/immich",
    labels={"repository": "a_repository_with_a_long_name", "plan": "immich"},
    sentence="The newest complete backup is 4 days old; the limit is 26 hours. [bold]No[/bold] :smile: \udcff",
    next_step="Look at what the backup job last said, and run it.",
    since=hours_ago(2),
    runbook_url="https://example.org/ImmichBackupStale.md",
)
FINE = FindingInWords(
    id="DumpStale",
    check="DumpStale",
    about=About.DUMPS,
    severity=Severity.OK,
    subject="database dumps",
    sentence="It is 3 hours old.",
    runbook_url="https://example.org/ImmichBackupDumpStale.md",
)
MORE = replace(FINE, id="DumpInvalid", check="DumpInvalid", sentence="It is whole.")
ANSWER = Answer(
    source=Source.STORE,
    origin=message("From the state in /var/lib/immich-backup-exporter, last written 2 hours ago; no agent runs."),
    age=timedelta(hours=2),
    time=NOW,
    version="1.2.3",
    findings=(STALE, FINE, MORE),
    verdict=Verdict.WARNING,
)


def test_the_table_is_plain_text_that_fits(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(ANSWER, verbose=False)
    assert capsys.readouterr().out.splitlines() == [
        "From the state in /var/lib/immich-backup-exporter, last written 2 hours ago; no",
        "agent runs.",
        "",
        "CRITICAL  plan                      The newest complete backup is 4 days old;",
        "          a_repository_with_a_long  the limit is 26 hours. [bold]No[/bold]",
        "          _name/immich              :smile: \\udcff",
        "                                    Look at what the backup job last said, and",
        "                                    run it.",
        "                                    ImmichBackupStale",
        "OK        database dumps            It is 3 hours old.",
        "",
        "3 conclusions: 1 critical, 2 ok. 1 more with --verbose.",
        "Runbook:",
        "  https://example.org/ImmichBackupStale.md",
    ]


def test_no_colour_is_left_where_it_is_not_wanted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(ANSWER, verbose=True)
    assert "\x1b[31m" not in capsys.readouterr().out


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(ANSWER)
    told = json.loads(capsys.readouterr().out)
    assert (told["severity"], told["exit_code"], told["version"]) == ("critical", 2, "1.2.3")
    assert told["verdict"] == "warning"
    assert told["source"] == {
        "kind": "store",
        "sentence": "From the state in /var/lib/immich-backup-exporter, last written 2 hours ago; no agent runs.",
        "age_seconds": 7200.0,
    }
    assert [one["alert"] for one in told["findings"]] == [
        "ImmichBackupStale",
        "ImmichBackupDumpStale",
        "ImmichBackupDumpInvalid",
    ]
    assert told["findings"][0]["id"] == "Stale/plan=immich,repository=a_repository_with_a_long_name"
    assert told["findings"][0]["since"] == "2026-11-23T10:00:00+00:00"
    assert told["findings"][0]["about"] == "plan"
    assert told["findings"][0]["labels"] == {"repository": "a_repository_with_a_long_name", "plan": "immich"}


def test_missing_files_are_listed_below_with_what_tells_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    files = (
        MissingFile(kind=MissingKind.ORIGINAL, item="0af1", path=b"/data/upload/a [b] \xff.jpg", on_disk=True),
        MissingFile(kind=MissingKind.SIDECAR, item="0af2", path=b"/data/upload/c.xmp", on_disk=False),
    )
    print_table(ANSWER, verbose=True, missing={Message("subjects.plan", repository="nas", plan="immich"): files})
    assert (
        "Not in the newest snapshot of plan nas/immich, 2 files listed:\n"
        "  original 0af1 /data/upload/a [b] \\xff.jpg\n"
        "  sidecar 0af2 /data/upload/c.xmp (gone from Immich's disk too)\n"
    ) in capsys.readouterr().out
