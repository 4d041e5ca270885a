"""The page that is kept: what a view makes anew, what is made ready before, and that no view shows a difference."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.page import KeptPage
from immich_backup_exporter.presentation.parts import Part, make_part
from support.facts import NOW, hours_ago
from support.fakes import HandClock
from support.healthy import STATE, with_dump, with_plan
from support.several import ALL, SEVERAL, beside_each_other
from support.troubles import STATES

THREE = beside_each_other(STATE, STATE, STATE)


def anew(state: State, now: datetime) -> bytes:
    """The page of one that was never asked before."""
    return KeptPage(HandClock(now)).of(state)


def with_poll(state: State, number: int) -> State:
    """After a poll of one repository that found nothing new."""
    polled = replace(state.repositories[number], polls=state.repositories[number].polls + 1)
    return replace(state, repositories=(*state.repositories[:number], polled, *state.repositories[number + 1 :]))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repositories of which a part was made."""
    made: list[str] = []

    def counted(alone: State, now: datetime) -> Part:
        made.append(alone.repositories[0].name)
        return make_part(alone, now)

    monkeypatch.setattr("immich_backup_exporter.presentation.page.make_part", counted)
    return made


class TestViews:
    def test_a_state_that_was_published_since_is_shown_at_once(self) -> None:
        kept, changed = KeptPage(HandClock(NOW)), with_plan(last_success=hours_ago(70))
        assert b"Your photos are at risk." not in kept.of(STATE)
        assert b"Your photos are at risk." in kept.of(changed)

    def test_views_of_one_state_are_handed_the_same_page(self) -> None:
        kept = KeptPage(HandClock(NOW))
        assert kept.of(STATE) is kept.of(STATE)

    def test_only_what_changed_is_made_anew(self, made: list[str]) -> None:
        kept = KeptPage(HandClock(NOW))
        kept.of(THREE)
        made.clear()
        kept.of(with_poll(THREE, 1))
        assert made == ["r1"]

    def test_what_concerns_all_repositories_makes_all_anew(self, made: list[str]) -> None:
        kept = KeptPage(HandClock(NOW))
        kept.of(THREE)
        made.clear()
        kept.of(replace(THREE, dump=with_dump(valid=False).dump))
        assert made == ["r0", "r1", "r2"]

    def test_a_job_makes_only_the_repository_anew_that_it_works_on(self, made: list[str]) -> None:
        kept = KeptPage(HandClock(NOW))
        kept.of(THREE)
        made.clear()
        kept.of(replace(THREE, jobs=(THREE.jobs[0], replace(THREE.jobs[1], running=True), THREE.jobs[2])))
        assert made == ["r1"]

    def test_ages_go_on_after_a_minute(self) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        assert b"last looked 3 min ago" in kept.of(STATE)
        clock.advance(seconds=59)
        assert b"last looked 3 min ago" in kept.of(STATE)
        clock.advance(seconds=1)
        assert b"last looked 4 min ago" in kept.of(STATE)

    def test_what_is_a_minute_old_is_made_anew_although_something_else_was_made_since(self) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(THREE)
        clock.advance(seconds=59)
        polled = with_poll(THREE, 1)
        assert kept.of(polled).count(b"last looked 3 min ago") == 3
        clock.advance(seconds=1)
        assert kept.of(polled).count(b"last looked 3 min ago") == 1

    def test_a_clock_that_was_set_back_does_not_keep_a_page(self) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(STATE)
        clock.jump(hours=-1)
        assert kept.of(STATE) == anew(STATE, NOW - timedelta(hours=1))


class TestSameAsAnew:
    """Every byte."""

    def test_after_each_of_many_changes(self) -> None:
        kept = KeptPage(HandClock(NOW))
        states = (*STATES, *SEVERAL, with_poll(ALL, 5), *SEVERAL[::-1])
        assert [number for number, state in enumerate(states) if kept.of(state) != anew(state, NOW)] == []

    @pytest.mark.parametrize("state", SEVERAL)
    def test_when_everything_was_too_old(self, state: State) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(state)
        clock.advance(hours=30)
        assert kept.of(state) == anew(state, NOW + timedelta(hours=30))

    @pytest.mark.parametrize("state", SEVERAL)
    def test_when_all_was_made_ready_before(self, state: State, made: list[str]) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(state)
        clock.advance(seconds=60)
        for _ in range(45):
            kept.refresh(state)
        made.clear()
        assert kept.of(state) == anew(state, NOW + timedelta(seconds=60))
        assert len(made) == len(state.repositories)  # all by the page that was made anew


class TestRefresh:
    def test_nothing_is_made_before_the_first_view(self, made: list[str]) -> None:
        KeptPage(HandClock(NOW)).refresh(THREE)
        assert made == []

    def test_of_a_hundred_three_are_made_at_a_time(self, made: list[str]) -> None:
        kept, state = KeptPage(HandClock(NOW)), beside_each_other(*[STATE] * 100)
        kept.of(state)
        made.clear()
        kept.refresh(state)
        assert made == ["r0", "r1", "r2"]

    def test_what_changed_is_made_first_and_then_what_is_oldest(self, made: list[str]) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(THREE)
        made.clear()
        polled = with_poll(THREE, 1)
        for _ in range(4):
            clock.advance(seconds=1)
            kept.refresh(polled)
        assert made == ["r1", "r0", "r2", "r1"]

    def test_a_view_finds_ready_what_was_made(self, made: list[str]) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        kept.of(THREE)
        for _ in range(60):
            clock.advance(seconds=1)
            kept.refresh(THREE)
        made.clear()
        kept.of(THREE)
        assert made == []

    def test_it_ends_ten_minutes_after_the_last_view(self, made: list[str]) -> None:
        clock = HandClock(NOW)
        kept = KeptPage(clock)
        assert not kept.viewed.is_set()
        kept.of(STATE)
        made.clear()
        clock.advance(minutes=10)
        kept.refresh(STATE)
        assert (kept.viewed.is_set(), made) == (True, ["nas"])
        clock.advance(seconds=1)
        kept.refresh(STATE)
        assert (kept.viewed.is_set(), made) == (False, ["nas"])
