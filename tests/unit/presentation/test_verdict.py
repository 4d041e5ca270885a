"""The one word: only proof makes it a good one."""

from dataclasses import replace

import pytest

from immich_backup_exporter.checks import findings
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.verdict import verdict
from support.facts import NOW, hours_ago
from support.healthy import PAUSE, REPOSITORY, STATE, with_plan, with_repository, without_folder

NO_BACKUP = {"last_success": None, "newest": None, "snapshots": 0, "snapshots_baseline": None}


def of(state: State) -> str:
    return verdict(state, findings(state, NOW), NOW).value


def test_a_fresh_backup_in_a_repository_that_was_read_is_safe() -> None:
    assert of(STATE) == "safe"


@pytest.mark.parametrize("repository_snapshots", [0, 5])
def test_a_repository_without_a_backup_of_the_plan_is_never_safe(repository_snapshots: int) -> None:
    state = with_plan(state=with_repository(snapshots=repository_snapshots), expected_since=hours_ago(1), **NO_BACKUP)
    assert of(state) == "nothing_backed_up_yet"


def test_one_plan_of_two_without_a_backup_is_not_all() -> None:
    state = with_plan(expected_since=hours_ago(1), **NO_BACKUP)
    other = replace(REPOSITORY.settings, access=replace(REPOSITORY.settings.access, name="usb"))
    both = replace(state, repositories=(*state.repositories, replace(REPOSITORY, settings=other)))
    assert of(both) == "not_all_backed_up_yet"


def test_a_paused_plan_needs_no_backup() -> None:
    assert of(with_plan({"paused_until": PAUSE}, **NO_BACKUP)) == "safe"


def test_a_repository_that_vanished_just_now_is_not_known() -> None:
    state = with_repository(up=False, failure=FailureReason.NOT_FOUND)
    assert of(state) == "not_known_yet"


def test_after_a_restart_nothing_is_known_before_the_first_look() -> None:
    assert of(with_repository(up=None)) == "not_known_yet"


def test_what_an_agent_wrote_down_is_from_a_look_that_succeeded() -> None:
    assert of(replace(with_repository(up=None), recalled=True)) == "safe"


def test_a_late_backup_under_way_is_not_there_yet() -> None:
    assert of(with_plan(last_success=hours_ago(27), run_in_progress=True)) == "not_known_yet"


def test_a_missed_backup_is_a_warning() -> None:
    assert of(with_plan(last_success=hours_ago(30))) == "warning"


def test_without_repositories_nothing_is_watched() -> None:
    assert of(replace(STATE, repositories=())) == "not_watched"


def test_with_a_good_copy_left_something_critical_is_for_today() -> None:
    assert of(without_folder("library")) == "act_today"


def test_without_a_good_copy_the_photos_are_at_risk() -> None:
    assert of(with_plan(last_success=hours_ago(70))) == "at_risk"


def test_one_of_two_fresh_copies_that_cannot_be_read_is_not_the_end() -> None:
    away = replace(REPOSITORY.settings, access=replace(REPOSITORY.settings.access, name="usb"))
    denied = replace(REPOSITORY, settings=away, up=False, failure=FailureReason.WRONG_PASSWORD)
    assert of(replace(STATE, repositories=(REPOSITORY, denied))) == "act_today"
