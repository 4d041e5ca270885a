"""The snapshots of a plan do not reach back as far as was asked for."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        wanted = plan.settings.min_history
        if wanted is None or plan.oldest is None:
            continue
        subject, reach = a_plan(CHECK, repository, plan), now - plan.oldest
        sentence = Message("plans.history", age=reach, wanted=wanted)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif reach < wanted and now - plan.expected_since > wanted:
            yield subject.info(sentence, Message("plans.history_step"))
        else:
            yield subject.ok(sentence)


CHECK = Check(name="HistoryTooShort", about=About.PLAN, severities=(Severity.INFO,), find=find)
