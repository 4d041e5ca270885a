"""``config check --probe``: tries everything that was declared, as the agent itself would reach it."""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.restic import Gate, ResticRepository, restic_version

from .probe import Finding, probe


def probe_all(settings: AgentSettings, environ: Mapping[str, str]) -> int:
    """Print a line for each path, the restic program and each repository. Returns 0 if all can be reached, else 1."""
    with _cache() as cache_dir:
        findings = asyncio.run(_probe(settings, environ, cache_dir))
    for finding in findings:
        print(finding)
    failed = sum(not finding.good for finding in findings)
    print(f"{failed} of {len(findings)} failed." if failed else "Everything can be reached.")
    return 1 if failed else 0


@contextmanager
def _cache() -> Iterator[str]:
    """A folder for restic's cache that does not outlast the trying: who tries is often not who the agent runs as."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="immich-backup-exporter-", ignore_cleanup_errors=True)
    except OSError:  # nowhere to make one: restic then goes without
        yield os.devnull
        return
    with folder as path:
        yield path


async def _probe(settings: AgentSettings, environ: Mapping[str, str], cache_dir: str) -> list[Finding]:
    gate = Gate()

    async def try_repository(repository: RepositorySettings) -> None:
        reader = ResticRepository(
            repository.access,
            restic=settings.restic,
            cache_dir=cache_dir,
            environ=environ,
            gate=gate,
            clock=SystemClock(),
        )
        try:
            await reader.list()
            await reader.open()
        finally:
            await reader.close()

    async def version(program: str) -> str | None:
        return await restic_version(program, environ)

    return await probe(settings, try_repository=try_repository, restic_version=version)
