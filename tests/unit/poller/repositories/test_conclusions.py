"""What follows for a repository and its plans, and when it is drawn anew."""

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.domain.repository import Independence, LockName, Snapshot
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import JobKind, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts, RepositoryFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.jobs.ledger import RunLedger
from immich_backup_exporter.poller.repositories.conclusions import Conclusions
from immich_backup_exporter.poller.repositories.plans import PlanConclusions
from immich_backup_exporter.poller.repositories.record_keeper import RecordKeeper
from support.facts import NOW, end, hours_ago, job, plan, repository, run_of, snapshot, start
from support.fakes import FakeRepository, HandClock
from support.inspected import held
from support.logs import lines
from support.memory_store import MemoryStore
from support.words import message

AWAY = RepositoryError(FailureReason.UNREACHABLE, message("It does not answer."), message("Start it."), transient=True)


class Bench:
    """A repository that was polled once, an hour after `snapshot(1)`."""

    def __init__(self, *snapshots: Snapshot, settings: RepositorySettings | None = None) -> None:
        self.clock = HandClock()
        self.runs = RunLedger()
        self.contents = KnownContents()
        settings, reader, lineage = settings or repository(), FakeRepository(), Lineage()
        store = StoreAccess(MemoryStore(), lambda: None)
        self.keeper = RecordKeeper(settings, reader.location, "/srv/immich", store, self.clock, lineage)
        announce = Announcer(message("repository nas"))
        plans = PlanConclusions(settings, "/srv/immich", self.keeper, self.runs, lineage, self.contents, announce)
        self.conclusions = Conclusions(settings, reader, self.keeper, plans, self.runs, self.contents, self.clock.now())
        asyncio.run(self.keeper.opened("1" * 64))
        self.learn(*(snapshots or (snapshot(1),)))
        self.polled()

    def learn(self, *snapshots: Snapshot) -> None:
        asyncio.run(self.keeper.keep(RepositoryChange(added=snapshots)))

    def polled(self, error: RepositoryError | None = None, *, listed: bool = True) -> RepositoryFacts:
        self.conclusions.polled(error, 2.5, self.clock.now(), listed=listed)
        return self.drawn()

    def drawn(self) -> RepositoryFacts:
        self.conclusions.draw(self.clock.now())
        return self.conclusions.facts

    @property
    def plan(self) -> PlanFacts:
        return self.conclusions.facts.plans[0]


# --- polls


def test_a_poll_that_failed_says_why_and_leaves_what_is_known() -> None:
    bench = Bench()
    bench.clock.advance(minutes=5)
    facts = bench.polled(AWAY, listed=False)
    assert (facts.up, facts.failure, facts.failure_sentence, facts.failure_next_step) == (
        False,
        FailureReason.UNREACHABLE,
        message("It does not answer."),
        message("Start it."),
    )
    assert (facts.last_poll, facts.last_poll_success, facts.snapshots) == (hours_ago(-1 / 12), NOW, 1)
    assert (facts.polls, facts.poll_failures) == (2, 1)


def test_a_poll_that_succeeds_again_says_nothing_any_more() -> None:
    bench = Bench()
    bench.polled(AWAY, listed=False)
    facts = bench.polled()
    assert (facts.up, facts.failure, facts.failure_sentence, facts.failure_next_step) == (True, None, None, None)
    assert (facts.polls, facts.poll_failures) == (3, 1)


def test_locks_are_unknown_where_the_listing_failed() -> None:
    bench = Bench()
    bench.conclusions.listed([LockName(name="a")], NOW)
    facts = bench.polled()
    assert facts.locks is not None
    assert (facts.locks.count, bench.plan.run_in_progress) == (1, True)
    facts = bench.polled(AWAY, listed=False)
    assert (facts.locks, bench.plan.run_in_progress) == (None, None)


def test_what_it_has_in_common_with_others_outlives_polls() -> None:
    bench = Bench()
    bench.conclusions.independent(Independence(local=True))
    assert bench.polled(AWAY).independence == Independence(local=True)


# --- plans


def test_plans_that_nothing_changed_are_not_drawn_again() -> None:
    bench = Bench()
    before = bench.plan.contents
    bench.contents.put_tree(snapshot(1).tree, held())
    bench.drawn()
    assert (before, bench.plan.contents) == (None, None)


def test_after_what_makes_them_outdated_they_are() -> None:
    bench = Bench()
    bench.contents.put_tree(snapshot(1).tree, held())
    bench.conclusions.outdate()
    bench.drawn()
    assert bench.plan.contents is not None


def test_a_new_snapshot_is_the_newest_at_once() -> None:
    bench = Bench()
    bench.learn(snapshot(2, hours=0.5))
    bench.drawn()
    assert bench.plan.newest == snapshot(2, hours=0.5)


def test_a_snapshot_of_the_future_becomes_the_present_as_time_passes() -> None:
    bench = Bench(snapshot(1), snapshot(2, hours=-2.0))
    assert (bench.plan.in_future, bench.plan.newest) == (1, snapshot(1))
    bench.clock.advance(hours=2)
    bench.drawn()
    assert (bench.plan.in_future, bench.plan.newest) == (0, snapshot(2, hours=-2.0))


def test_a_run_that_works_is_in_progress_whatever_the_locks_say() -> None:
    bench = Bench()
    assert bench.plan.run_in_progress is False
    bench.runs.jobs = {"nightly": job()}
    bench.runs.put(run_of(start(1, hours=0.1)))
    bench.drawn()
    assert bench.plan.run_in_progress is True


def test_a_plan_that_matches_nothing_is_said_once_whatever_its_numbers() -> None:
    with capture_logs() as entries:
        bench = Bench(settings=repository(plans=(plan(host="nobody"),)))
        bench.learn(snapshot(2))
        bench.drawn()
    (said,) = lines(entries)
    assert said == (
        "repository nas: plan immich: 1 snapshot of host photos holds the library; the plan asks for host nobody."
    )


def test_before_the_repository_was_ever_listed_nothing_is_known_of_its_plans() -> None:
    bench = Bench()
    fresh = replace(bench.conclusions.facts, last_poll_success=None, plans=())
    bench.conclusions._facts = fresh
    bench.keeper._record = replace(bench.keeper.record, last_poll_success=None)
    facts = bench.drawn()
    assert (facts.snapshots, facts.plans[0].snapshots, facts.plans[0].settings) == (None, None, plan())


def test_a_clock_that_was_set_back_is_noticed_at_the_next_look() -> None:
    bench = Bench(snapshot(1), snapshot(2, hours=30))
    assert (bench.plan.in_future, bench.plan.last_success) == (0, hours_ago(1))
    bench.clock.jump(hours=-3)
    bench.polled()
    assert (bench.plan.in_future, bench.plan.last_success) == (1, hours_ago(30))


def test_damage_in_a_part_of_the_data_is_damage_of_the_data_until_that_part_is_well() -> None:
    bench = Bench()
    bench.runs.jobs = {"checking": job("checking", kind=JobKind.CHECK, plan=None)}
    told = {"job": "checking", "check_scope": CheckScope.DATA, "host": "nas"}
    bench.runs.put(run_of(end(1, hours=3, exit_code=1, check_part="2/2", damaged=True, damaged_data=True, **told)))
    assert bench.drawn().checks[CheckScope.DATA].success is False
    bench.runs.put(run_of(end(2, hours=2, check_part="1/2", damaged=False, **told)))
    assert bench.drawn().checks[CheckScope.DATA].success is False
    bench.runs.put(run_of(end(3, hours=1, check_part="2/2", damaged=False, **told)))
    facts = bench.drawn()
    assert (facts.checks[CheckScope.DATA].success, facts.read_cycle_oldest) == (True, hours_ago(1.5))
