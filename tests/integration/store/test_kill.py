"""A store that is killed at any moment is never damaged, and keeps every change that it acknowledged."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from immich_backup_exporter.store import open_store
from support.store_facts import REPOSITORY, StandingClock, seen_dump, snapshot
from support.words import english

KILLS = 40


def _write_until_killed(folder: Path, first: int, *, after: bytes, delay_seconds: float) -> list[str]:
    """What a process said that was killed so long after it had said ``after``."""
    child = subprocess.Popen(
        [sys.executable, "-m", "support.endless_writer", str(folder), str(first)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    with child:
        assert child.stdout is not None
        said = b""
        while after not in said:
            said += child.stdout.read(64)
        time.sleep(delay_seconds)
        child.kill()
        return (said + child.stdout.read()).decode().split("\n")[:-1]


def test_forty_kills_at_random_moments_lose_nothing_that_was_acknowledged(quick_path: Path) -> None:
    moments = random.Random(20260301)
    acknowledged: list[int] = []
    for attempt in range(KILLS):
        first = attempt * 10_000
        said = _write_until_killed(
            quick_path, first, after=f"\n{first}\n".encode(), delay_seconds=moments.uniform(0, 0.03)
        )
        assert said[:2] == ["started", "opened 0"]
        acknowledged += [int(number) for number in said[2:]]
    assert len(acknowledged) >= KILLS

    store = open_store(str(quick_path), StandingClock())
    record = store.load_repository(REPOSITORY)
    dumps = store.load_dumps()
    store.close()
    assert store.notices == ()
    assert {snapshot(number).id for number in acknowledged} <= record.present
    assert {seen_dump(number).file.fingerprint for number in acknowledged} <= {seen.file.fingerprint for seen in dumps}
    # A change is there as a whole or not at all.
    assert {item.id for item in record.snapshots} == record.tree_sizes.keys()
    # Of each process at most the one change that was under way when it died is there without having been acknowledged.
    assert len(record.snapshots) <= len(acknowledged) + KILLS


def test_a_kill_while_the_file_is_being_made_leaves_none_that_is_damaged(quick_path: Path) -> None:
    moments = random.Random(20260302)
    for attempt in range(10):
        folder = quick_path / str(attempt)
        _write_until_killed(folder, 0, after=b"started", delay_seconds=moments.uniform(0, 0.02))
        store = open_store(str(folder), StandingClock())
        # Killed before anything was in it, it is empty, and nobody can tell any more that it always was.
        assert all("state.sqlite3 was empty, as after" in english(notice) for notice in store.notices)
        store.close()
