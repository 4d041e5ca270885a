"""A repository that one accident takes together with the library or with another repository."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State, not_independent

from .check import Check, a_repository

_SENTENCES = {
    "id": Message("repositories.shares_id"),
    "library_disk": Message("repositories.shares_library_disk"),
    "offsite": Message("repositories.offsite_but_local"),
    "password": Message("repositories.shares_password"),
}


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - true at any time
    for repository in state.repositories:
        if repository.independence is None:
            continue
        subject = a_repository(CHECK, repository)
        shared = {reason for reason, holds in not_independent(repository) if holds}
        for reason in sorted(shared):
            yield subject.labelled(reason=reason).warning(
                _SENTENCES[reason], Message("repositories.not_independent_step")
            )
        if not shared:
            yield subject.ok(Message("repositories.independent"))


CHECK = Check(name="NotIndependent", about=About.REPOSITORY, severities=(Severity.WARNING,), find=find)
