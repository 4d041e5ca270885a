"""restic failed twice to read what the newest snapshot refers to, while nobody was pruning."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "SnapshotDamaged"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.damaged is None:
            continue
        subject = a_plan(NAME, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.damaged:
            yield subject.critical(
                "What the newest snapshot refers to cannot be read.",
                "Prune nothing. Run `restic check --read-data`, and see what restores from another copy.",
            )
        else:
            yield subject.ok("The newest snapshot could be read.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
