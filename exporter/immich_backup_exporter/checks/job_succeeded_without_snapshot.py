"""A backup job reports success, and no snapshot followed."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.settings import JobKind
from immich_backup_exporter.domain.state import State

from .check import Check
from .outcomes import jobs, last_run


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        if job.settings.kind is not JobKind.BACKUP and job.last_success_snapshot_missing is None:
            continue
        if paused:
            yield subject.ok(paused)
        elif job.last_success_snapshot_missing:
            yield subject.critical(Message("jobs.no_snapshot"), Message("jobs.no_snapshot_step"))
        elif job.last_success_snapshot_missing is None:
            yield subject.ok(sentences(Message("jobs.snapshot_not_known"), last_run(job, now)))
        else:
            yield subject.ok(Message("jobs.snapshot"))


CHECK = Check(name="JobSucceededWithoutSnapshot", about=About.JOB, severities=(Severity.CRITICAL,), find=find)
