"""What the wrapper learns from real restic, for every exit code that can be provoked."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from immich_backup_exporter.domain.runs import Outcome, RunReport
from support.repositories import PASSWORD, make_repository, restic
from support.tools import tool
from support.waiting import PATIENCE_SECONDS, eventually
from support.wrapped import end, reading, run, started

VERSIONS = ["0.14", "0.18", "0.19"]
every_version = pytest.mark.parametrize("version", VERSIONS)


class Place:
    """A repository, a folder to back up and a spool."""

    def __init__(self, folder: Path) -> None:
        self.repository = make_repository(folder / "repository")
        self.source = folder / "source"
        self.source.mkdir()
        (self.source / "a.jpg").write_bytes(b"a" * 1000)
        (self.source / "b.jpg").write_bytes(b"b" * 2000)
        self.spool = folder / "spool"
        self.env = {"RESTIC_PASSWORD": PASSWORD, "RESTIC_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}

    def restic(self, version: str, *arguments: str | Path, merged: bool = False, **env: str) -> tuple[int, RunReport]:
        """Run it wrapped, as root without the right to read everything."""
        done = run(
            self.spool,
            *(*AS_ANYBODY, tool(f"restic-{version}"), "-r", self.repository, *arguments),
            env=self.env | env,
            cwd=self.source,
            **({"stderr": subprocess.STDOUT} if merged else {}),
        )
        return done.returncode, end(self.spool)

    def snapshot_ids(self, version: str) -> set[str]:
        listed = restic(version, self.repository, "list", "snapshots", env={"HOME": str(self.spool)})
        return set(listed.stdout.split())


AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@every_version
@pytest.mark.parametrize("flag", ["--json", "--no-scan", "--quiet"])
def test_a_success_names_its_snapshot_unless_restic_is_quiet(place: Place, version: str, flag: str) -> None:
    if (version, flag) == ("0.14", "--no-scan"):
        flag = "--verbose"
    code, report = place.restic(version, "backup", flag, place.source)
    (made,) = place.snapshot_ids(version)
    named = [made.startswith(snapshot_id) for snapshot_id in report.snapshot_ids]
    assert (code, report.outcome, named) == (0, Outcome.SUCCESS, [] if flag == "--quiet" else [True])


@every_version
def test_a_success_tells_what_it_looked_at(place: Place, version: str) -> None:
    _, report = place.restic(version, "backup", "--json", place.source)
    assert (report.files, report.bytes, report.unreadable_files, report.unreadable_trees) == (2, 3000, 0, 0)
    assert report.added_bytes is not None
    assert report.added_bytes > 0


@every_version
@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_unreadable_files_are_counted(place: Place, version: str, flags: tuple[str, ...], merged: bool) -> None:
    (place.source / "a.jpg").chmod(0)
    (place.source / "b.jpg").chmod(0)
    code, report = place.restic(version, "backup", *flags, place.source, merged=merged)
    assert (code, report.outcome) == (3, Outcome.PARTIAL)
    assert (report.unreadable_files, report.unreadable_trees, len(report.snapshot_ids)) == (2, 0, 1)


@every_version
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_an_unreadable_folder_is_not_taken_for_one_file(place: Place, version: str, flags: tuple[str, ...]) -> None:
    (place.source / "folder").mkdir()
    (place.source / "folder" / "c.jpg").write_bytes(b"c")
    (place.source / "folder").chmod(0)
    code, report = place.restic(version, "backup", *flags, place.source)
    assert (code, report.unreadable_files, report.unreadable_trees) == (3, 0, 1)


@pytest.mark.parametrize(("version", "code"), [("0.14", 0), ("0.18", 0), ("0.19", 3)])
def test_a_source_that_does_not_exist_is_seen_whatever_the_exit_code(place: Place, version: str, code: int) -> None:
    ended, report = place.restic(version, "backup", "--json", place.source, place.source / "gone")
    assert (ended, report.unreadable_trees) == (code, 1)


@every_version
def test_a_failure_without_a_snapshot(place: Place, version: str) -> None:
    code, report = place.restic(version, "backup", "--json", place.source / "gone")
    assert (code, report.outcome, report.snapshot_ids) == (1, Outcome.FAILED, ())


@pytest.mark.parametrize(("version", "code"), [("0.14", 1), ("0.18", 10), ("0.19", 10)])
def test_a_repository_that_does_not_exist(place: Place, version: str, code: int) -> None:
    ended, report = place.restic(version, "-r", place.source, "backup", place.source)
    assert (ended, report.exit_code, report.outcome) == (code, code, Outcome.FAILED)


@pytest.mark.parametrize(("version", "code"), [("0.14", 1), ("0.18", 12), ("0.19", 12)])
def test_a_wrong_password(place: Place, version: str, code: int) -> None:
    ended, report = place.restic(version, "backup", place.source, RESTIC_PASSWORD="another")
    assert (ended, report.exit_code, report.outcome) == (code, code, Outcome.FAILED)


@contextmanager
def held_by_a_backup(place: Place, version: str) -> Iterator[subprocess.Popen[bytes]]:
    """A backup of an endless input, behind a wrapper with a spool of its own, that holds its lock."""
    with started(
        place.spool.with_name("other-spool"),
        *(tool(f"restic-{version}"), "-r", place.repository, "backup", "--stdin", "--json"),
        env=place.env,
        stdin=subprocess.PIPE,
    ) as process:
        eventually(lambda: any((place.repository / "locks").iterdir()))
        yield process


@pytest.mark.parametrize(("version", "code"), [("0.14", 1), ("0.18", 11), ("0.19", 11)])
def test_a_check_that_could_not_lock_found_no_damage(place: Place, version: str, code: int) -> None:
    with held_by_a_backup(place, version):
        ended, report = place.restic(version, "check", "--json")
    assert (ended, report.outcome, report.damaged) == (code, Outcome.FAILED, None)


@every_version
def test_an_interrupted_backup(place: Place, version: str) -> None:
    with held_by_a_backup(place, version) as process:
        out, errors = reading(process)
        process.send_signal(signal.SIGINT)
        said = b""
        while b"cleaning up" not in said and (piece := os.read(errors.fileno(), 1000)):
            said += piece
        assert process.stdin is not None
        process.stdin.close()  # or restic may wait for its input, which it does not give up for a signal
        code = process.wait(PATIENCE_SECONDS)
        out.read()
    report = end(place.spool.with_name("other-spool"))
    assert code in (1, 130)  # 0.18 ends with either
    assert (report.exit_code, report.outcome, report.snapshot_ids) == (code, Outcome.INTERRUPTED, ())


@pytest.mark.parametrize("version", ["0.18", "0.19"])
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_a_backup_that_skipped_an_unchanged_snapshot_says_so(
    place: Place, version: str, flags: tuple[str, ...]
) -> None:
    restic(version, place.repository, "backup", ".", env=place.env, cwd=place.source)
    code, report = place.restic(version, "backup", *flags, "--skip-if-unchanged", ".")
    assert (code, report.outcome, report.no_snapshot, report.snapshot_ids) == (0, Outcome.SUCCESS, "unchanged", ())


@pytest.mark.parametrize("version", ["0.18", "0.19"])
def test_a_quiet_backup_that_may_skip_leaves_it_to_the_repository_what_came_of_it(place: Place, version: str) -> None:
    for _ in range(2):
        code, report = place.restic(version, "backup", "--quiet", "--skip-if-unchanged", ".")
        assert (code, report.no_snapshot, report.snapshot_ids) == (0, "unless_changed", ())
        shutil.rmtree(place.spool)
    code, report = place.restic(version, "backup", "--quiet", "--json", "--skip-if-unchanged", ".")
    assert (code, report.no_snapshot) == (0, "unchanged")


def test_a_quiet_backup_that_failed_has_no_such_excuse(place: Place) -> None:
    _, report = place.restic("0.18", "backup", "-q", "--skip-if-unchanged", ".", RESTIC_PASSWORD="another")
    assert (report.outcome, report.no_snapshot) == (Outcome.FAILED, None)


def test_plain_output_names_the_parent(place: Place) -> None:
    restic("0.18", place.repository, "backup", ".", env=place.env, cwd=place.source)
    (first,) = place.snapshot_ids("0.18")
    _, report = place.restic("0.18", "backup", "--skip-if-unchanged", ".")
    assert report.parent_id == first[:8]


@every_version
def test_a_dry_run_is_no_excuse_for_a_missing_snapshot(place: Place, version: str) -> None:
    _, report = place.restic(version, "backup", "--dry-run", place.source)
    assert (report.no_snapshot, report.snapshot_ids) == ("dry_run", ())


@every_version
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_a_clean_check_of_all_data(place: Place, version: str, flags: tuple[str, ...]) -> None:
    restic(version, place.repository, "backup", place.source, env=place.env)
    code, report = place.restic(version, "check", "--read-data", *flags)
    assert (code, report.damaged, report.check_scope) == (0, False, "data")


@every_version
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_a_check_that_found_damage(place: Place, version: str, flags: tuple[str, ...]) -> None:
    restic(version, place.repository, "backup", place.source, env=place.env)
    for pack in (place.repository / "data").glob("*/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"\x00" * pack.stat().st_size)
    code, report = place.restic(version, "check", "--read-data", *flags)
    assert (code, report.outcome, report.damaged) == (1, Outcome.FAILED, True)


@every_version
@pytest.mark.parametrize("flags", [("--json",), ()])
def test_forget_tells_how_many_snapshots_it_removes(place: Place, version: str, flags: tuple[str, ...]) -> None:
    restic(version, place.repository, "backup", place.source, env=place.env)
    restic(version, place.repository, "backup", place.source, env=place.env)
    restic(version, place.repository, "backup", place.source, env=place.env)
    code, report = place.restic(version, "forget", "--keep-last", "1", *flags)
    assert (code, report.removed_snapshots) == (0, 2)


def test_the_command_line_and_what_it_printed_leave_no_trace(place: Place) -> None:
    (place.source / "a.jpg").chmod(0)
    place.restic("0.18", "backup", "--json", place.source, "--tag", "hunter2", RESTIC_PASSWORD=PASSWORD)
    written = b"".join(path.read_bytes() for path in place.spool.rglob("*.json"))
    assert not any(word in written for word in (b"hunter2", b"a.jpg", b"source", b"restic", PASSWORD.encode()))
