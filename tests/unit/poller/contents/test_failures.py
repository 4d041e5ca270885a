import asyncio
from collections.abc import Callable

import pytest

from immich_backup_exporter.domain.errors import FailureReason, InspectionError, RepositoryError
from immich_backup_exporter.poller.contents.failures import Failures
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.contents.targets import Target
from immich_backup_exporter.poller.looking.due import Due
from immich_backup_exporter.poller.looking.locks import LockGuard
from support.facts import NOW, plan, repository, snapshot, snapshot_id
from support.fakes import HandClock
from support.inspected import FakeInspected, FakeSnapshotReader, held
from support.words import english

DAMAGED = RepositoryError(FailureReason.DAMAGED, "A part is gone.", "Check it.", transient=False)
AWAY = RepositoryError(FailureReason.UNREACHABLE, "It does not answer.", "Start it.", transient=True)


class Bench:
    def __init__(self, name: str = "nas") -> None:
        self.clock = HandClock()
        self.known = KnownContents()
        self.failures = Failures(self.known, LockGuard(self.clock), Due(self.clock))
        self.target = self.a_target(name)

    def a_target(self, name: str) -> Target:
        one = snapshot(1, tree="tree 1")
        reader = FakeSnapshotReader(listed={snapshot_id(1)})
        return Target(FakeInspected(repository(name), {"immich": (one,)}, reader=reader), plan(), one)

    @property
    def reader(self) -> FakeSnapshotReader:
        reader = self.target.repository.reader
        assert isinstance(reader, FakeSnapshotReader)
        return reader

    def fail(self, error: RepositoryError | InspectionError = DAMAGED) -> str | None:
        return english(asyncio.run(self.failures.failed(self.target, error)))

    @property
    def damaged(self) -> bool | None:
        return self.facts(lambda facts: facts.damaged)

    def facts(self, of: Callable) -> bool | None:
        (facts,) = self.target.repository.facts.plans
        history = self.target.repository.history(plan(), NOW)
        return of(self.known.facts("nas", plan(), facts, history))


def test_a_first_failure_is_no_damage_yet() -> None:
    bench = Bench()
    assert bench.fail() == "A part is gone. Check it."
    assert bench.damaged is None


def test_a_second_one_is() -> None:
    bench = Bench()
    bench.fail()
    assert bench.fail() == ("Reading it failed twice: part of it is damaged or gone. Run `restic check --read-data`.")
    assert bench.damaged is True


def test_what_is_read_after_all_is_not_damaged() -> None:
    bench = Bench()
    bench.fail()
    bench.fail()
    bench.failures.succeeded(bench.target)
    bench.known.put_tree("tree 1", held())
    assert bench.damaged is False


def test_what_fails_while_the_repository_is_locked_proves_nothing() -> None:
    bench = Bench()
    bench.reader.locked = True
    assert [bench.fail() for _ in range(3)] == [
        "Another process prunes or checks the repository; the agent looks into it after that."
    ] * 3
    assert bench.damaged is None


def test_a_snapshot_that_was_forgotten_meanwhile_is_nothing_to_speak_of() -> None:
    bench = Bench()
    bench.reader.listed = set()
    assert [bench.fail() for _ in range(3)] == [None] * 3
    assert bench.damaged is None


def test_a_repository_that_went_away_proves_nothing() -> None:
    bench = Bench()
    bench.reader.error = AWAY
    assert [bench.fail() for _ in range(3)] == ["It does not answer. Start it."] * 3
    assert bench.damaged is None


def test_other_failures_are_never_damage() -> None:
    bench = Bench()
    assert [bench.fail(AWAY) for _ in range(3)] == ["It does not answer. Start it."] * 3
    assert [bench.fail(InspectionError("Too many files.")) for _ in range(3)] == ["Too many files."] * 3
    assert bench.damaged is None


@pytest.mark.parametrize(
    ("postpone", "seconds"),
    [
        (lambda bench: bench.failures.locked(bench.target), 60),
        (lambda bench: bench.failures.spent(bench.target), 3600),
        (lambda bench: bench.fail(), 60),
    ],
    ids=["locked", "budget spent", "failed"],
)
def test_it_is_tried_again_after_a_while(postpone: Callable[[Bench], object], seconds: int) -> None:
    bench = Bench()
    postpone(bench)
    bench.clock.advance(seconds=seconds - 1)
    assert not bench.failures.is_due(bench.target)
    bench.clock.advance(seconds=1)
    assert bench.failures.is_due(bench.target)


def test_a_dump_in_another_plan_that_cannot_be_read_is_that_plans_fault() -> None:
    bench = Bench()
    photos = bench.a_target("photos")
    first, second = (asyncio.run(bench.failures.failed_elsewhere(photos, bench.target, DAMAGED)) for _ in range(2))
    assert english(first) == "The dump in the plan nas/immich: A part is gone. Check it."
    assert english(second) == (
        "The dump in the plan nas/immich: Reading it failed twice: part of it is damaged or gone. "
        "Run `restic check --read-data`."
    )
    assert bench.damaged is True
    bench.clock.advance(minutes=15)
    assert not bench.failures.is_due(photos)
    bench.clock.advance(minutes=1)
    assert bench.failures.is_due(photos)
