"""The newest dump lists far fewer assets than usual."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .words import accepted, share

NAME = "AssetsDropped"
LEAST = 0.8
"""Share of the usual number."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage = plan.coverage
        if coverage is None:
            continue
        subject, assets, usual = a_plan(NAME, repository, plan), coverage.counts.assets, coverage.assets_baseline
        told = f"The database knows {assets} originals" + (f" ({share(assets, usual)} of the usual)." if usual else ".")
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif usual and assets / usual < LEAST:
            yield subject.warning(
                told,
                "See in Immich whether they were deleted on purpose. If so, run `immich-backup-exporter accept "
                f"--plan {repository.name}/{plan.settings.name}`.",
            )
        else:
            yield subject.ok(told + accepted(plan.accepted))


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
