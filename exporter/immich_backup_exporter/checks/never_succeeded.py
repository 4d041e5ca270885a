"""There is no complete backup of a plan at all."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_denied, long_unreachable, matches_nothing, never_came, pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        subject, limit = a_plan(CHECK, repository, plan), plan.settings.max_age
        sentence = plan.explanation or Message("plans.no_complete_backup_yet")
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.last_success is not None:
            yield subject.ok(Message("plans.complete_backup", time=plan.last_success))
        elif is_denied(repository) or long_unreachable(repository, now):
            continue
        elif never_came(state, plan, now):
            waited = (
                Message("plans.expected_for", wait=now - plan.expected_since)
                if state.remembers
                else Message("plans.expected_now")
            )
            yield subject.critical(sentences(waited, sentence), Message("plans.never_succeeded_step"))
        elif plan.snapshots is None:
            yield subject.unknown(Message("plans.repository_not_read"), Message("plans.repository_not_read_step"))
        elif not matches_nothing(state, repository, plan, now):
            yield subject.unknown(
                sentences(sentence, Message("plans.expected_by", time=plan.expected_since + limit)),
                Message("plans.never_succeeded_step"),
            )


CHECK = Check(name="NeverSucceeded", about=About.PLAN, severities=(Severity.CRITICAL,), find=find)
