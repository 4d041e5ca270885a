"""The newest complete backup of a plan is too old."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_overdue, pause, plans

_STEP = Message("plans.stale_step")


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.last_success is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        age, limit = now - plan.last_success, plan.settings.max_age
        sentence = Message("plans.age_and_limit", age=age, limit=limit)
        if paused := pause(plan, now):
            yield subject.ok(sentences(paused, Message("plans.age", age=age)))
        elif age > 2 * limit:
            yield subject.critical(sentence, _STEP)
        elif not is_overdue(plan, now):
            yield subject.ok(sentence)
        elif plan.run_in_progress:
            yield subject.unknown(
                sentences(sentence, Message("subjects.run_under_way")), Message("plans.run_under_way_step")
            )
        else:
            yield subject.warning(sentence, _STEP)


CHECK = Check(name="Stale", about=About.PLAN, severities=(Severity.WARNING, Severity.CRITICAL), find=find)
