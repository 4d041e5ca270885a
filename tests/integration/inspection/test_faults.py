"""What is under the reader's hands, damaged, or held by somebody who prunes."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.poller.core.schedule import inspection_pause
from support.inspections import Bench, make_library
from support.light_repository import write_lock
from support.repositories import PASSWORD, backup, make_repository, restic
from support.tools import tool
from support.waiting import eventually
from support.words import english

SNAPSHOT_TIME = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
WAITING = "Another process prunes or checks the repository; the agent looks into it after that."
GONE = (
    "Data that a snapshot refers to is not in the repository. "
    "Nothing, if a prune is running now; else run `restic check`."
)
DAMAGED = "Reading it failed twice: part of it is damaged or gone. Run `restic check --read-data`."


@pytest.fixture(params=["0.14", "0.18", "0.19"])
def version(request):
    return request.param


@pytest.fixture
def repository(tmp_path, version):
    library = make_library(tmp_path / "immich")
    made = make_repository(tmp_path / "repository")
    backup(made, library, time=SNAPSHOT_TIME, version=version)
    return made


@pytest.fixture
def bench(repository, version, tmp_path):
    return Bench(version=version, repositories={"nas": repository})


def packs(repository: Path, version: str, kind: str) -> list[Path]:
    """The files that hold trees, or data."""
    index = []
    for name in restic(version, repository, "list", "index", "--no-lock").stdout.split():
        index += json.loads(restic(version, repository, "cat", "index", name, "--no-lock").stdout)["packs"]
    chosen = [pack["id"] for pack in index if {blob["type"] for blob in pack["blobs"]} == {kind}]
    return [repository / "data" / name[:2] / name for name in chosen]


def damage(repository: Path, version: str, kind: str) -> None:
    """The files that hold trees, or data, are gone.

    restic 0.14 asks for such ones for a minute and a half: under it they hold something else.
    """
    for pack in packs(repository, version, kind):
        if version == "0.14":
            pack.chmod(0o600)
            pack.write_bytes(os.urandom(pack.stat().st_size))
        else:
            pack.unlink()


def hold(repository: Path, version: str, command: list[str]) -> subprocess.Popen[bytes]:
    """A restic that holds its lock until it is ended: it waits for input that never comes."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(repository), "RESTIC_PASSWORD": PASSWORD}
    return subprocess.Popen(
        [tool(f"restic-{version}"), "-q", "-r", str(repository), "--no-cache", *command],
        env=environment,
        stdin=subprocess.PIPE,
    )


def wait_for_lock(repository: Path) -> None:
    eventually(lambda: os.listdir(repository / "locks"))


def leave_lock(repository: Path, *, minutes: float) -> None:
    """An exclusive lock that was made so long ago."""
    made = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    lock = {"time": made, "exclusive": True, "hostname": "elsewhere", "username": "root", "pid": 1}
    write_lock(repository, PASSWORD, lock)


def test_a_pruning_is_waited_out(bench, repository, version):
    leave_lock(repository, minutes=1)

    plan = bench.look().plans["nas/immich"]

    assert plan.contents is None
    assert english(plan.inspection_sentence) == WAITING


def test_a_lock_that_a_dead_process_left_holds_nothing_up(bench, repository, version):
    leave_lock(repository, minutes=40)

    assert bench.look().coverage().counts.assets == 3


def test_a_running_backup_holds_nothing_up(bench, repository, version):
    holder = hold(repository, version, ["backup", "--stdin"])
    wait_for_lock(repository)
    try:
        assert bench.look().coverage().counts.assets == 3
    finally:
        holder.kill()
        holder.communicate()


def two_looks(bench: Bench):
    """The second one as if a minute had passed."""
    first = bench.look().plans["nas/immich"]
    return first, bench.look().plans["nas/immich"]


def test_a_tree_that_is_gone_is_damage_only_after_a_second_failure(bench, repository, version):
    damage(repository, version, "tree")
    bench.forget_cache()

    first, second = two_looks(bench)

    assert (first.contents, first.damaged) == (None, None)
    assert english(first.inspection_sentence).startswith(
        "The repository's config file or one of its keys is damaged." if version == "0.14" else GONE
    )
    assert (second.contents, second.damaged, english(second.inspection_sentence)) == (None, True, DAMAGED)


def test_a_dump_whose_data_is_spoilt_is_damage_and_no_invalid_dump(bench, repository, version):
    for pack in packs(repository, version, "data"):
        pack.chmod(0o600)
        pack.write_bytes(os.urandom(pack.stat().st_size))

    first, second = two_looks(bench)

    assert first.contents is not None
    assert (first.contents.dump_valid, first.coverage, first.damaged) == (None, None, False)
    assert (second.contents.dump_valid, second.damaged, english(second.inspection_sentence)) == (None, True, DAMAGED)


def test_damage_while_somebody_prunes_is_none_yet(bench, repository, version):
    damage(repository, version, "tree")
    bench.forget_cache()
    bench.look()
    leave_lock(repository, minutes=1)

    plan = bench.look().plans["nas/immich"]

    assert (plan.damaged, english(plan.inspection_sentence)) == (None, WAITING)


def test_a_snapshot_that_is_forgotten_meanwhile_is_no_failure(bench, repository, version):
    bench.before_step = lambda: restic(version, repository, "forget", "latest", "--prune", "--no-cache")

    plan = bench.look().plans["nas/immich"]

    assert (plan.contents, plan.damaged, english(plan.inspection_sentence)) == (None, None, None)


def test_pauses_after_failures_grow_to_six_hours():
    assert [inspection_pause(failures).total_seconds() for failures in (1, 2, 3, 4, 50)] == [
        60, 960, 15360, 21600, 21600,
    ]  # fmt: skip
