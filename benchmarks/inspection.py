"""What looking into a snapshot costs: against what restic and gzip alone take to read the same.

    .venv/bin/python benchmarks/inspection.py [--assets 300000] [--folder DIR]

Makes a library with one small file for each asset, a dump of a database in Immich's shape that PostgreSQL wrote, and a
snapshot of both in a repository that `restic init` made. With `--folder` it is kept there and used again.
"""

import argparse
import asyncio
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from immich_backup_exporter.analysis.coverage import Coverage, TreePaths
from immich_backup_exporter.domain.contents import DumpAnswer, MissingKind, TreeAnswer, TreeQuestion
from immich_backup_exporter.domain.repository import RepositoryAccess, Snapshot
from immich_backup_exporter.formats.immich_dump import ImmichDump
from immich_backup_exporter.formats.pg_dump import DumpValidator
from immich_backup_exporter.inspection import InspectionFactory
from immich_backup_exporter.restic import Gate, ResticRepository
from support.agent import Agent
from support.immich_database import ERAS, OWNER, user
from support.postgres import Postgres, running_postgres
from support.tools import tool

PASSWORD = "benchmark"
ERA = ERAS["2.7"]
DUMP = "backups/immich-db-backup-20260301T020000-v2.7.5-pg15.10.sql.gz"
PER_FOLDER = 256
FOLDERS = ("library", "upload", "profile", "backups", "thumbs", "encoded-video")

ROWS = """
INSERT INTO asset SELECT
    md5('asset' || n)::uuid, 'WEB', '{owner}', 'WEB', 'IMAGE',
    '/data/library/admin/' || (n / {per}) || '/' || n || '.jpg',
    '2025-01-01', '2025-01-01', false, NULL, sha256(n::text::bytea), NULL, '2025-01-01', '2025-01-01', n || '.jpg',
    decode(md5('t' || n) || md5('u' || n), 'hex'), false, NULL, false, NULL, '2025-01-01', NULL, NULL, 'active',
    md5('update' || n)::uuid, 'timeline', 4000, 3000, false, 'sha1' FROM generate_series(0, {last}) AS n;
INSERT INTO asset_file SELECT
    md5('file' || kind || n)::uuid, md5('asset' || n)::uuid, '2025-01-01', '2025-01-01', kind,
    '/data/thumbs/{owner}/ab/cd/' || md5('asset' || n) || '_' || kind || '.webp'
    FROM generate_series(0, {last}) AS n, (VALUES ('preview'), ('thumbnail')) AS k (kind);
CREATE TABLE asset_exif AS SELECT
    md5('asset' || n)::uuid AS "assetId", 'Canon' AS make, 'EOS R5' AS model, 4000 AS width, 3000 AS height,
    n * 7 AS size, 'Munich' AS city, 'Bavaria' AS state, 'Germany' AS country, 'a description of it ' || n AS text
    FROM generate_series(0, {last}) AS n;
CREATE TABLE smart_search AS SELECT
    md5('asset' || n)::uuid AS "assetId", (SELECT array_agg(sin(n + i)) FROM generate_series(1, 40) AS i) AS embedding
    FROM generate_series(0, {last}) AS n;
"""


def restic(repository: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [tool("restic-0.18"), "-q", "--no-lock", "-r", str(repository), *arguments]
    return subprocess.run(command, env=_environment(repository), check=True, **options)  # type: ignore[call-overload, no-any-return]


def _environment(repository: Path) -> dict[str, str]:
    cache = str(repository.parent / "cache")
    return {"PATH": os.environ["PATH"], "HOME": cache, "RESTIC_CACHE_DIR": cache, "RESTIC_PASSWORD": PASSWORD}


def make(folder: Path, assets: int) -> None:
    """The library, the dump in it and the repository; nothing where they are there already."""
    if (folder / "done").exists():
        return
    library = folder / "immich"
    for name in FOLDERS:
        (library / name).mkdir(parents=True)
        (library / name / ".immich").write_text("1764000000000")
    say(f"writing {assets:,} files")
    for number in range(assets):
        path = library / "library" / "admin" / str(number // PER_FOLDER) / f"{number}.jpg"
        if number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(b"%d" % (number % 100))
    say("letting PostgreSQL dump them")
    with running_postgres() as postgres:
        _fill(postgres, assets)
        text = postgres.dump("immich")
    with gzip.open(library / DUMP, "wb", compresslevel=6) as file:
        file.write(text)
    (folder / "dump.sql").write_bytes(text)
    say("letting restic back them up")
    repository = folder / "repository"
    subprocess.run([tool("restic-0.18"), "-q", "-r", str(repository), "init"], env=_environment(repository), check=True)
    subprocess.run(
        [tool("restic-0.18"), "-q", "-r", str(repository), "backup", str(library)],
        env=_environment(repository),
        check=True,
    )
    (folder / "done").touch()


def _fill(postgres: Postgres, assets: int) -> None:
    postgres.sql("postgres", "CREATE DATABASE immich;")
    postgres.sql("immich", ERA.schema() + user(ERA))
    postgres.sql("immich", ROWS.format(owner=OWNER, per=PER_FOLDER, last=assets - 1))


async def inspect(folder: Path) -> tuple[float, TreeAnswer, DumpAnswer]:
    """Seconds, and what was found."""
    access = RepositoryAccess(name="nas", url=str(folder / "repository"), password=PASSWORD)
    reader = ResticRepository(
        access, restic=tool("restic-0.18"), cache_dir=str(folder / "cache"), environ=os.environ, gate=Gate()
    )
    snapshot = await _newest(reader)
    question = TreeQuestion(snapshot_time=snapshot.time, snapshot_paths=snapshot.paths)
    patience = reader.patience()
    began = time.perf_counter()
    async with InspectionFactory(os.environ).inspection() as inspection:
        tree = await inspection.tree(
            question, lambda pipe: reader.list_tree(snapshot.id, pipe, patience), lambda _: patience.touch()
        )
        dump = tree.dump
        assert dump is not None
        found = await inspection.dump(
            lambda pipe: reader.read_file(snapshot.id, dump.path, pipe, patience),
            lambda _: patience.touch(),
            time=dump.time,
            expect_gzip=True,
            immichs_own=True,
            cover=True,
        )
    seconds = time.perf_counter() - began
    await reader.close()
    return seconds, tree, found


async def _newest(reader: ResticRepository) -> Snapshot:
    listing = await reader.list()
    return max(await reader.snapshots(listing.snapshot_ids), key=lambda one: one.time)


def plain(folder: Path) -> float:
    """What restic and gzip alone take."""
    repository = folder / "repository"
    began = time.perf_counter()
    restic(repository, "ls", "--json", "latest", stdout=subprocess.DEVNULL)
    command = [tool("restic-0.18"), "-q", "--no-lock", "-r", str(repository), "dump", "latest"]
    path = str(folder / "immich" / DUMP)
    dump = subprocess.Popen([*command, path], env=_environment(repository), stdout=subprocess.PIPE)
    subprocess.run(["gzip", "-t"], stdin=dump.stdout, check=True)
    assert dump.wait() == 0
    return time.perf_counter() - began


def parser_speed(folder: Path) -> float:
    """MB of dump text in a second, every file being there."""
    text = (folder / "dump.sql").read_bytes()
    tree = TreePaths()
    library = folder / "immich"
    for path in (library / "library" / "admin").iterdir():
        tree.originals.update(hash(f"library/admin/{path.name}/{name}".encode()) for name in os.listdir(path))
    dump = ImmichDump(lambda: Coverage(tree, (), datetime.now(UTC)))
    validator = DumpValidator(immich=dump)
    began = time.process_time()
    for start in range(0, len(text), 512 * 1024):
        validator.feed(text[start : start + 512 * 1024])
    seconds = time.process_time() - began
    found = dump.database()
    assert found is not None
    assert found.coverage is not None
    assert found.coverage.counts().missing[MissingKind.ORIGINAL] == 0
    return len(text) / seconds / 1e6


def say(text: str) -> None:
    print(f"# {text}", file=sys.stderr, flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--assets", type=int, default=300_000)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="inspection-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        make(folder, given.assets)
        report(folder)
    finally:
        if given.folder is None:
            shutil.rmtree(folder)


def report(folder: Path) -> None:
    say("measuring inspection and coverage")
    rounds = [(plain(folder), asyncio.run(inspect(folder))) for _ in range(3)]
    ratio = min(seconds for _, (seconds, _, _) in rounds) / min(seconds for seconds, _ in rounds)
    _, tree, dump = rounds[-1][1]
    assert dump.coverage is not None
    print(f"files in library: {tree.folders['library'].files:,}; assets: {dump.coverage.counts.assets:,}")
    print(f"restic and gzip alone: {min(seconds for seconds, _ in rounds):.1f} s")
    print(f"inspection and coverage: {ratio:.2f} times as long")
    say("measuring the parser")
    print(f"parser alone: {parser_speed(folder):.0f} MB of dump text per second")
    say("measuring the agent meanwhile")
    times, agent, worker = meanwhile(folder)
    print(f"/metrics meanwhile: p99 {quantiles(times, n=100)[98] * 1000:.1f} ms of {len(times)} scrapes")
    print(f"peak memory: {agent + worker:.0f} MB (agent {agent:.0f}, inspecting process {worker:.0f})")
    say("measuring the next day")
    for line in next_day(folder):
        print(line)


def meanwhile(folder: Path) -> tuple[list[float], float, float]:
    """Seconds of each scrape while the real agent looks into the snapshot; peak MB of the agent and of its process."""
    state = Path(tempfile.mkdtemp(prefix="inspection-agent-"))
    nas = {"repository": str(folder / "repository"), "password": PASSWORD, "stats_interval": 0}
    times: list[float] = []
    worker = 0.0
    try:
        with Agent(state, {"repositories": {"nas": nas}, "cache_dir": str(folder / "cache")}) as agent:
            while agent.scrape()("coverage_assets", repository="nas") is None:
                for _ in range(20):
                    began = time.perf_counter()
                    agent.get("/metrics")
                    times.append(time.perf_counter() - began)
                    time.sleep(0.02)
                worker = max(worker, peak_of_worker(agent.pid))
            return times, peak(agent.pid), worker
    finally:
        shutil.rmtree(state)


def peak_of_worker(agent: int) -> float:
    for entry in os.listdir("/proc"):
        try:
            if entry.isdecimal() and "inspection.worker" in Path(f"/proc/{entry}/cmdline").read_text():
                parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
                return peak(int(entry)) if parent == agent else 0.0
        except OSError:
            continue
    return 0.0


def peak(pid: int) -> float:
    """MB, at most, that were resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def next_day(folder: Path) -> Iterator[str]:
    """100 files more: listing the next snapshot, and the difference, against listing the first."""
    repository, library = folder / "repository", folder / "immich"
    if not (folder / "next").exists():
        for number in range(100):
            (library / "library" / "admin" / str(number) / "next.jpg").write_bytes(b"new")
        command = [tool("restic-0.18"), "-q", "-r", str(repository), "backup", str(library)]
        subprocess.run(command, env=_environment(repository), check=True)
        (folder / "next").touch()
    listed = restic(repository, "snapshots", "--json", stdout=subprocess.PIPE).stdout
    first, second = [one["id"] for one in json.loads(listed)][-2:]
    commands = {"first": ["ls", first, "--json"], "next": ["ls", second, "--json"], "diff": ["diff", first, second]}
    seconds: dict[str, float] = {}
    for _ in range(2):
        for name, command in commands.items():
            began = time.perf_counter()
            restic(repository, *command, stdout=subprocess.DEVNULL)
            seconds[name] = min(seconds.get(name, 1e9), time.perf_counter() - began)
    yield f"listing the next day's snapshot: {seconds['next'] / seconds['first']:.2f} times the first"
    yield f"`restic diff` of the two: {seconds['diff'] / seconds['first']:.2f} times the first"


if __name__ == "__main__":
    main()
