"""What the agent would say of the runs in a spool, some minutes later."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind, JobSettings
from immich_backup_exporter.jobs.reader import SpoolFolder
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.jobs.poller import JobPoller
from support.fakes import HandClock
from support.memory_store import MemoryStore


def outcomes(spool: Path, job: str = "nightly") -> dict[str, Outcome | None]:
    """By run id, once every run that will not report any more has been silent for long enough."""
    return asyncio.run(_outcomes(spool, job))


async def _outcomes(spool: Path, job: str) -> dict[str, Outcome | None]:
    store, clock = MemoryStore(), HandClock(datetime.now(UTC))
    poller = JobPoller(StoreAccess(store, lambda: None), clock, lambda: "0" * 32, lambda jobs, rejected: None)
    poller.declare([JobSettings(name=job, kind=JobKind.OTHER)], SpoolFolder(str(spool)))
    poller.restore(store)
    for _ in range(12):
        await poller.poll()
        clock.advance(seconds=30)
    await poller.close()
    return {run.run_id: run.outcome for run in store.load_runs().runs}
