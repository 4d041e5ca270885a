from dataclasses import replace
from datetime import timedelta

import pytest

from immich_backup_exporter.checks.contents_unknown import CHECK
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.settings import InspectSettings
from immich_backup_exporter.domain.state import State
from support.facts import hours_ago
from support.healthy import PAUSE, found, severity, silent, with_plan

UNKNOWN = with_plan(contents_unknown_since=hours_ago(27))


def with_repository(state: State, inspect: InspectSettings | None = None, **changed: object) -> State:
    (repository,) = state.repositories
    settings = replace(repository.settings, inspect=inspect or repository.settings.inspect)
    return replace(state, repositories=(replace(repository, settings=settings, **changed),))  # type: ignore[arg-type]


def test_a_newest_snapshot_that_is_known_is_ok() -> None:
    assert severity(CHECK, with_plan(contents_unknown_since=None)) == "ok"


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.01, "warning")])
def test_unknown_for_longer_than_the_lag_is_a_warning(hours: float, expected: str) -> None:
    assert severity(CHECK, with_plan(contents_unknown_since=hours_ago(hours))) == expected


def test_the_lag_is_the_repositorys_own() -> None:
    assert severity(CHECK, with_repository(UNKNOWN, InspectSettings(max_lag=timedelta(hours=28)))) == "ok"


def test_it_says_why() -> None:
    state = with_plan(contents_unknown_since=hours_ago(27), inspection_sentence="Nothing more may be read today.")
    assert found(CHECK, state).sentence.endswith("the limit is 26 hours. Nothing more may be read today.")


def test_where_nothing_is_to_be_looked_into_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_repository(UNKNOWN, InspectSettings(enabled=False)))


def test_a_repository_that_cannot_be_read_explains_it() -> None:
    assert silent(CHECK, with_repository(UNKNOWN, last_poll_success=hours_ago(1.01)))
    assert silent(CHECK, with_repository(UNKNOWN, failure=FailureReason.WRONG_PASSWORD))


def test_damage_explains_it() -> None:
    assert silent(CHECK, with_plan(contents_unknown_since=hours_ago(27), damaged=True))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, contents_unknown_since=hours_ago(27))) == "ok"
