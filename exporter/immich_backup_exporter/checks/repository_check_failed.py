"""The last `restic check` found a repository damaged."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository

_SCOPES = {
    CheckScope.STRUCTURE: Message("repositories.structure"),
    CheckScope.DATA: Message("repositories.data"),
}


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        for scope, check in sorted(repository.checks.items()):
            subject, age = a_repository(CHECK, repository, scope=scope.value), now - check.time
            if check.success:
                yield subject.ok(Message("repositories.check_passed", scope=_SCOPES[scope], age=age))
            else:
                yield subject.critical(
                    Message("repositories.check_failed", scope=_SCOPES[scope], age=age),
                    Message("repositories.check_failed_step"),
                )


CHECK = Check(name="RepositoryCheckFailed", about=About.REPOSITORY, severities=(Severity.CRITICAL,), find=find)
