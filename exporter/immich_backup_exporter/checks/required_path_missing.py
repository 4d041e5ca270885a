"""A path that was declared is not in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "RequiredPathMissing"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.contents is None or not plan.settings.required_paths:
            continue
        subject, missing = a_plan(NAME, repository, plan), plan.contents.missing_paths
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif missing:
            yield subject.warning(
                f"Not in the newest inspected snapshot: {', '.join(missing)}.",
                "Add them to what the backup takes in, or take them out of `required_paths`.",
            )
        else:
            yield subject.ok(f"All {len(plan.settings.required_paths)} required paths are in it.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
