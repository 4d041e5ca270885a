"""``config check --probe``: tries everything that was declared, as the agent itself would reach it."""

import asyncio
from collections.abc import Mapping

from immich_backup_exporter.config.probe import Finding, probe
from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.restic import Gate, ResticRepository, restic_version


def probe_all(settings: AgentSettings, environ: Mapping[str, str]) -> int:
    """Print a line for each path, the restic program and each repository. Returns 0 if all can be reached, else 1."""
    findings = asyncio.run(_probe(settings, environ))
    for finding in findings:
        print(finding)
    failed = sum(not finding.good for finding in findings)
    print(f"{failed} of {len(findings)} failed." if failed else "Everything can be reached.")
    return 1 if failed else 0


async def _probe(settings: AgentSettings, environ: Mapping[str, str]) -> list[Finding]:
    gate = Gate()

    async def try_repository(repository: RepositorySettings) -> None:
        reader = ResticRepository(
            repository.access,
            restic=settings.restic,
            cache_dir=settings.cache_dir,
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
