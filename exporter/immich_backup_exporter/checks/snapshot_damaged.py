"""restic failed twice to read what the newest snapshot refers to, while no prune was at work."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.damaged is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.damaged:
            yield subject.critical(Message("contents.damaged"), Message("contents.damaged_step"))
        else:
            yield subject.ok(Message("contents.readable"))


CHECK = Check(name="SnapshotDamaged", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
