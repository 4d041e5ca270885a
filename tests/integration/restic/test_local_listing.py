"""Listing real folders that are not as they should be."""

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.restic import ResticRepository
from immich_backup_exporter.restic.local import LocalListing
from support import repositories
from support.unprivileged import open_folder
from support.words import english
from support.wrapped import environment

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


@pytest.fixture
def in_the_open() -> Iterator[Path]:
    """A repository below folders that every user may enter."""
    with open_folder() as folder:
        yield repositories.make_repository(folder / "s3cret" / "immich")


@as_root
def test_another_user_is_told_who_owns_the_files_and_what_to_do(in_the_open: Path) -> None:
    in_the_open.chmod(0o700)
    error = as_nobody(in_the_open)
    assert error.reason is FailureReason.PERMISSION
    assert "uid 0 (the folder's mode is 0700)" in english(error.next_step)
    assert "uid 65534" in english(error.next_step)
    assert "DAC_READ_SEARCH" in english(error.next_step)
    assert "s3cret" not in repr(error)


@as_root
def test_a_folder_that_nobody_may_even_look_at_says_so(in_the_open: Path) -> None:
    in_the_open.parent.chmod(0o700)
    error = as_nobody(in_the_open)
    assert error.reason is FailureReason.PERMISSION
    assert "Not even their owner" in english(error.next_step)


def test_a_folder_that_hangs_is_given_up_at_the_deadline_and_at_once_the_next_time(repository: Path) -> None:
    released = threading.Event()
    worker = Worker("hanging")
    hanging = LocalListing(str(repository), worker, deadline=0.1)
    hangs = Mock(side_effect=released.wait)

    async def run() -> tuple[FailureReason, FailureReason]:
        hanging._list = hangs  # type: ignore[method-assign]  # a mount that hangs cannot be made here
        return await failure(hanging), await failure(hanging)

    try:
        reasons = asyncio.run(run())
    finally:
        released.set()
        worker.close()
    assert reasons == (FailureReason.TIMEOUT, FailureReason.TIMEOUT)
    assert worker._thread is not None
    worker._thread.join()
    assert hangs.call_count == 1  # the second look was not even begun


async def failure(listing: LocalListing) -> FailureReason:
    with pytest.raises(RepositoryError) as raised:
        await listing.list()
    return raised.value.reason


LISTS_AS_NOBODY = """
import asyncio, pickle, sys
from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.restic.local import LocalListing
from support.unprivileged import step_down
step_down()
try:
    asyncio.run(LocalListing(sys.argv[1], Worker("child")).list())
except RepositoryError as error:
    sys.stdout.buffer.write(pickle.dumps((error.reason, error.message, error.next_step)))
"""


def as_nobody(repository: Path) -> RepositoryError:
    """The error that a process of another user gets."""
    child = subprocess.run(
        [sys.executable, "-c", LISTS_AS_NOBODY, str(repository)], env=environment(), capture_output=True, check=True
    )
    reason, message, next_step = pickle.loads(child.stdout)  # noqa: S301 - our own child wrote it
    return RepositoryError(reason, message, next_step, transient=False)


def test_the_listing_needs_neither_httpx_nor_tenacity() -> None:
    code = "import sys, immich_backup_exporter.restic; sys.exit(bool({'httpx', 'tenacity'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
