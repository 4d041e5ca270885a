"""What every `RepositoryReader` does, whatever the backend and the version of restic: real programs throughout."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import RepositoryAccess, RepositorySize, TreeSize
from immich_backup_exporter.restic import Gate, ResticRepository
from support import repositories
from support.overheard import Overheard
from support.rest_server import RestServer
from support.tools import tool
from support.waiting import late
from support.words import english

VERSIONS = ("0.14", "0.18", "0.19")
NOBODYS_ID = "0" * 64
LOCK_ID = "1" * 64
T = TypeVar("T")


@dataclass(frozen=True)
class Served:
    """A prepared repository behind one backend, and the restic that reads it."""

    folder: Path
    url: str
    backend: str
    version: str
    cache_dir: Path

    def reader(
        self, *, url: str | None = None, password: str = repositories.PASSWORD, restic: str | None = None
    ) -> ResticRepository:
        access = RepositoryAccess(name="nas", url=url or self.url, password=password)
        return ResticRepository(
            access,
            restic=restic or tool(f"restic-{self.version}"),
            cache_dir=str(self.cache_dir),
            environ=os.environ,
            gate=Gate(),
        )

    def ids(self) -> frozenset[str]:
        return frozenset(os.listdir(self.folder / "snapshots"))


@pytest.fixture(params=[f"{backend} {version}" for version in VERSIONS for backend in ("local", "rest")])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    backend, version = request.param.split()
    root = tmp_path / "repositories"
    root.mkdir()
    folder = repositories.prepared_repository(root, version)
    cache_dir = tmp_path / "cache"
    if backend == "local":
        yield Served(folder, str(folder), backend, version, cache_dir)
        return
    with RestServer(root, users={"agent": "rest-s3cret"}, append_only=True) as server:
        yield Served(folder, server.url(folder.name, user="agent"), backend, version, cache_dir)


def ask(reader: ResticRepository, question: Callable[[ResticRepository], Any]) -> Any:
    async def run() -> Any:
        try:
            return await question(reader)
        finally:
            await reader.close()

    return asyncio.run(run())


def failure(reader: ResticRepository, question: Callable[[ResticRepository], Any]) -> RepositoryError:
    with pytest.raises(RepositoryError) as raised:
        ask(reader, question)
    return raised.value


def everything_in(folder: Path) -> list[tuple[str, int, int, int]]:
    paths = [folder, *sorted(folder.rglob("*"))]
    return [(str(path), path.stat().st_size, path.stat().st_mode, path.stat().st_mtime_ns) for path in paths]


def test_tells_its_backend_and_a_location_without_credentials(served: Served) -> None:
    reader = served.reader()
    assert reader.backend == served.backend
    assert len(reader.location) == 64


def test_lists_the_snapshots_and_no_locks_where_there_are_none(served: Served) -> None:
    listing = ask(served.reader(), lambda reader: reader.list())
    assert listing.snapshot_ids == served.ids()
    assert len(listing.snapshot_ids) == 3
    assert listing.locks == ()


def test_lists_a_lock_by_its_name(served: Served) -> None:
    (served.folder / "locks" / LOCK_ID).write_bytes(b"encrypted")
    os.utime(served.folder / "locks" / LOCK_ID, (1772330400, 1772330400))
    (lock,) = ask(served.reader(), lambda reader: reader.list()).locks
    assert lock.name == LOCK_ID
    assert lock.modified == (datetime(2026, 3, 1, 2, 0, tzinfo=UTC) if served.backend == "local" else None)


def test_listing_starts_no_restic(served: Served) -> None:
    reader = served.reader()
    ask(reader, lambda reader: reader.list())
    assert reader.commands() == ([], {})


def test_opening_returns_the_id_in_the_config(served: Served) -> None:
    reader = served.reader()
    repository_id = ask(reader, lambda reader: reader.open())
    shown = repositories.restic(served.version, served.folder, "cat", "config").stdout
    assert f'"id": "{repository_id}"' in shown
    (count,), seconds = reader.commands()
    assert (count.command, count.outcome, count.count) == ("cat", "success", 1)
    assert 0 < seconds["cat"] < 60


def test_reads_one_snapshot_by_its_id_and_leaves_an_unknown_one_out(served: Served) -> None:
    wanted = min(served.ids())
    reader = served.reader()
    (snapshot,) = ask(reader, lambda reader: reader.snapshots([wanted, NOBODYS_ID]))
    assert snapshot.id == wanted
    assert snapshot.hostname == "photos"
    assert snapshot.paths == (str(repositories.prepared_upload_location(served.version)),)
    assert [count.count for count in reader.commands()[0]] == [1]


def test_reads_all_snapshots_with_one_process(served: Served) -> None:
    reader = served.reader()
    found = ask(reader, lambda reader: reader.snapshots(served.ids()))
    assert {snapshot.id for snapshot in found} == served.ids()
    assert sorted(snapshot.time for snapshot in found) == list(repositories.PREPARED_TIMES)
    assert [count.count for count in reader.commands()[0]] == [1]


def test_reads_more_snapshots_than_fit_as_arguments_with_one_process(served: Served) -> None:
    reader = served.reader()
    many = [*served.ids(), *(f"{number:064x}" for number in range(300))]
    assert len(ask(reader, lambda reader: reader.snapshots(many))) == 3
    assert [count.count for count in reader.commands()[0]] == [1]


def test_nothing_but_unknown_ids_is_no_failure(served: Served) -> None:
    assert ask(served.reader(), lambda reader: reader.snapshots([NOBODYS_ID])) == ()


def test_asked_for_nothing_it_starts_nothing(served: Served) -> None:
    reader = served.reader()
    assert ask(reader, lambda reader: reader.snapshots([])) == ()
    assert reader.commands() == ([], {})


def test_a_summary_gives_sizes_since_restic_0_17(served: Served) -> None:
    found = ask(served.reader(), lambda reader: reader.snapshots(served.ids()))
    sizes = [snapshot.size_bytes for snapshot in sorted(found, key=lambda snapshot: snapshot.time)]
    expected = {"0.14": [None, None, None], "0.18": [12678, 16678, 22678], "0.19": [12678, 16678, 22678]}
    assert sizes == expected[served.version]


def test_sizes_a_tree_as_a_summary_would(served: Served) -> None:
    found = ask(served.reader(), lambda reader: reader.snapshots(served.ids()))
    newest = max(found, key=lambda snapshot: snapshot.time)
    size = ask(served.reader(), lambda reader: reader.tree_size(newest.id))
    assert size == TreeSize(size_bytes=22678, files=None)


def test_a_tree_that_is_gone_has_no_size(served: Served) -> None:
    error = failure(served.reader(), lambda reader: reader.tree_size(NOBODYS_ID))
    assert error.transient
    assert "snapshot" in english(error.message)


def test_sizes_the_repository(served: Served) -> None:
    size: RepositorySize = ask(served.reader(), lambda reader: reader.size())
    assert 10_000 < size.size_bytes < 40_000
    assert (size.uncompressed_size_bytes is None) == (served.version == "0.14")


def test_writes_nothing_to_the_repository(served: Served) -> None:
    (served.folder / "locks" / LOCK_ID).write_bytes(b"encrypted")
    before = everything_in(served.folder)
    reader = served.reader()

    async def everything(reader: ResticRepository) -> None:
        await reader.list()
        await reader.open()
        found = await reader.snapshots(served.ids())
        await reader.tree_size(found[0].id)
        await reader.size()

    ask(reader, everything)
    assert everything_in(served.folder) == before
    assert {count.outcome for count in reader.commands()[0]} == {"success"}


@pytest.mark.parametrize(
    "question",
    [
        lambda reader: reader.open(),
        lambda reader: reader.snapshots([NOBODYS_ID]),
        lambda reader: reader.tree_size(NOBODYS_ID),
        lambda reader: reader.size(),
    ],
    ids=["open", "snapshots", "tree_size", "size"],
)
def test_a_wrong_password_is_told_from_everything_else(
    served: Served, question: Callable[[ResticRepository], Any]
) -> None:
    reader = served.reader(password="wr0ng-s3cret")
    error = failure(reader, question)
    assert error.reason is FailureReason.WRONG_PASSWORD
    assert not error.transient
    assert "s3cret" not in repr(error) + str(error)
    assert [count.outcome for count in reader.commands()[0]] == ["wrong_password"]


def test_a_wrong_password_does_not_keep_it_from_listing(served: Served) -> None:
    listing = ask(served.reader(password="wr0ng"), lambda reader: reader.list())
    assert listing.snapshot_ids == served.ids()


@pytest.mark.parametrize("question", [lambda reader: reader.list(), lambda reader: reader.open()], ids=["list", "open"])
def test_a_missing_repository_is_not_found(served: Served, question: Callable[[ResticRepository], Any]) -> None:
    error = failure(served.reader(url=served.url.replace("repository-", "elsewhere-")), question)
    assert error.reason is FailureReason.NOT_FOUND
    assert english(error.message)
    assert english(error.next_step)
    assert "elsewhere" not in repr(error)
    assert "s3cret" not in repr(error)


def test_a_lost_config_is_damage_where_there_are_snapshots(served: Served) -> None:
    (served.folder / "config").unlink()
    assert ask(served.reader(), lambda reader: reader.list()).snapshot_ids == served.ids()
    assert failure(served.reader(), lambda reader: reader.open()).reason is FailureReason.DAMAGED


def test_an_empty_or_foreign_config_is_damage(served: Served) -> None:
    config = served.folder / "config"
    config.chmod(0o600)
    config.write_bytes(b"")
    assert failure(served.reader(), lambda reader: reader.open()).reason is FailureReason.DAMAGED
    config.write_bytes(bytes(155))
    assert failure(served.reader(), lambda reader: reader.open()).reason is FailureReason.DAMAGED


def test_lost_keys_are_damage_and_no_wrong_password(served: Served) -> None:
    for key in (served.folder / "keys").iterdir():
        key.unlink()
    assert failure(served.reader(), lambda reader: reader.open()).reason is FailureReason.DAMAGED


def test_a_lost_folder_of_keys_is_damage_and_no_wrong_password(served: Served) -> None:
    shutil.rmtree(served.folder / "keys")
    overheard = Overheard(served.folder.parent)
    reader = served.reader(restic=overheard.of(tool(f"restic-{served.version}")))
    # restic 0.14 tries forever on a REST server.
    error = failure(reader, lambda reader: late(reader.open(), overheard.trying_again))
    assert error.reason is FailureReason.DAMAGED


def test_a_mangled_key_is_damage(served: Served) -> None:
    (key,) = (served.folder / "keys").iterdir()
    key.chmod(0o600)
    key.write_bytes(b"xx")
    assert failure(served.reader(), lambda reader: reader.open()).reason is FailureReason.DAMAGED


def test_a_mangled_snapshot_is_left_out(served: Served) -> None:
    mangled, *others = sorted(served.ids())
    (served.folder / "snapshots" / mangled).chmod(0o600)
    (served.folder / "snapshots" / mangled).write_bytes(bytes(300))
    found = ask(served.reader(), lambda reader: reader.snapshots(served.ids()))
    assert sorted(snapshot.id for snapshot in found) == others


def test_an_empty_repository_has_nothing(served: Served) -> None:
    empty = repositories.make_repository(served.folder.parent / "empty")
    url = served.url.replace(served.folder.name, empty.name)
    listing = ask(served.reader(url=url), lambda reader: reader.list())
    assert listing.snapshot_ids == frozenset()
    assert listing.locks == ()
