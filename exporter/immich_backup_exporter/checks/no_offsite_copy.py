"""A copy in another place is required, and no repository is one."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, Subject

NAME = "NoOffsiteCopy"


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - true at any time
    if not state.settings.offsite_required or not state.repositories:
        return
    subject = Subject(check=NAME, name="repositories")
    offsite = [repository.name for repository in state.repositories if repository.settings.offsite]
    if offsite:
        yield subject.ok(f"Kept in another place: {', '.join(offsite)}.")
    else:
        yield subject.info(
            "A copy in another place is required, and no repository is marked as one.",
            "Add a repository elsewhere, and set `offsite: true` on it.",
        )


CHECK = Check(name=NAME, severities=(Severity.INFO,), find=find)
