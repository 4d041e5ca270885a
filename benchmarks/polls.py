"""What a poll costs: restic processes and CPU, against one `restic snapshots --json` on the same repository.

    .venv/bin/python benchmarks/polls.py [--polls 1000]

Uses a repository that `restic init` made (its key costs what a key costs) with 1,024 snapshots.
"""

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import AgentSettings, PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import AgentFacts, RepositoryFacts, State
from immich_backup_exporter.metrics.collector import repository_samples
from immich_backup_exporter.metrics.exposition import Exposition
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.restic import Gate, ResticRepository
from immich_backup_exporter.store import open_store
from support.rest_server import RestServer
from support.tools import tool

PASSWORD = "benchmark"
DOUBLINGS = 10


def restic(repository: Path | str, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "RESTIC_PASSWORD": PASSWORD}
    command = [tool("restic-0.18"), "--no-cache", "-q", "-r", str(repository), *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def make_repository(folder: Path) -> Path:
    """1,024 snapshots: one backup, doubled ten times by rewriting all of them for another host."""
    source, repository = folder / "immich", folder / "served" / "nas"
    (source / "upload").mkdir(parents=True)
    (source / "upload" / "a.jpg").write_bytes(os.urandom(5000))
    restic(repository, "init")
    restic(repository, "backup", "--host", "h", str(source))
    for number in range(DOUBLINGS):
        restic(repository, "rewrite", "--new-host", f"h{number}")
    return repository


class Bench:
    """A poller with the real reader, store and exposition around it."""

    def __init__(self, url: str, folder: Path) -> None:
        clock = SystemClock()
        access = RepositoryAccess(name="nas", url=url, password=PASSWORD)
        plan = PlanSettings(name="immich")
        settings = RepositorySettings(
            access=access, poll_interval=timedelta(minutes=5), plans=(plan,), stats_interval=None
        )
        self.reader = ResticRepository(
            access, restic=tool("restic-0.18"), cache_dir=str(folder / "cache"), environ=os.environ, gate=Gate()
        )
        self.store = open_store(str(folder / "state"), clock)
        self.exposition = Exposition(clock)
        self._agent = AgentFacts(version="", revision="", state_created=clock.now(), reload_success=clock.now())
        store = StoreAccess(self.store, lambda: None)
        location = str(folder.parent / "immich")
        self.poller = RepositoryPoller(settings, location, self.reader, store, clock, self._publish)
        self.poller.restore(self.store)

    def _publish(self, facts: RepositoryFacts) -> None:
        state = State(settings=AgentSettings(), agent=self._agent, repositories=(facts,))
        self.exposition.publish(state, {"nas": repository_samples(facts)}, keep=("nas",))

    def processes(self) -> int:
        return sum(entry.count for entry in self.reader.commands()[0])

    async def close(self) -> None:
        await self.reader.close()
        self.store.close()


@contextmanager
def cpu(into: list[float], who: int) -> Iterator[None]:
    def used() -> float:
        usage = resource.getrusage(who)
        return usage.ru_utime + usage.ru_stime

    before = used()
    yield
    into.append(used() - before)


def restic_cpu(repository: str) -> float:
    """CPU seconds of one `restic snapshots --json`, the least of five."""
    spent: list[float] = []
    for _ in range(5):
        with cpu(spent, resource.RUSAGE_CHILDREN):
            restic(repository, "snapshots", "--json", "--no-lock")
    return min(spent)


async def unchanged(kind: str, url: str, folder: Path, polls: int) -> None:
    bench = Bench(url, folder / f"unchanged-{kind}")
    await bench.poller.poll()
    assert bench.poller.facts.up, bench.poller.facts.failure_sentence
    state_file = folder / f"unchanged-{kind}" / "state" / "state.sqlite3"
    written, processes = state_file.stat().st_mtime_ns, bench.processes()
    spent: list[float] = []
    with cpu(spent, resource.RUSAGE_SELF):
        for _ in range(polls):
            await bench.poller.poll()
    each, theirs = spent[0] / polls, restic_cpu(url)
    assert bench.poller.facts.polls == polls + 1
    print(f"{kind}: restic processes in {polls} unchanged polls: {bench.processes() - processes}")
    print(f"{kind}: writes to the state store in them: {int(state_file.stat().st_mtime_ns != written)}")
    print(
        f"{kind}: CPU of an unchanged poll / one `restic snapshots --json`: "
        f"{each * 1000:.2f} ms / {theirs * 1000:.0f} ms = {each / theirs:.3%}"
    )
    await bench.close()


async def one_new(repository: Path, folder: Path) -> None:
    bench = Bench(str(repository), folder / "one-new")
    await bench.poller.poll()
    ratios, processes = [], bench.processes()
    for number in range(5):
        restic(repository, "backup", "--host", f"n{number}", str(folder / "immich"))
        own: list[float] = []
        theirs: list[float] = []
        with cpu(own, resource.RUSAGE_SELF), cpu(theirs, resource.RUSAGE_CHILDREN):
            await bench.poller.poll()
        ratios.append(own[0] / theirs[0])
    print(f"restic processes in 5 polls that each found 1 new among 1,024: {bench.processes() - processes}")
    print(f"own CPU of such a poll / its restic process's: {sorted(ratios)[2]:.2%} (median of 5)")
    await bench.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=1000)
    polls = parser.parse_args().polls
    folder = Path(tempfile.mkdtemp(prefix="benchmark-polls-"))
    try:
        began = time.monotonic()
        repository = make_repository(folder)
        print(
            f"(a repository of {len(list((repository / 'snapshots').iterdir()))} snapshots, "
            f"made in {time.monotonic() - began:.0f} s)"
        )
        asyncio.run(unchanged("local", str(repository), folder, polls))
        with RestServer(folder / "served") as server:
            asyncio.run(unchanged("rest", server.url("nas"), folder, polls))
        asyncio.run(one_new(repository, folder))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
