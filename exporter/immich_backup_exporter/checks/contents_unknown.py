"""The newest snapshots of a plan could not be looked into, or not be compared with the database, for too long."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_denied, pause, plans, unseen_for


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        inspect = repository.settings.inspect
        unreachable = unseen_for(repository, now) > repository.settings.unreachable_after
        if plan.newest is None or not inspect.enabled or plan.damaged or unreachable or is_denied(repository):
            continue
        subject, since, reason = a_plan(CHECK, repository, plan), plan.contents_unknown_since, plan.inspection_sentence
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif since is None:
            yield subject.ok(Message("contents.known", age=now - plan.newest.time))
        elif now - since > inspect.max_lag:
            sentence = Message("contents.unknown_for_too_long", age=now - since, limit=inspect.max_lag)
            yield subject.warning(sentences(sentence, reason), Message("contents.unknown_step"))
        else:
            yield subject.ok(sentences(Message("contents.not_known_yet", age=now - since), reason))


CHECK = Check(name="ContentsUnknown", about=About.CONTENTS, severities=(Severity.WARNING,), find=find)
