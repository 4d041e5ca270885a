"""A plan takes the snapshots of several machines for one another's."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "PlanAmbiguous"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.hosts is None:
            continue
        subject = a_plan(NAME, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.hosts > 1:
            yield subject.warning(
                f"{plan.hosts} machines back up as this plan: while one works, the others can stop unseen.",
                "Give each machine a plan of its own, with `host`.",
            )
        else:
            yield subject.ok("The snapshots of one machine at most are taken for its own.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
