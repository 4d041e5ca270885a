"""Snapshots of a plan are gone, and nobody reported to have forgotten them."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.runs import LONGEST_RUN
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .words import accepted

NAME = "SnapshotsVanished"

LEAST = 0.5
"""So much of the usual number may be left."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.snapshots is None:
            continue
        subject, usual = a_plan(NAME, repository, plan), plan.snapshots_baseline
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif not usual or plan.snapshots / usual >= LEAST:
            told = f"{plan.snapshots} snapshots{f', usually {usual:.0f}' if usual else ''}."
            yield subject.ok(told + accepted(plan.accepted))
        elif _at_work(state, repository.name, now):
            yield subject.ok(f"{plan.snapshots} snapshots, usually {usual:.0f}; a job is at work.")
        else:
            yield subject.critical(
                f"{plan.snapshots} snapshots are left, usually there are {usual:.0f}, and no job reported to have "
                "forgotten the others.",
                "Find out who deleted them. If it was meant, run `immich-backup-exporter accept --plan "
                f"{repository.name}/{plan.settings.name}`.",
            )


def _at_work(state: State, repository: str, now: datetime) -> bool:
    return any(
        job.settings.repository == repository
        and job.running_since is not None
        and now - job.running_since <= LONGEST_RUN  # it may not have reported yet what it forgets
        for job in state.jobs
    )


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
