"""Snapshots of a plan are dated ahead."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.in_future is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.in_future > 0:
            yield subject.warning(Message("plans.in_future", snapshots=plan.in_future), Message("plans.in_future_step"))
        else:
            yield subject.ok(Message("plans.none_in_future"))


CHECK = Check(name="SnapshotsInFuture", about=About.PLAN, severities=(Severity.WARNING,), find=find)
