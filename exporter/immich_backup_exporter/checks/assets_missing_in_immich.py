"""Originals that the database knows are gone from Immich's own disk, more of them than were accepted."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage = plan.coverage
        gone = coverage.record.persistent_gone if coverage is not None else None
        if coverage is None or gone is None:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif gone > coverage.accepted_gone:
            yield subject.warning(
                Message("contents.originals_gone", gone=gone),
                Message("contents.originals_gone_step", repository=repository.name, plan=plan.settings.name),
            )
        else:
            yield subject.ok(Message("contents.originals_gone_accepted", gone=gone, accepted=coverage.accepted_gone))


CHECK = Check(name="AssetsMissingInImmich", about=About.CONTENTS, severities=(Severity.WARNING,), find=find)
