"""Validating a dump file, whatever happens to it meanwhile."""

import os
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.domain.immich import DumpContents, DumpFile, DumpKind, DumpOutcome, DumpVerdict, Holds
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.pg_dump import DumpLimits
from immich_backup_exporter.immich.dump_reading import read_dump
from immich_backup_exporter.immich.files import fingerprint
from support.dumps import dump_text, gzipped
from support.words import english

LONG_DUMP = dump_text([f"{number:0100}" for number in range(10_000)])


class StillClock:
    """No time passes."""

    def now(self):
        return datetime(2026, 1, 15, tzinfo=UTC)

    def monotonic(self):
        return 0.0


class HastyClock(StillClock):
    """An hour passes at every look."""

    def __init__(self):
        self.hours = 0

    def monotonic(self):
        self.hours += 1
        return self.hours * 3600.0


def dump_file(path, **changes):
    known = {"fingerprint": fingerprint(os.stat(path)), "name": os.path.basename(path)} | changes
    return DumpFile(
        path=str(path),
        kind=DumpKind.IMMICH,
        group="immich:gz",
        unfinished=False,
        size_bytes=0,
        modified=datetime(2026, 1, 15, tzinfo=UTC),
        **known,
    )


@pytest.fixture
def path(root):
    path = root / "backups" / "immich-db-backup-1735693200123.sql.gz"
    path.write_bytes(gzipped(dump_text()))
    return path


@pytest.fixture
def long_path(root):
    path = root / "backups" / "mine.sql"
    path.write_bytes(LONG_DUMP)
    return path


def read(file, stop=lambda: False, clock=None):
    return read_dump(file, stop, DumpLimits(), clock or StillClock())


def test_a_whole_dump_is_valid(path):
    assert read(dump_file(path)) == DumpVerdict(
        outcome=DumpOutcome.VALID,
        sentence=Message("dump_verdicts.whole"),
        unpacked_bytes=559,
        postgres_version="14.19",
        contents=DumpContents(holds=Holds.UNKNOWN),
    )


def test_a_dump_of_many_chunks_is_valid(long_path):
    assert read(dump_file(long_path)).unpacked_bytes == len(LONG_DUMP)


@pytest.mark.parametrize("name", ["a.sql.gz", "a.sql.gz.tmp"])
def test_plain_text_in_a_file_named_gz_is_invalid(root, name):
    path = root / "backups" / name
    path.write_bytes(dump_text())

    assert english(read(dump_file(path)).sentence) == "It is named .gz but is not gzip data."


def test_an_empty_file_is_invalid(root):
    path = root / "backups" / "a.sql.gz"
    path.touch()

    assert read(dump_file(path)) == DumpVerdict(
        outcome=DumpOutcome.INVALID, sentence=Message("dump_verdicts.empty"), unpacked_bytes=0
    )


def test_a_file_that_vanished_has_no_verdict(path):
    file = dump_file(path)
    path.unlink()

    assert read(file) is None


def test_a_file_that_changed_since_the_scan_has_no_verdict(path):
    file = dump_file(path)
    path.write_bytes(gzipped(dump_text(["other"])))

    assert read(file) is None


def test_a_file_that_grows_while_it_is_read_has_no_verdict(long_path):
    file = dump_file(long_path)

    def grow():
        with long_path.open("ab") as writer:
            writer.write(b"-- more\n")
        return False

    assert read(file, stop=grow) is None


def test_a_file_that_is_replaced_while_it_is_read_has_no_verdict(root, long_path):
    file = dump_file(long_path)
    (root / "new").write_bytes(b"")

    def replace():
        if (root / "new").exists():
            os.replace(root / "new", long_path)
        return False

    assert read(file, stop=replace) is None
    assert long_path.stat().st_size == 0


def test_no_verdict_is_given_on_a_file_that_changed_at_the_last_moment(long_path):
    class ClockOfTheLastMoment(HastyClock):
        def monotonic(self):
            with long_path.open("ab") as writer:
                writer.write(b"-- more\n" * (self.hours // 3))
            return super().monotonic()

    assert read(dump_file(long_path), clock=ClockOfTheLastMoment()) is None


def test_reading_stops_when_asked_to(long_path):
    asked = []

    def stop():
        asked.append(1)
        return len(asked) == 3

    assert read(dump_file(long_path), stop=stop) is None
    assert len(asked) == 3


def test_reading_that_takes_too_long_is_given_up_without_a_verdict(long_path):
    verdict = read(dump_file(long_path), clock=HastyClock())

    assert (verdict.outcome, verdict.unpacked_bytes) == (DumpOutcome.UNDECIDED, 393_216)
    assert english(verdict.sentence) == "Reading it took too long and was given up."
    assert not verdict.transient


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "dangling link", "device"])
def test_what_is_no_regular_file_any_more_has_no_verdict_and_blocks_nothing(path, root, kind):
    file = dump_file(path)
    path.rename(root / "real")
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to(root / "real")
        case "dangling link":
            path.symlink_to(root / "gone")
        case "device":
            file = dump_file("/dev/zero")

    assert read(file) is None


def test_a_file_that_may_not_be_read_is_undecided(path, as_ordinary_user):
    path.chmod(0o000)
    file = dump_file(path)

    with as_ordinary_user():
        verdict = read(file)

    assert verdict.outcome is DumpOutcome.UNDECIDED
    assert english(verdict.sentence) == "This agent's user is not allowed to read it."
    assert verdict.transient


def test_a_file_of_another_user_is_read(path, as_ordinary_user):
    file = dump_file(path)

    with as_ordinary_user():
        assert read(file).outcome is DumpOutcome.VALID


def test_a_read_error_is_undecided():
    """Linux gives an input/output error for the unmapped start of a process's memory, which is a regular file."""
    verdict = read(dump_file("/proc/self/mem"))

    assert verdict.outcome is DumpOutcome.UNDECIDED
    assert english(verdict.sentence) == "It could not be read to its end (input/output error)."
    assert verdict.transient


def test_reading_leaves_the_access_time_alone(path):
    os.utime(path, ns=(10**18, path.stat().st_mtime_ns))

    assert read(dump_file(path)).outcome is DumpOutcome.VALID
    assert path.stat().st_atime_ns == 10**18
