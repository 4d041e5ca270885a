"""Listing a dump folder with 10,000 files, beside what `os.scandir` and `stat` of the same files cost (median of 5).

.venv/bin/python benchmarks/dump_folder.py
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.immich.upload_location import UploadLocation

DUMPS = 10_000


def median_seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return statistics.median(once() for _ in range(5))


def sizes(folder: Path) -> list[int]:
    with os.scandir(folder) as entries:
        return [entry.stat().st_size for entry in entries]


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "backups"
        folder.mkdir()
        for number in range(DUMPS):
            (folder / f"immich-db-backup-{1735693200000 + number}.sql.gz").touch()
        settings = DumpSettings(folder=str(folder), upload_location=root)
        listing = median_seconds(lambda: UploadLocation(root, settings, SystemClock()).scan())
        bare = median_seconds(lambda: sizes(folder))
        print(f"listing {DUMPS} dumps: {listing:.2f} s of processor time, {listing / bare:.1f} times scandir and stat")


if __name__ == "__main__":
    main()
