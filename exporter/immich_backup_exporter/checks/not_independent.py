"""A repository that one accident takes together with the library or with another repository."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.repository import Independence
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository

NAME = "NotIndependent"


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - true at any time
    for repository in state.repositories:
        if repository.independence is None:
            continue
        subject = a_repository(NAME, repository)
        shared = list(_shared(repository.independence, offsite=repository.settings.offsite))
        if shared:
            yield subject.warning(
                f"It {' and '.join(shared)}.",
                "Keep a copy on another disk, in another place, with a password of its own.",
            )
        else:
            yield subject.ok("It shares neither disk nor password with anything, as far as can be seen.")


def _shared(independence: Independence, *, offsite: bool) -> Iterator[str]:
    if independence.shares_library_disk:
        yield "lies on the library's own disk"
    if independence.shares_id:
        yield "is the same repository as another one"
    if independence.shares_password:
        yield "has the same password as another one"
    if independence.local and offsite:
        yield "is called off-site and lies on a path of this machine"


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
