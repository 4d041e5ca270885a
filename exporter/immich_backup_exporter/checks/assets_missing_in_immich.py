"""Originals that the database knows are gone from Immich's own disk, more of them than were accepted."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "AssetsMissingInImmich"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage = plan.coverage
        gone = coverage.record.persistent_gone if coverage is not None else None
        if coverage is None or gone is None:
            continue
        subject = a_plan(NAME, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif gone > coverage.accepted_gone:
            yield subject.warning(
                f"{gone} originals that the database knows are gone from Immich's own disk, too.",
                "`immich-backup-exporter check --verbose` lists them; restore them from an older snapshot, or run "
                f"`immich-backup-exporter accept --plan {repository.name}/{plan.settings.name}`.",
            )
        else:
            yield subject.ok(f"{gone} originals are gone from Immich's disk; {coverage.accepted_gone} are accepted.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
