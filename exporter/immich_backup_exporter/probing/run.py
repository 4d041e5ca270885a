"""``config check --probe``: tries everything that was declared, as the agent itself would reach it."""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.restic import Gate, ResticRepository, restic_version
from immich_backup_exporter.words import ENGLISH

from .probe import Finding, probe


def probe_all(settings: AgentSettings, environ: Mapping[str, str]) -> int:
    """Print a line for each path, the restic program, each repository and plan. Returns 0 if all is well, else 1."""
    with _cache() as cache_dir:
        findings = asyncio.run(_probe(settings, environ, cache_dir))
    for finding in findings:
        print(printed(finding))
    failed = sum(not finding.good for finding in findings)
    if failed:
        print(ENGLISH.render(Message("probe.some_failed", failed=failed, number=len(findings))))
        return 1
    print(ENGLISH.render(Message("probe.all_good")))
    return 0


def printed(finding: Finding) -> str:
    """A line for the finding, and one for the next step if there is one."""
    subject, message = finding.subject, finding.message
    said = Message("probe.ok", subject=subject, message=message)
    if not finding.good:
        said = Message("probe.failed", subject=subject, message=message)
    next_step = ENGLISH.render(finding.next_step)
    return ENGLISH.render(said) + (f"\n       {next_step}" if next_step else "")


@contextmanager
def _cache() -> Iterator[str]:
    """A folder for restic's cache that does not outlast the probe: the user who probes is often not the agent's."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="immich-backup-exporter-", ignore_cleanup_errors=True)
    except OSError:  # nowhere to make one: restic then goes without
        yield os.devnull
        return
    with folder as path:
        yield path


async def _probe(settings: AgentSettings, environ: Mapping[str, str], cache_dir: str) -> list[Finding]:
    gate = Gate()

    async def try_repository(repository: RepositorySettings) -> Sequence[Snapshot]:
        reader = ResticRepository(
            repository.access,
            restic=settings.restic,
            cache_dir=cache_dir,
            environ=environ,
            gate=gate,
            clock=SystemClock(),
        )
        try:
            listing = await reader.list()
            await reader.open()
            return await reader.snapshots(listing.snapshot_ids)
        finally:
            await reader.close()

    async def version(program: str) -> str | None:
        return await restic_version(program, environ)

    return await probe(settings, try_repository=try_repository, restic_version=version)
