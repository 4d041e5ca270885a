"""Listing real folders that are not as they should be."""

import asyncio
import os
import pickle
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.restic import ResticRepository
from immich_backup_exporter.restic.local import LocalListing
from support import repositories
from support.words import english

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


async def listing(reader: ResticRepository) -> Listing:
    return await reader.list()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return repositories.make_repository(tmp_path / "s3cret" / "immich")


def test_a_thousand_locks_are_all_there_with_their_times(reading: Any, repository: Path) -> None:
    for number in range(1000):
        path = repository / "locks" / f"{number:064x}"
        path.touch()
        os.utime(path, (1772330400 + number, 1772330400 + number))
    found = reading.ask(reading.reader(repository), listing)
    assert len(found.locks) == 1000
    assert min(lock.modified for lock in found.locks) == datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    assert {lock.name for lock in found.locks} == {f"{number:064x}" for number in range(1000)}


def test_only_ids_are_names(reading: Any, repository: Path) -> None:
    for name in ("a" * 64 + "-tmp-1", "A" * 64, "b" * 63, ".nfs0001", "README"):
        (repository / "snapshots" / name).touch()
        (repository / "locks" / name).touch()
    os.close(os.open(os.fsencode(repository / "snapshots") + b"/\xff\xfe", os.O_CREAT))
    found = reading.ask(reading.reader(repository), listing)
    assert found == Listing(snapshot_ids=frozenset(), locks=())


def test_a_second_listing_sees_what_came_and_went(reading: Any, repository: Path) -> None:
    first, second = repository / "snapshots" / ("a" * 64), repository / "snapshots" / ("b" * 64)
    first.touch()

    async def twice(reader: ResticRepository) -> list[frozenset[str]]:
        before = (await reader.list()).snapshot_ids
        first.unlink()
        second.touch()
        return [before, (await reader.list()).snapshot_ids]

    assert reading.ask(reading.reader(repository), twice) == [{"a" * 64}, {"b" * 64}]


def test_a_missing_folder_of_locks_means_no_locks(reading: Any, repository: Path) -> None:
    (repository / "locks").rmdir()
    assert reading.ask(reading.reader(repository), listing).locks == ()


@pytest.mark.parametrize(
    ("break_it", "reason", "word"),
    [
        (lambda path: subprocess.run(["rm", "-rf", path], check=True), "not_found", "does not exist"),
        (lambda path: subprocess.run(["rm", "-rf", path / "snapshots"], check=True), "damaged", "`snapshots`"),
        (
            lambda path: subprocess.run(["rm", "-rf", path / "snapshots", path / "config"], check=True),
            "not_found",
            "no restic repository",
        ),
        (lambda path: (path / "snapshots").rmdir() or (path / "snapshots").touch(), "damaged", "`snapshots`"),
        (
            lambda path: (path / "snapshots").rmdir() or (path / "snapshots").symlink_to("snapshots"),
            "unreachable",
            "reports errors",
        ),
    ],
    ids=["no folder", "no snapshots", "an empty mount point", "a file for a folder", "a link to itself"],
)
def test_half_a_repository_has_its_reason(
    reading: Any, repository: Path, break_it: Callable[[Path], Any], reason: str, word: str
) -> None:
    break_it(repository)
    error = reading.failure(reading.reader(repository), listing)
    assert error.reason.value == reason
    assert word in english(error.message)


@as_root
def test_another_user_is_told_who_owns_the_files_and_what_to_do(repository: Path) -> None:
    repository.parent.chmod(0o755)
    repository.chmod(0o700)
    error = as_nobody(repository)
    assert error.reason is FailureReason.PERMISSION
    assert "uid 0 (the folder's mode is 0700)" in english(error.next_step)
    assert "uid 65534" in english(error.next_step)
    assert "DAC_READ_SEARCH" in english(error.next_step)
    assert "s3cret" not in repr(error)


@as_root
def test_a_folder_that_nobody_may_even_look_at_says_so(repository: Path) -> None:
    repository.parent.chmod(0o700)
    error = as_nobody(repository)
    assert error.reason is FailureReason.PERMISSION
    assert "Not even their owner" in english(error.next_step)


def test_a_folder_that_hangs_is_given_up_at_the_deadline_and_at_once_the_next_time(repository: Path) -> None:
    released = threading.Event()
    worker = Worker("hanging")
    hanging = LocalListing(str(repository), worker, deadline=0.1)

    async def run() -> tuple[FailureReason, FailureReason, float]:
        loop = asyncio.get_running_loop()
        hanging._list = released.wait  # type: ignore[assignment, method-assign]  # a mount that hangs cannot be made here
        first = await failure(hanging)
        started = loop.time()
        second = await failure(hanging)
        return first, second, loop.time() - started

    try:
        first, second, seconds = asyncio.run(run())
    finally:
        released.set()
        worker.close()
    assert (first, second) == (FailureReason.TIMEOUT, FailureReason.TIMEOUT)
    assert seconds < 0.1


async def failure(listing: LocalListing) -> FailureReason:
    with pytest.raises(RepositoryError) as raised:
        await listing.list()
    return raised.value.reason


def as_nobody(repository: Path) -> RepositoryError:
    """The error that a process of another user gets: a child that gives up being root."""
    for folder in repository.parents:
        if folder != repository.parent and stat.S_IMODE(folder.stat().st_mode) & 0o005 != 0o005:
            folder.chmod(0o755)
    reading_end, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading_end)
        outcome: RepositoryError | None = None
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            asyncio.run(LocalListing(str(repository), Worker("child")).list())
        except RepositoryError as error:
            outcome = error
        finally:
            told = outcome and (outcome.reason, outcome.message, outcome.next_step)
            os.write(writing_end, pickle.dumps(told))
            os._exit(0)
    os.close(writing_end)
    with os.fdopen(reading_end, "rb") as pipe:
        told = pickle.loads(pipe.read())  # noqa: S301 - our own child wrote it
    os.waitpid(child, 0)
    reason, message, next_step = told
    return RepositoryError(reason, message, next_step, transient=False)


def test_the_listing_needs_neither_httpx_nor_tenacity() -> None:
    code = "import sys, immich_backup_exporter.restic; sys.exit(bool({'httpx', 'tenacity'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
