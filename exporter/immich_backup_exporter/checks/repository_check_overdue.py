"""A declared `restic check` has not come to a result for too long."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository
from .words import span

NAME = "RepositoryCheckOverdue"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        limit = repository.settings.check_max_age
        if limit is None:
            continue
        subject = a_repository(NAME, repository)
        last = max((check.time for check in repository.checks.values()), default=None)
        age = now - (last or repository.expected_since)
        told = f"Last checked {span(age)} ago" if last else f"No check was reported in {span(age)}"
        told = f"{told}; one is due every {span(limit)}."
        if age > limit:
            yield subject.warning(told, "Run `restic check` as a job of kind `check`, and see that it reports.")
        else:
            yield subject.ok(told)


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
