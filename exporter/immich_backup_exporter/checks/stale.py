"""The newest complete backup of a plan is too old."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_overdue, pause, plans
from .words import span

NAME = "Stale"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.last_success is None:
            continue
        subject = a_plan(NAME, repository, plan)
        age, limit = now - plan.last_success, plan.settings.max_age
        told = f"The newest complete backup is {span(age)} old; it may be {span(limit)}."
        step = "Look at what the backup job last said, and run it."
        if paused := pause(plan, now):
            yield subject.ok(f"{paused} The newest complete backup is {span(age)} old.")
        elif age > 2 * limit:
            yield subject.critical(told, step)
        elif not is_overdue(plan, now):
            yield subject.ok(told)
        elif plan.run_in_progress:
            yield subject.ok(f"{told} A run is under way.")
        else:
            yield subject.warning(told, step)


CHECK = Check(name=NAME, severities=(Severity.WARNING, Severity.CRITICAL), find=find)
