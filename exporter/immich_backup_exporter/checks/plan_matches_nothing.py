"""A repository holds snapshots, and none of them is this plan's: a mistake of configuration, which no waiting fixes."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import matches_nothing, pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.snapshots:
            yield subject.ok(Message("plans.matches_some", snapshots=plan.snapshots))
        elif matches_nothing(state, repository, plan, now):
            told = plan.explanation or Message("plans.no_complete_backup_yet")
            yield subject.warning(sentences(told), Message("plans.matches_nothing_step"))


CHECK = Check(name="PlanMatchesNothing", about=About.PLAN, severities=(Severity.WARNING,), find=find)
