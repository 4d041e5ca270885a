import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from structlog.testing import capture_logs

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.immich import (
    FOLDERS,
    DumpFile,
    DumpKind,
    DumpOutcome,
    DumpScan,
    DumpVerdict,
    UploadLook,
)
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Acceptance, AcceptRequest
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.domain.state import DumpFacts
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.words import ENGLISH
from support.facts import INVALID, NOW, UNDECIDED, VALID, dump_file, dump_settings, hours_ago, verdict
from support.fakes import HandClock
from support.logs import lines
from support.memory_store import MemoryStore
from support.words import english

ALL_UP = dict.fromkeys(FOLDERS, True)


@dataclass
class FakeUploadLocation:
    folders: dict[str, bool] = field(default_factory=lambda: dict(ALL_UP))
    files: list[DumpFile] = field(default_factory=list)
    skipped: tuple[str, ...] = ()
    seconds_per_dump: float = 0.0
    clock: HandClock | None = None
    verdicts: dict[str, DumpVerdict] = field(default_factory=dict)
    scan_error: SourceError | None = None
    read: list[str] = field(default_factory=list)

    def look(self) -> UploadLook:
        return UploadLook(folders=self.folders)

    def scan(self) -> DumpScan:
        if self.scan_error is not None:
            raise self.scan_error
        return DumpScan(files=tuple(self.files), skipped=self.skipped)

    def validate(self, file: DumpFile, stop: Callable[[], bool]) -> DumpVerdict | None:
        self.read.append(file.fingerprint)
        if self.clock is not None:
            self.clock.advance(seconds=self.seconds_per_dump)
        return self.verdicts.get(file.fingerprint)


@dataclass
class Bench:
    location: FakeUploadLocation = field(default_factory=FakeUploadLocation)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    settings: DumpSettings | None = field(default_factory=dump_settings)
    published: list[tuple[UploadLook | None, DumpFacts | None]] = field(default_factory=list)

    def start(self) -> DumpPoller:
        access = StoreAccess(self.store, lambda: None)
        poller = DumpPoller(
            self.settings, self.location, access, self.clock, lambda look, dump: self.published.append((look, dump))
        )
        poller.restore(self.store)
        return poller

    @property
    def dump(self) -> DumpFacts:
        dump = self.published[-1][1]
        assert dump is not None
        return dump


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def test_a_dump_is_validated_once_and_remembered_over_a_restart() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        bench.location.verdicts = {"f1": VALID}
        poller = bench.start()
        for _ in range(3):
            await poller.poll()
            await poller.work()
        assert bench.dump.valid is True
        restarted = bench.start()
        await restarted.poll()
        await restarted.work()
        assert bench.dump.valid is True
        assert bench.location.read == ["f1"]

    run(work)


def test_looks_that_find_nothing_new_write_nothing() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        poller = bench.start()
        await poller.poll()
        bench.store.saved_dumps.clear()
        for _ in range(50):
            bench.clock.advance(minutes=5)
            await poller.poll()
        assert bench.store.saved_dumps == []

    run(work)


def test_a_file_that_is_being_written_is_no_dump_yet_and_is_looked_at_again_soon() -> None:
    async def work() -> None:
        bench = Bench()
        poller = bench.start()
        for second in range(0, 40, 5):
            bench.location.files = [
                dump_file(1, hours=-second / 3600, size_bytes=second, fingerprint=f"written {second}")
            ]
            assert await poller.poll() <= timedelta(seconds=10)
            await poller.work()
            bench.clock.advance(seconds=5)
        assert bench.dump.routine == 0
        assert bench.dump.newest is None
        assert bench.location.read == []
        bench.clock.advance(seconds=10)
        assert await poller.poll() == timedelta(minutes=5)
        assert bench.dump.routine == 1

    run(work)


def test_a_dump_that_is_overwritten_in_place_counts_as_before_until_it_is_done() -> None:
    async def work() -> None:
        bench = Bench()
        old = dump_file(1, hours=24, kind=DumpKind.ALSO, name="db/immich.sql", group="also")
        bench.location.files = [old]
        bench.location.verdicts = {"f1": VALID}
        poller = bench.start()
        await poller.poll()
        await poller.work()
        bench.location.files = [
            dump_file(1, hours=0, kind=DumpKind.ALSO, name="db/immich.sql", group="also", fingerprint="f2")
        ]
        await poller.poll()
        assert bench.dump.routine == 1
        assert bench.dump.valid is True
        assert bench.dump.newest is not None
        assert bench.dump.newest.time == hours_ago(24)
        bench.clock.advance(seconds=61)
        await poller.poll()
        assert bench.dump.routine == 1
        assert bench.dump.newest.time == NOW

    run(work)


def test_a_file_dated_in_the_future_is_finished_once_it_stood_still_while_watched() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=-100)]
        poller = bench.start()
        await poller.poll()
        assert bench.dump.in_future == 0
        bench.clock.advance(seconds=11)
        await poller.poll()
        assert bench.dump.in_future == 1

    run(work)


def test_a_broken_newest_dump_makes_the_one_before_be_read() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=50), dump_file(2, hours=26), dump_file(3, hours=2)]
        bench.location.verdicts = {"f3": INVALID, "f2": VALID, "f1": VALID}
        poller = bench.start()
        await poller.poll()
        await poller.work()
        assert bench.location.read == ["f3", "f2"]
        assert bench.dump.valid is False
        assert bench.dump.last_valid == hours_ago(26)
        assert english(bench.dump.sentence) == "The gzip data is damaged (checksum)."

    run(work)


def test_a_file_that_changed_while_it_was_read_gets_no_verdict() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        poller = bench.start()
        await poller.poll()
        await poller.work()
        assert bench.dump.valid is None

    run(work)


def test_a_dump_that_cannot_be_read_just_now_is_tried_again_after_a_while_and_not_remembered() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        bench.location.verdicts = {
            "f1": verdict(DumpOutcome.UNDECIDED, Message("dump_verdicts.not_read", reason="EIO"), transient=True)
        }
        poller = bench.start()
        for minutes in (0, 5, 11):
            bench.clock.advance(minutes=minutes)
            await poller.poll()
            await poller.work()
        assert bench.location.read == ["f1", "f1"]
        assert bench.dump.valid is None
        assert bench.store.load_dumps()[0].verdict is None

    run(work)


def test_a_dump_beyond_the_limits_is_read_once_and_the_one_before_too() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=26), dump_file(2, hours=2)]
        bench.location.verdicts = {"f2": UNDECIDED, "f1": VALID}
        poller = bench.start()
        for _ in range(2):
            await poller.poll()
            await poller.work()
        assert bench.location.read == ["f2", "f1"]
        assert bench.dump.valid is True
        assert bench.dump.unverified == 0
        bench.clock.advance(hours=2)
        await poller.poll()
        assert bench.dump.unverified == 1

    run(work)


def test_a_deleted_dump_is_counted_no_more() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=30), dump_file(2, hours=6)]
        poller = bench.start()
        await poller.poll()
        bench.location.files = [dump_file(2, hours=6)]
        await poller.poll()
        assert bench.dump.routine == 1
        assert bench.dump.size_delta_bytes == 0

    run(work)


def test_an_unmounted_disk_is_no_empty_library() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        bench.location.verdicts = {"f1": VALID}
        poller = bench.start()
        await poller.poll()
        await poller.work()
        bench.location.files = []
        bench.location.folders = dict.fromkeys(FOLDERS, False)
        await poller.poll()
        look, _ = bench.published[-1]
        assert look is not None
        assert look.folders["backups"] is False
        assert bench.dump.routine == 1
        assert bench.dump.valid is True
        assert ENGLISH.render(bench.dump.sentence) == "the dump folder is empty and its marker is gone."

    run(work)


def test_a_folder_that_cannot_be_read_keeps_what_is_known_and_says_so() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        poller = bench.start()
        await poller.poll()
        bench.location.scan_error = SourceError("the dump folder cannot be read.", "Let the agent read it.")
        await poller.poll()
        assert bench.dump.routine == 1
        assert bench.dump.unfinished is None
        assert bench.dump.out_of_sight is True
        assert bench.dump.sentence == "the dump folder cannot be read."
        bench.location.scan_error = None
        await poller.poll()
        assert bench.dump.out_of_sight is False

    run(work)


def test_left_behind_temporary_files_are_counted_and_never_stored() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=3, unfinished=True, name="x.sql.gz.tmp")]
        poller = bench.start()
        await poller.poll()
        assert bench.dump.unfinished == 1
        assert bench.dump.oldest_unfinished == hours_ago(3)
        assert list(bench.store.load_dumps()) == []

    run(work)


def test_without_dumps_to_watch_only_the_markers_are_looked_at() -> None:
    async def work() -> None:
        bench = Bench(settings=None)
        await bench.start().poll()
        assert bench.published[-1] == (UploadLook(folders=ALL_UP), None)

    run(work)


def test_before_the_first_look_what_the_store_holds_is_known() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1)]
        await bench.start().poll()
        access = StoreAccess(bench.store, lambda: None)
        found: list[DumpFacts | None] = []
        poller = DumpPoller(bench.settings, bench.location, access, bench.clock, lambda _, dump: found.append(dump))
        poller.restore(bench.store)
        (facts,) = found
        assert facts is not None
        assert facts.routine == 1
        assert facts.unfinished is None

    run(work)


def test_what_is_named_like_a_dump_and_is_no_regular_file_is_told_once_and_again_when_it_changes() -> None:
    async def work() -> list[str]:
        bench = Bench()
        poller = bench.start()
        with capture_logs() as logs:
            for skipped in (
                ("a.sql",),
                ("a.sql",),
                ("a.sql", "b.sql", "c.sql", "d.sql"),
                ("a.sql", "b.sql", "c.sql", "e.sql"),
                (),
                ("a.sql",),
            ):
                bench.location.skipped = skipped
                await poller.poll()
        return lines(logs)

    one = "1 file named like a dump is no regular file and was not looked at: a.sql"
    four = "4 files named like a dump are no regular files and were not looked at: a.sql, b.sql, c.sql, ..."
    assert asyncio.run(work()) == [
        f"database dumps: {one}",
        f"database dumps: {four}",
        f"database dumps: {four}",
        f"database dumps: {one}",
    ]


def test_many_bad_dumps_in_a_row_are_all_read_and_published_once_a_second_and_at_the_end() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.clock, bench.location.seconds_per_dump = bench.clock, 0.25
        bench.location.files = [dump_file(number, hours=number) for number in range(1, 11)]
        bench.location.verdicts = {f"f{number}": INVALID for number in range(1, 11)}
        poller = bench.start()
        await poller.poll()
        bench.published.clear()
        await poller.work()
        assert bench.location.read == ["f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10"]
        assert len(bench.published) == 4  # after 0.25, 1.25 and 2.25 seconds, and at the end
        assert bench.dump.valid is False
        assert [dump.verdict for dump in bench.store.load_dumps()] == [INVALID] * 10

    run(work)


def test_a_new_dump_is_read_before_older_ones_that_still_wait() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(1, hours=50), dump_file(2, hours=26)]
        bench.location.verdicts = {"f2": INVALID}
        poller = bench.start()
        await poller.poll()
        await poller.work()
        bench.location.files.append(dump_file(3, hours=2))
        bench.location.verdicts["f3"] = VALID
        await poller.poll()
        await poller.work()
        assert bench.location.read == ["f2", "f1", "f3"]

    run(work)


def test_an_accepted_size_of_a_dump_is_usual_at_once_and_after_a_restart() -> None:
    async def work() -> None:
        bench = Bench()
        bench.location.files = [dump_file(number, hours=100 - number) for number in range(1, 6)]
        bench.location.files.append(dump_file(9, hours=2, size_bytes=9))
        poller = bench.start()
        await poller.poll()
        assert bench.dump.size_baseline_bytes == 500
        asked = AcceptRequest(time=NOW, reason="removed faces")
        assert await poller.accept(asked) is True
        assert bench.dump.size_baseline_bytes == 9
        assert bench.dump.accepted == Acceptance(time=NOW, reason="removed faces", since=hours_ago(2))
        bench.location.files.append(dump_file(10, hours=1, size_bytes=1))
        restarted = bench.start()
        await restarted.poll()
        assert bench.dump.size_baseline_bytes == 9
        assert await restarted.accept(asked) is True
        assert bench.dump.size_baseline_bytes == 9

    run(work)
