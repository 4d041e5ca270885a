"""When the spool is read, and what of it is taken in."""

import asyncio
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.poller.jobs.spooling import Moment, SpoolWatch
from support.facts import end
from support.fakes import FakeRejected, FakeSpool, HandClock
from support.logs import lines


class Bench:
    """Reports of `nightly` are taken in, those of other jobs are not declared."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.spool = FakeSpool()
        self.watch = SpoolWatch(self.spool)
        self.taken: list[tuple[str, Moment | None]] = []
        self.working = False
        self.beats: list[Mapping[str, int]] = []

    def look(self, times: int = 1, **later: float) -> bool:
        could = True
        for _ in range(times):
            could = asyncio.run(self.watch.look(self._take, self._watches_life, self.moment()))
            self.clock.advance(**(later or {"seconds": 5}))
        return could

    def moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.monotonic())

    def _take(self, report: RunReport, since: Moment | None) -> bool:
        if report.job != "nightly":
            return False
        self.taken.append((report.run_id, since))
        return True

    def _watches_life(self, beats: Mapping[str, int] | None = None) -> bool:
        if beats is not None:
            self.beats.append(beats)
        return self.working

    @property
    def ids(self) -> list[int]:
        return [int(run_id, 16) for run_id, _ in self.taken]


# --- when it looks


def test_without_a_spool_there_is_nothing_that_could_fail() -> None:
    assert asyncio.run(SpoolWatch(None).look(Bench()._take, Bench()._watches_life, Bench().moment()))


def test_a_folder_that_did_not_change_is_read_twice_and_then_every_31st_time() -> None:
    bench = Bench()
    bench.look(2)
    assert bench.spool.looks == 2
    bench.look(30)
    assert bench.spool.looks == 2
    bench.look()
    assert bench.spool.looks == 3


def test_a_folder_that_changed_is_read_at_once() -> None:
    bench = Bench()
    bench.look(5)
    bench.spool.put(end(1))
    bench.look()
    assert bench.ids == [1]


def test_while_a_run_works_it_is_read_every_time() -> None:
    bench = Bench()
    bench.working = True
    bench.look(5)
    assert bench.spool.looks == 5


@pytest.mark.parametrize("error", [SourceError("It is gone.", "Bring it back."), TimeoutError()])
def test_after_a_failure_it_is_read_again(error: Exception) -> None:
    bench = Bench()
    bench.look(2)
    bench.spool.error = error  # type: ignore[assignment]  # a deadline that is over ends as this does
    assert bench.look() is False
    bench.spool.error = None
    assert bench.look() is True
    assert bench.spool.looks == 3


def test_with_a_report_that_is_not_believed_it_is_read_every_time() -> None:
    bench = Bench()
    bench.spool.rejected = (FakeRejected("a", "It is a link."),)
    bench.look(5)
    assert (bench.spool.looks, bench.watch.rejected) == (5, 1)


def test_how_many_are_not_believed_is_unknown_once_it_cannot_be_read() -> None:
    bench = Bench()
    bench.look()
    assert bench.watch.rejected == 0
    bench.spool.error = SourceError("It is gone.", "Bring it back.")
    bench.look(40)
    assert bench.watch.rejected is None


# --- what it takes in


def test_a_report_is_taken_in_once() -> None:
    bench = Bench()
    bench.spool.put(end(1))
    bench.look()
    bench.spool.put(end(2))
    bench.look(3)
    assert bench.ids == [1, 2]
    assert bench.spool.read == [f"nightly.{1:032x}.end.json", f"nightly.{2:032x}.end.json"]


def test_what_was_taken_in_before_a_restart_is_not_read() -> None:
    bench = Bench()
    bench.spool.put(end(1), end(2))
    bench.watch = SpoolWatch(bench.spool, [f"nightly.{1:032x}.end.json"])
    bench.look()
    assert bench.ids == [2]


def test_a_report_is_from_after_the_last_look_that_did_not_list_it() -> None:
    bench = Bench()
    bench.spool.put(end(1))
    first = bench.moment()
    bench.look()
    bench.spool.put(end(2))
    bench.look()
    assert [since for _, since in bench.taken] == [None, first]


def test_what_one_look_leaves_unread_is_more_and_was_listed_before() -> None:
    bench = Bench()
    bench.spool.most = 1
    bench.spool.put(end(1), end(2))
    bench.look()
    assert bench.watch.more
    bench.look()
    assert not bench.watch.more
    assert [since for _, since in bench.taken] == [None, None]


def test_newly_taken_files_are_said_once() -> None:
    bench = Bench()
    bench.spool.put(end(1))
    bench.look()
    assert bench.watch.newly_taken() == {f"nightly.{1:032x}.end.json"}
    assert bench.watch.newly_taken() == set()


def test_a_file_that_was_taken_in_is_forgotten_an_hour_after_it_went() -> None:
    bench = Bench()
    bench.spool.put(end(1))
    bench.look()
    bench.spool.files.clear()
    bench.spool.time += 1
    gone = bench.clock.monotonic()
    bench.look()
    assert bench.watch.vanished(gone + 3600) == set()
    assert bench.watch.vanished(gone + 3601) == {f"nightly.{1:032x}.end.json"}
    assert bench.watch.taken == set()


def test_one_that_comes_back_before_is_not_taken_in_again() -> None:
    bench = Bench()
    bench.spool.put(end(1))
    bench.look()
    files = dict(bench.spool.files)
    bench.spool.files.clear()
    bench.spool.time += 1
    bench.look(minutes=30)
    bench.spool.files.update(files)
    bench.spool.time += 1
    bench.look(minutes=40)
    assert bench.watch.vanished(bench.clock.monotonic()) == set()
    assert bench.ids == [1]


def test_signs_of_life_are_passed_on() -> None:
    bench = Bench()
    bench.spool.beats = {"1" * 32: 7}
    bench.look()
    assert bench.beats == [{"1" * 32: 7}]


# --- what it says


def test_reports_of_jobs_that_are_not_declared_are_kept_and_said_with_five_names() -> None:
    bench = Bench()
    bench.spool.put(*(end(number, job=f"job{number}") for number in range(1, 8)))
    with capture_logs() as entries:
        bench.look(3)
    assert lines(entries) == [
        "spool: it holds reports of `job1`, `job2`, `job3`, `job4`, `job5` and 2 more, which no job declares."
    ]
    assert bench.watch.taken == set()


def test_one_report_that_is_not_believed_is_named() -> None:
    bench = Bench()
    bench.spool.rejected = (FakeRejected("a", "It is a link."),)
    with capture_logs() as entries:
        bench.look(3)
    assert lines(entries) == ["spool: 1 of its reports is not believed; a: It is a link."]


def test_a_spool_that_hangs_is_said_and_that_it_is_well_again() -> None:
    bench = Bench()
    bench.spool.error = TimeoutError()  # type: ignore[assignment]  # a deadline that is over ends as this does
    with capture_logs() as entries:
        bench.look(2)
        bench.spool.error = None
        bench.look()
    assert lines(entries) == [
        "spool: the spool folder did not answer within 1 minute.",
        "spool: reading it is well again.",
    ]
