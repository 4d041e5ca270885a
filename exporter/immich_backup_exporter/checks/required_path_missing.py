"""A path that was declared is not in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.contents is None or not plan.settings.required_paths:
            continue
        subject, missing = a_plan(CHECK, repository, plan), plan.contents.missing_paths
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif missing:
            yield subject.warning(
                Message("contents.paths_missing", paths=missing), Message("contents.paths_missing_step")
            )
        else:
            yield subject.ok(Message("contents.paths_complete", paths=len(plan.settings.required_paths)))


CHECK = Check(name="RequiredPathMissing", about=About.CONTENTS, severities=(Severity.WARNING,), find=find)
