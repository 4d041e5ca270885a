"""The dump that belongs to a snapshot was finished after the snapshot began."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import PlanFacts, State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        late = _lateness(plan)
        if late is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif late > timedelta(0):
            yield subject.warning(
                Message("contents.dump_finished_late", delay=late), Message("contents.dump_finished_late_step")
            )
        else:
            yield subject.ok(Message("contents.dump_finished_before"))


def _lateness(plan: PlanFacts) -> timedelta | None:
    pairs = []
    if plan.coverage is not None:
        pairs.append(plan.coverage.record.dump_time - plan.coverage.snapshot.time)
    if plan.contents is not None and plan.contents.dump is not None:
        pairs.append(plan.contents.dump.time - plan.contents.snapshot.time)
    return max(pairs, default=None)


CHECK = Check(name="BackupOrderWrong", about=About.CONTENTS, severities=(Severity.WARNING,), find=find)
