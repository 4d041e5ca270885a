"""The agent as a whole: time to its first answer, scrapes under load, memory over a day's worth of polls.

    .venv/bin/python benchmarks/agent.py [start] [scrapes] [memory]

- start: process start to the first answer of /metrics, beside that of `python -c pass` (median of 5).
- scrapes: 1,000 while 20 of 100 repositories of 2 plans are polled every second and a dump of 1 GiB is validated.
- memory: 10 repositories, 288 polls each (a day at five minutes) at one a second, resident memory on the way.
"""

import argparse
import gzip
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import repositories
from support.agent import Agent
from support.dumps import dump_text
from support.waiting import eventually

SCRAPES = 1000
POLLS_OF_A_DAY = 288


def make_repositories(folder: Path, count: int) -> list[Path]:
    """Copies of one repository with three snapshots, each made another repository by its own place."""
    repositories.share(folder)
    (folder / "r0").mkdir()
    first = repositories.prepared_repository(folder / "r0")
    made = [first]
    for number in range(1, count):
        path = folder / f"r{number}"
        shutil.copytree(first, path)
        made.append(path)
    return made


def settings(paths: list[Path], intervals: Callable[[int], str], upload_location: Path) -> dict[str, object]:
    plans = {"immich": {"host": "photos"}, "second": {"host": "photos", "max_age": "8d"}}
    return {
        "immich": {"upload_location": str(upload_location), "dump": {"poll_interval": "2s"}},
        "repositories": {
            f"r{number}": {
                "repository": str(path),
                "password": repositories.PASSWORD,
                "poll_interval": intervals(number),
                "stats_interval": 0,
                "plans": plans,
            }
            for number, path in enumerate(paths)
        },
    }


@contextmanager
def running(folder: Path, config: dict[str, object]) -> Iterator[Agent]:
    agent = Agent(folder, config)
    with agent:
        yield agent


def resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def start(folder: Path) -> None:
    config = settings(make_repositories(folder, 1), lambda _: "5m", folder)
    bare, agent_times = [], []
    for number in range(5):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(time.monotonic() - began)
        place = folder / f"start{number}"
        place.mkdir()
        began = time.monotonic()
        with running(place, config) as agent:
            agent.get("/metrics")
            agent_times.append(time.monotonic() - began)
    took, python = statistics.median(agent_times), statistics.median(bare)
    told = f"{took:.2f} s, {took / python:.0f} times a bare Python ({python * 1000:.0f} ms)"
    print(f"start to first answer: {told}")


def write_big_dump(folder: Path) -> None:
    """1 GiB of text in a dump's form."""
    head, tail = dump_text(rows=()).split(b"\\.\n", 1)
    rows = b"".join(b"%032d\t/data/library/admin/2026/IMG_%08d.jpg\n" % (n * 7919, n) for n in range(16_000))
    with gzip.open(folder / "immich-db-backup-20261101T020000-v3.1.0-pg14.19.sql.gz", "wb", compresslevel=1) as file:
        file.write(head)
        for _ in range((1 << 30) // len(rows)):
            file.write(rows)
        file.write(b"\\.\n" + tail)
    os.utime(folder / "immich-db-backup-20261101T020000-v3.1.0-pg14.19.sql.gz", (1_700_000_000, 1_700_000_000))


def scrapes(folder: Path) -> None:
    library = folder / "library"
    (library / "backups").mkdir(parents=True)
    paths = make_repositories(folder, 100)
    config = settings(paths, lambda number: "1s" if number < 20 else "5m", library)
    with running(folder, config) as agent:
        agent.wait(lambda s: len([line for line in s.text.splitlines() if "repository_up{" in line]) == 100)
        write_big_dump(library / "backups")
        agent.wait(lambda s: s("dumps") == 1)
        host, port = agent.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port))
        took, errors, size, validating = [], 0, 0, 0
        for number in range(SCRAPES):
            accept = "application/openmetrics-text; version=1.0.0" if number % 2 else "text/plain"
            began = time.perf_counter()
            connection.request("GET", "/metrics", headers={"Accept": accept, "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            body = answer.read()
            took.append(time.perf_counter() - began)
            errors += answer.status != 200
            size = len(body)
            validating += b"immich_backup_dump_valid" not in gzip.decompress(body)
            time.sleep(0.005)
        took.sort()
        print(
            f"/metrics, 100 repositories, 20 polling: p50 {took[SCRAPES // 2] * 1000:.1f} ms, "
            f"p99 {took[SCRAPES * 99 // 100] * 1000:.1f} ms, worst {took[-1] * 1000:.1f} ms, errors {errors} "
            f"of {SCRAPES} scrapes of {size / 1024:.0f} KiB; a dump was being validated during {validating}"
        )


def polled(agent: Agent, times: int) -> bool:
    """Whether the last of ten repositories was polled so often."""
    return (agent.scrape()("repository_polls_total", repository="r9") or 0) >= times


def memory(folder: Path) -> None:
    library = repositories.make_library(folder / "library")
    config = settings(make_repositories(folder, 10), lambda _: "1s", library)
    with running(folder, config) as agent:
        seen: dict[int, float] = {}
        for target in (1, POLLS_OF_A_DAY // 4, POLLS_OF_A_DAY // 2, POLLS_OF_A_DAY):
            eventually(partial(polled, agent, target), patience=POLLS_OF_A_DAY * 2)
            seen[target] = resident_mib(agent.pid)
        told = ", ".join(f"{size:.1f} MiB after {polls}" for polls, size in seen.items())
        print(f"resident memory, 10 repositories: {told} polls each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", default=["start", "scrapes", "memory"])
    for name in parser.parse_args().which:
        folder = Path(tempfile.mkdtemp(prefix=f"benchmark-{name}-"))
        try:
            {"start": start, "scrapes": scrapes, "memory": memory}[name](folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
