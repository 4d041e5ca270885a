"""Snapshots of a plan are gone, and no job reported that it forgot them."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.runs import LONGEST_RUN
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import acceptance, pause, plans

LEAST = 0.5
"""So much of the usual number may be left."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.snapshots is None:
            continue
        subject, usual = a_plan(CHECK, repository, plan), plan.snapshots_baseline
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif not usual:
            sentence = Message("plans.snapshots", snapshots=plan.snapshots)
            yield subject.ok(sentences(sentence, acceptance(plan.accepted)))
        elif plan.snapshots / usual >= LEAST:
            sentence = Message("plans.snapshots_and_usual", snapshots=plan.snapshots, usual=round(usual))
            yield subject.ok(sentences(sentence, acceptance(plan.accepted)))
        elif _at_work(state, repository.name, now):
            sentence = Message("plans.snapshots_and_usual", snapshots=plan.snapshots, usual=round(usual))
            yield subject.ok(sentences(sentence, Message("plans.job_at_work")))
        else:
            yield subject.critical(
                Message("plans.vanished", snapshots=plan.snapshots, usual=round(usual)),
                Message("plans.vanished_step", repository=repository.name, plan=plan.settings.name),
            )


def _at_work(state: State, repository: str, now: datetime) -> bool:
    return any(
        job.settings.repository == repository
        and job.running_since is not None
        and now - job.running_since <= LONGEST_RUN  # it may not have reported yet what it forgets
        for job in state.jobs
    )


CHECK = Check(name="SnapshotsVanished", about=About.PLAN, severities=(Severity.CRITICAL,), find=find)
