"""A declared `restic check` has not come to a result for too long."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        limit = repository.settings.check_max_age
        if limit is None:
            continue
        subject = a_repository(CHECK, repository)
        last = max((check.time for check in repository.checks.values()), default=None)
        age = now - (last or repository.expected_since)
        sentence = (
            Message("repositories.checked", age=age, limit=limit)
            if last
            else Message("repositories.not_checked", age=age, limit=limit)
        )
        if age > limit:
            yield subject.warning(sentence, Message("repositories.check_overdue_step"))
        else:
            yield subject.ok(sentence)


CHECK = Check(name="RepositoryCheckOverdue", about=About.REPOSITORY, severities=(Severity.WARNING,), find=find)
