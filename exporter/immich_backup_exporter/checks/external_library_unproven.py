"""Assets of external libraries that no plan is said to hold."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    if state.settings.contents.external_ignored:
        return
    for repository, plan in plans(state):
        if plan.coverage is None or not (plan.coverage.counts.external_proven + plan.coverage.counts.external_unproven):
            continue
        subject, unproven = a_plan(CHECK, repository, plan), plan.coverage.counts.external_unproven
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif unproven:
            yield subject.info(
                Message("plans.external_unproven", assets=unproven), Message("plans.external_unproven_step")
            )
        else:
            yield subject.ok(Message("plans.external_proven", assets=plan.coverage.counts.external_proven))


CHECK = Check(name="ExternalLibraryUnproven", about=About.PLAN, severities=(Severity.INFO,), find=find)
