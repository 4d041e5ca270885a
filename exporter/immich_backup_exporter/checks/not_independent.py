"""A repository that one accident takes together with the library or with another repository."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.repository import Independence
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - true at any time
    for repository in state.repositories:
        if repository.independence is None:
            continue
        subject = a_repository(CHECK, repository)
        shared = tuple(_shared(repository.independence, offsite=repository.settings.offsite))
        if shared:
            yield subject.warning(sentences(*shared), Message("repositories.not_independent_step"))
        else:
            yield subject.ok(Message("repositories.independent"))


def _shared(independence: Independence, *, offsite: bool) -> Iterator[Message]:
    if independence.shares_library_disk:
        yield Message("repositories.shares_library_disk")
    if independence.shares_id:
        yield Message("repositories.shares_id")
    if independence.shares_password:
        yield Message("repositories.shares_password")
    if independence.local and offsite:
        yield Message("repositories.offsite_but_local")


CHECK = Check(name="NotIndependent", about=About.REPOSITORY, severities=(Severity.WARNING,), find=find)
