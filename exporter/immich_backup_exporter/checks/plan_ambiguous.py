"""A plan takes the snapshots of several machines for one another's."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.hosts is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.hosts > 1:
            yield subject.warning(Message("plans.ambiguous", hosts=plan.hosts), Message("plans.ambiguous_step"))
        elif (plan.container_hosts or 0) > 1:
            yield subject.labelled(reason="containers").warning(
                Message("plans.container_hosts", hosts=plan.container_hosts), Message("plans.container_hosts_step")
            )
        else:
            yield subject.ok(Message("plans.one_machine"))


CHECK = Check(name="PlanAmbiguous", about=About.PLAN, severities=(Severity.WARNING,), find=find)
