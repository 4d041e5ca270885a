"""A copy in another place is required, and no repository is one."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_repositories


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - true at any time
    if not state.settings.offsite_required or not state.repositories:
        return
    subject = the_repositories(CHECK)
    offsite = tuple(repository.name for repository in state.repositories if repository.settings.offsite)
    if offsite:
        yield subject.ok(Message("repositories.offsite", names=offsite))
    else:
        yield subject.info(Message("repositories.no_offsite"), Message("repositories.no_offsite_step"))


CHECK = Check(name="NoOffsiteCopy", about=About.REPOSITORY, severities=(Severity.INFO,), find=find, together=True)
