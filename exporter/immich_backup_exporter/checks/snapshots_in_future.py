"""Snapshots of a plan are dated ahead."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "SnapshotsInFuture"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.in_future is None:
            continue
        subject = a_plan(NAME, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.in_future > 0:
            yield subject.warning(
                f"{plan.in_future} snapshot(s) are dated in the future, by a clock that was ahead; they count as fresh "
                "only when their time has come.",
                "Set the clock of the machine that made them; forget them, or name them in `ignore_snapshots`.",
            )
        else:
            yield subject.ok("No snapshot is dated in the future.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
