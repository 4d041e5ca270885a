"""What the page says of the published facts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import Independence
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import AgentSettings, InspectSettings
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.page import overview
from immich_backup_exporter.web.page import Level, Row
from immich_backup_exporter.words import ENGLISH
from support.facts import NOW, hours_ago, snapshot
from support.healthy import (
    REPOSITORY,
    STATE,
    with_agent,
    with_dump,
    with_job,
    with_plan,
    with_repository,
    without_folder,
)
from support.insides import with_contents, with_coverage
from support.states import EMPTY
from support.words import message

said = ENGLISH.plain


def row(state: State, name: str, kind: str = "") -> Row:
    """The first of that name."""
    rows = overview(state, NOW).rows
    return next(one for one in rows if said(one.name) == name and said(one.kind).startswith(kind))


def test_when_nothing_is_wrong_the_photos_are_safe() -> None:
    page = overview(with_contents(), NOW)
    assert (page.level, said(page.verdict)) == (Level.GOOD, "Your photos are safe.")
    assert said(page.detail) == "The backup is as it should be, and so is the database dump."
    assert page.findings == ()
    assert {one.level for one in page.rows} == {Level.GOOD}


def test_a_critical_finding_puts_the_photos_at_risk_and_says_why() -> None:
    page = overview(with_plan(last_success=hours_ago(70)), NOW)
    assert (page.level, said(page.verdict)) == (Level.CRITICAL, "Your photos are at risk.")
    assert said(page.detail) == "Plan nas/immich: The newest complete backup is 70 hours old; the limit is 26 hours."
    (finding,) = page.findings
    assert (finding.level, said(finding.subject)) == (Level.CRITICAL, "plan nas/immich")
    assert finding.runbook.endswith("/docs/runbooks/ImmichBackupStale.md")


def test_several_critical_findings_are_counted() -> None:
    state = with_dump(valid=False, state=with_plan(last_success=hours_ago(70)))
    assert said(overview(state, NOW).detail) == (
        "Plan nas/immich: The newest complete backup is 70 hours old; the limit is 26 hours. And 1 more thing."
    )


def test_a_warning_leaves_the_photos_backed_up() -> None:
    page = overview(with_plan(last_success=hours_ago(30)), NOW)
    assert (page.level, said(page.verdict)) == (Level.WARNING, "Backed up, with a warning.")


def test_information_is_listed_and_leaves_the_photos_safe() -> None:
    page = overview(with_job(last_outcome=Outcome.INTERRUPTED), NOW)
    assert page.level is Level.GOOD
    assert [one.level for one in page.findings] == [Level.INFO]


def test_what_troubles_most_comes_first() -> None:
    state = with_job(last_outcome=Outcome.INTERRUPTED, state=with_plan(last_success=hours_ago(30)))
    state = replace(state, dump=replace(state.dump, valid=False))
    assert [one.level for one in overview(state, NOW).findings] == [Level.CRITICAL, Level.WARNING, Level.INFO]


def test_unknown_is_never_green() -> None:
    page = overview(EMPTY, NOW)
    assert (page.level, said(page.verdict)) == (Level.UNKNOWN, "Not known yet.")
    assert Level.GOOD not in {one.level for one in page.rows if not said(one.kind).startswith("job")}
    assert any(said(one).startswith("repository nas: ") for one in page.unknown)


def test_with_no_repository_the_photos_are_not_watched() -> None:
    page = overview(replace(STATE, repositories=()), NOW)
    assert (page.level, said(page.verdict)) == (Level.UNKNOWN, "Your photos are not watched.")


def test_a_plan_shows_its_age_against_its_limit_and_its_sizes() -> None:
    shown = row(with_plan(size_bytes=2048, sizes=(1024, 4096, 2048)), "nas / immich")
    assert (said(shown.kind), shown.level, said(shown.state)) == ("backup", Level.GOOD, "fresh")
    assert shown.meter is not None
    assert (said(shown.meter.age), said(shown.meter.limit), round(shown.meter.share, 2)) == ("10 h", "of 26 h", 0.38)
    assert shown.spark is not None
    assert said(shown.spark.caption) == "sizes of the last snapshots: 1.0 KiB to 4.0 KiB, now 2.0 KiB"
    assert said(shown.detail) == "30 snapshots, 2.0 KiB"


@pytest.mark.parametrize(
    ("changed", "settings", "state"),
    [
        ({"last_success": hours_ago(30)}, {}, "stale"),
        ({"last_success": hours_ago(30), "run_in_progress": True}, {}, "backing up"),
        ({"last_success": hours_ago(30)}, {"paused_until": hours_ago(-5)}, "paused"),
        ({"last_success": None, "snapshots": 0}, {}, "no backup"),
        ({"last_success": None, "snapshots": None}, {}, "not known yet"),
    ],
)
def test_a_plans_state_is_a_word(changed: dict[str, object], settings: dict[str, object], state: str) -> None:
    assert said(row(with_plan(settings, **changed), "nas / immich").state) == state


@pytest.mark.parametrize(
    ("changed", "state", "level"),
    [
        ({}, "whole", Level.GOOD),
        ({"valid": False}, "would not restore", Level.CRITICAL),
        ({"last_valid": hours_ago(40)}, "stale", Level.CRITICAL),
        ({"newest": None, "routine": 0, "valid": None, "last_valid": None}, "no dump", Level.CRITICAL),
        ({"out_of_sight": True, "sentence": "The folder is gone."}, "out of sight", Level.UNKNOWN),
    ],
)
def test_the_dumps_state_is_a_word(changed: dict[str, object], state: str, level: Level) -> None:
    shown = row(with_dump(**changed), "database")
    assert (said(shown.state), shown.level) == (state, level)


def test_a_marker_that_is_gone_is_named() -> None:
    shown = row(without_folder("upload"), "upload location")
    assert (shown.level, said(shown.state), said(shown.detail)) == (
        Level.CRITICAL,
        "marker missing",
        "no readable .immich in upload",
    )


@pytest.mark.parametrize(
    ("changed", "state", "detail"),
    [
        ({}, "success", ""),
        (
            {"last_outcome": Outcome.FAILED, "last_exit_code": 11, "consecutive_failures": 3},
            "failed",
            "ended 9 hours 30 minutes ago, exit code 11, 3 failures in a row",
        ),
        ({"last_outcome": None, "last_end": None}, "no run yet", ""),
        ({"last_outcome": None, "running": True, "running_since": hours_ago(1)}, "running", "running for 1 h"),
        ({"last_success_snapshot_missing": True}, "no snapshot", ""),
    ],
)
def test_a_jobs_state_is_a_word(changed: dict[str, object], state: str, detail: str) -> None:
    shown = row(with_job(**changed), "nightly")
    assert (said(shown.state), said(shown.detail)) == (state, detail)


def test_a_job_shows_how_long_its_runs_took() -> None:
    shown = row(with_job(durations=(60.0, 120.0), last_duration_seconds=120.0), "nightly")
    assert shown.spark is not None
    assert said(shown.spark.caption) == "durations of the last runs: 1 min to 2 min, now 2 min"


def test_a_repository_that_cannot_be_read_says_why() -> None:
    state = with_repository(
        up=False,
        failure=FailureReason.WRONG_PASSWORD,
        failure_sentence=message("It is wrong."),
        failure_next_step=message("Set it."),
    )
    shown = row(state, "nas")
    assert (shown.level, said(shown.state), said(shown.detail)) == (
        Level.CRITICAL,
        "wrong password",
        "It is wrong. Set it.",
    )


def test_an_off_site_repository_is_called_so() -> None:
    assert said(row(with_repository({"offsite": True}), "nas").kind) == "off-site repository"


def test_what_the_agent_cannot_see_is_said() -> None:
    state = replace(STATE, settings=AgentSettings(), dump=None, upload_folders=None, jobs=())
    assert tuple(map(said, overview(state, NOW).unknown)) == (
        "Whether Immich's own disk and dumps are in order: the agent does not see the upload location.",
        "How backup jobs ended: none reports its runs. A backup that skipped unreadable files looks complete.",
        "Whether a restore works: only restoring proves that.",
    )


def test_what_is_inside_of_the_newest_snapshot_has_a_row_of_its_own() -> None:
    shown = row(with_contents(), "nas / immich", "contents")
    assert (shown.level, said(shown.state)) == (Level.GOOD, "complete")
    assert said(shown.detail) == (
        "60 files, 1,000 photos and videos in the database, none missing from this backup, the dump in it is whole"
    )


@pytest.mark.parametrize(
    ("state", "level", "word"),
    [
        (with_contents(dump_valid=False), Level.CRITICAL, "incomplete"),
        (with_contents(missing_paths=("/a",), settings={"required_paths": ("/a",)}), Level.WARNING, "look at it"),
        (STATE, Level.UNKNOWN, "not looked into"),
    ],
)
def test_a_snapshots_contents_are_told_by_a_word(state: State, level: Level, word: str) -> None:
    shown = row(state, "nas / immich", "contents")
    assert (shown.level, said(shown.state)) == (level, word)


def test_where_nothing_is_looked_into_the_page_says_so_once() -> None:
    state = with_repository({"inspect": InspectSettings(enabled=False)})
    assert not [one for one in overview(state, NOW).rows if said(one.kind) == "contents"]
    assert "What is inside of some snapshots: looking into them is turned off." in map(
        said, overview(state, NOW).unknown
    )


def test_the_page_says_when_it_was_made_and_by_what() -> None:
    page = overview(with_agent(version="9.9.9"), NOW + timedelta(minutes=1))
    assert (page.version, page.revision) == ("9.9.9", "abc")
    assert page.time == NOW + timedelta(minutes=1)


def test_a_warning_beside_what_is_not_known_does_not_say_that_the_photos_are_backed_up() -> None:
    unread = replace(
        REPOSITORY,
        settings=replace(REPOSITORY.settings, access=replace(REPOSITORY.settings.access, name="usb")),
        up=None,
        last_poll_success=None,
        expected_since=NOW,
        plans=(),
    )
    late = with_plan(last_success=hours_ago(30))
    page = overview(replace(late, repositories=(*late.repositories, unread)), NOW)
    assert (page.level, said(page.verdict)) == (Level.WARNING, "A warning, and not everything is known.")
    assert said(page.detail).endswith("the limit is 26 hours. And 1 more thing.")


def test_the_dumps_on_the_disk_are_not_blamed_for_those_in_a_snapshot() -> None:
    state = with_contents(dump_valid=False)
    assert row(state, "database").level is Level.GOOD
    assert row(state, "nas / immich", "contents").level is Level.CRITICAL


def test_originals_that_the_backup_lacks_are_counted() -> None:
    shown = row(with_coverage(counts={"missing": {MissingKind.ORIGINAL: 1200}}), "nas / immich", "contents")
    assert "1,000 photos and videos in the database, 1,200 missing from this backup" in said(shown.detail)


def test_a_repository_says_when_it_was_last_looked_at() -> None:
    shown = row(STATE, "nas", "repository")
    assert shown.meter is not None
    assert (said(shown.meter.age), said(shown.meter.limit)) == ("last looked 3 min ago", "limit 1 h")


def test_what_a_source_finds_of_a_repository_shows_in_its_row() -> None:
    drill = Finding(
        check="Drill",
        about=About.REPOSITORY,
        severity=Severity.WARNING,
        subject=Message("subjects.repository", repository="nas"),
        labels={"repository": "nas"},
        message=Message("repositories.independent"),
    )
    state = replace(STATE, findings={"drills": (drill,)})
    assert row(state, "nas", "repository").level is Level.WARNING


@pytest.mark.parametrize(
    ("state", "name", "word"),
    [
        (with_plan(snapshots=3), "nas / immich", "vanished"),
        (with_plan(size_bytes=1), "nas / immich", "suspiciously small"),
        (with_plan(hosts=2), "nas / immich", "several machines"),
        (with_repository(independence=Independence(local=True, shares_password=True)), "nas", "not independent"),
        (with_job(last_end=hours_ago(30)), "nightly", "overdue"),
        (with_dump(unverified=1), "database", "not read yet"),
    ],
)
def test_a_rows_word_is_of_what_is_found_and_not_of_the_age(state: State, name: str, word: str) -> None:
    shown = row(state, name)
    assert shown.level in (Level.WARNING, Level.CRITICAL)
    assert said(shown.state) == word


def test_a_fresh_plan_stays_so_beside_contents_that_are_not() -> None:
    shown = row(with_contents(dump_valid=False), "nas / immich", "backup")
    assert (shown.level, said(shown.state)) == (Level.GOOD, "fresh")


def test_what_was_compared_of_another_snapshot_is_not_said_of_this_one() -> None:
    state = with_coverage(counts={})
    plan = state.repositories[0].plans[0]
    assert plan.coverage is not None
    older = replace(plan, coverage=replace(plan.coverage, snapshot=snapshot(99, hours=40)))
    shown = replace(state, repositories=(replace(state.repositories[0], plans=(older,)),))
    assert "in the database" not in said(row(shown, "nas / immich", "contents").detail)
