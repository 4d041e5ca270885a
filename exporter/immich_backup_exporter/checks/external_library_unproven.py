"""Assets of external libraries that no plan is said to hold."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "ExternalLibraryUnproven"


def find(state: State, now: datetime) -> Iterator[Finding]:
    if state.settings.contents.external_ignored:
        return
    for repository, plan in plans(state):
        if plan.coverage is None or not (plan.coverage.counts.external_proven + plan.coverage.counts.external_unproven):
            continue
        subject, unproven = a_plan(NAME, repository, plan), plan.coverage.counts.external_unproven
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif unproven:
            yield subject.info(
                f"{unproven} assets lie in external libraries that no plan is said to hold.",
                "Say in `immich.external` where they are backed up, or `external: ignore`.",
            )
        else:
            yield subject.ok(f"{plan.coverage.counts.external_proven} assets of external libraries were looked for.")


CHECK = Check(name=NAME, severities=(Severity.INFO,), find=find)
