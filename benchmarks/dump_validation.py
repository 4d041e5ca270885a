"""How long validating a dump takes against `gzip -t` on the same file, and how much memory it takes.

    .venv/bin/python benchmarks/dump_validation.py [--size-mib 1024] [--rounds 5] [--older-client]

Makes a dump like Immich's of the given size of text, the same one every time, packed with `gzip --rsyncable` as Immich
does. Then validates it and runs `gzip -t` on it in turns, each with the file in the page cache, and prints the median
ratio of the wall times. Each validation runs in a fresh process; its memory is the peak above what the process held
right before. `--older-client` leaves out the `\\restrict` token, so that table rows have to be told apart.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MIB = 1024 * 1024
TOKEN = "e7htKtanMKVUxtXBgEN9UMB6TgZiidejjWJLdmwLcsdA1bdPMxMDTPunNJn9J47"
POOL_BYTES = 24 * MIB
"""Rows are made once and repeated: far beyond gzip's window of 32 KiB, so that it finds no repetition."""

TABLES = {
    "asset": '(id, "ownerId", type, "originalPath", "fileCreatedAt", checksum, "originalFileName", thumbhash, status)',
    "asset_file": '(id, "assetId", type, path, "updateId")',
    "asset_exif": '("assetId", make, model, "fileSizeInByte", "dateTimeOriginal", latitude, longitude, description)',
    "smart_search": '("assetId", embedding)',
}
PER_ASSET = {"asset": 1, "asset_file": 3, "asset_exif": 1, "smart_search": 1}


def identity(source: random.Random) -> str:
    digits = f"{source.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def row(table: str, source: random.Random) -> str:
    asset, other = identity(source), identity(source)
    day = f"20{source.randrange(10, 27)}-{source.randrange(1, 13):02}-{source.randrange(1, 29):02}"
    taken = f"{day} {source.randrange(24):02}:{source.randrange(60):02}:{source.uniform(10, 60):.3f}+00"
    number = source.randrange(10000)
    match table:
        case "asset":
            name = f"IMG_{number:04}.jpg"
            path = f"/data/library/admin/{day[:4]}/{day}/{name}"
            checksum, thumbhash = f"\\\\x{source.getrandbits(160):040x}", f"\\\\x{source.getrandbits(200):050x}"
            return f"{asset}\t{other}\tIMAGE\t{path}\t{taken}\t{checksum}\t{name}\t{thumbhash}\tactive"
        case "asset_file":
            path = f"/data/thumbs/{other}/{asset[:2]}/{asset[2:4]}/{asset}_preview.jpeg"
            return f"{identity(source)}\t{asset}\tpreview\t{path}\t{identity(source)}"
        case "asset_exif":
            place = f"{source.uniform(-90, 90):.6f}\t{source.uniform(-180, 180):.6f}"
            return f"{asset}\tCanon\tCanon EOS R{number % 9}\t{source.randrange(1, 9_000_000)}\t{taken}\t{place}\t"
        case _:
            return f"{asset}\t[{','.join(f'{source.gauss(0, 0.04):.8g}' for _ in range(512))}]"


def rows(table: str, rows_bytes: int) -> Iterator[bytes]:
    source = random.Random(f"the same rows of {table} every time")
    pool = []
    made = 0
    while made < min(rows_bytes, POOL_BYTES):
        pool.append(row(table, source))
        made += len(pool[-1]) + 1
    block = ("\n".join(pool) + "\n").encode()
    for _ in range(max(1, round(rows_bytes / len(block)))):
        yield block


def dump(size_bytes: int, *, restricted: bool) -> Iterator[bytes]:
    yield b"--\n-- PostgreSQL database dump\n--\n\n"
    if restricted:
        yield f"\\restrict {TOKEN}\n\n".encode()
    yield b"-- Dumped from database version 14.19\n-- Dumped by pg_dump version 14.19\n\n"
    yield b"SET client_encoding = 'UTF8';\n\n"
    typical = {table: count * len(row(table, random.Random(1))) for table, count in PER_ASSET.items()}
    for table, columns in TABLES.items():
        yield f"COPY public.{table} {columns} FROM stdin;\n".encode()
        yield from rows(table, size_bytes * typical[table] // sum(typical.values()))
        yield b"\\.\n\n\n"
    yield b"ALTER TABLE ONLY public.asset\n    ADD CONSTRAINT asset_pkey PRIMARY KEY (id);\n\n\n"
    yield b"--\n-- PostgreSQL database dump complete\n--\n\n"
    if restricted:
        yield f"\\unrestrict {TOKEN}\n\n".encode()


def write_packed(path: Path, pieces: Iterator[bytes]) -> int:
    """Returns the bytes of text."""
    size = 0
    with (
        path.open("wb") as packed,
        subprocess.Popen(["gzip", "--rsyncable"], stdin=subprocess.PIPE, stdout=packed) as gzip,
    ):
        assert gzip.stdin is not None
        for piece in pieces:
            size += len(piece)
            gzip.stdin.write(piece)
    return size


def warm(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(MIB):
            pass


def children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def status_kib(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def validate_here(path: Path) -> None:
    """In a process of its own: validate the file as the agent does, and print how it went as JSON."""
    from immich_backup_exporter.domain.clock import SystemClock
    from immich_backup_exporter.domain.settings import DumpSettings
    from immich_backup_exporter.immich.upload_location import UploadLocation

    folder = str(path.parent)
    settings = DumpSettings(folder=folder, upload_location=folder)
    location = UploadLocation(folder, settings, SystemClock())
    (file,) = location.scan().files
    idle_kib = status_kib("VmRSS")
    started, cpu_started = time.perf_counter(), time.process_time()
    verdict = location.validate(file, lambda: False)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    assert verdict is not None
    result = {"outcome": verdict.outcome, "seconds": seconds, "cpu_seconds": cpu_seconds}
    print(json.dumps({**result, "memory_mib": (status_kib("VmHWM") - idle_kib) / 1024, "idle_mib": idle_kib / 1024}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--older-client", action="store_true")
    parser.add_argument("--validate", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.validate:
        validate_here(arguments.validate)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "immich-db-backup-20260101T020000-v3.1.0-pg14.19.sql.gz"
        text_bytes = write_packed(path, dump(arguments.size_mib * MIB, restricted=not arguments.older_client))
        print(f"{text_bytes / MIB:.0f} MiB of text, {path.stat().st_size / MIB:.0f} MiB packed")
        ours, gzips, cpu_ratios, memory, idle = [], [], [], [], []
        environment = {**os.environ, "PYTHONPATH": str(PROJECT / "exporter")}
        for _ in range(arguments.rounds):
            warm(path)
            command = [sys.executable, __file__, "--validate", str(path)]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            result = json.loads(done.stdout)
            assert result["outcome"] == "valid"
            ours.append(result["seconds"])
            memory.append(result["memory_mib"])
            idle.append(result["idle_mib"])
            warm(path)
            started, cpu_started = time.perf_counter(), children_cpu_seconds()
            subprocess.run(["gzip", "-t", str(path)], check=True)
            gzips.append(time.perf_counter() - started)
            cpu_ratios.append(result["cpu_seconds"] / (children_cpu_seconds() - cpu_started))
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, gzips, strict=True))
        print(
            f"validation {statistics.median(ours):.2f} s, gzip -t {statistics.median(gzips):.2f} s, {len(ours)} rounds"
        )
        print(f"time against gzip -t: {ratio:.2f} (bar: below 1); processor time: {statistics.median(cpu_ratios):.2f}")
        print(f"memory above idle ({max(idle):.1f} MiB): {max(memory):.1f} MiB at the peak (bar: below 16)")


if __name__ == "__main__":
    main()
