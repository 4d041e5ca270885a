"""The last `restic check` found a repository damaged."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository
from .words import ago

NAME = "RepositoryCheckFailed"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        for scope, check in sorted(repository.checks.items()):
            subject = a_repository(NAME, repository, scope=scope.value)
            if check.success:
                yield subject.ok(f"The last check of its {scope.value}, {ago(check.time, now)}, found nothing wrong.")
            else:
                yield subject.critical(
                    f"The last check of its {scope.value}, {ago(check.time, now)}, found it damaged.",
                    "Prune nothing. Run `restic check --read-data` and see which files restore from another copy.",
                )


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
