"""Facts and a clock for tests of the store."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpVerdict
from immich_backup_exporter.domain.records import SeenDump
from immich_backup_exporter.domain.repository import Snapshot

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
REPOSITORY = "5e" * 32


class StandingClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return 0.0


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder in memory where the machine has one: each commit waits for the disk, which may be busy with others."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def snapshot(number: int) -> Snapshot:
    """The snapshot of that many days after 2026-03-01, with everything that restic 0.18 tells."""
    return Snapshot(
        id=f"{number:064x}",
        time=NOON + timedelta(days=number),
        tree=f"{number + 0xABC:064x}",
        hostname="photos",
        paths=("/srv/immich", "/srv/immich-app"),
        tags=("immich", "nightly"),
        parent=f"{number - 1:064x}" if number else None,
        program_version="restic 0.18.0",
        size_bytes=123_456_789_012 + number,
        files=54_321 + number,
        added_bytes=1_234_567,
        backup_start=NOON + timedelta(days=number, seconds=1),
        duration_seconds=61.25,
    )


def seen_dump(
    number: int, *, gone: bool = False, finished: bool = True, verdict: DumpVerdict | None = None
) -> SeenDump:
    """The dump of that many days after 2026-03-01."""
    modified = NOON + timedelta(days=number)
    name = f"immich-db-backup-{modified:%Y%m%dT%H%M%S}-v2.7.5-pg14.19.sql.gz"
    return SeenDump(
        file=DumpFile(
            name=name,
            path=f"/srv/immich/backups/{name}",
            kind=DumpKind.IMMICH,
            group="immich .gz",
            unfinished=not finished,
            size_bytes=9_876_543 + number,
            modified=modified,
            named_time=modified - timedelta(minutes=2),
            immich_version="2.7.5",
            postgres_version="14.19",
            fingerprint=f"64768-{number}-9876543",
        ),
        first_seen=modified + timedelta(minutes=3),
        finished=finished,
        gone=gone,
        verdict=verdict,
    )
