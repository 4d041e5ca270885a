"""A run of a job has been at work for longer than it may."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check
from .outcomes import jobs


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        limit = job.settings.max_duration
        if limit is None:
            continue
        if paused:
            yield subject.ok(paused)
            continue
        if job.running_since is None:
            yield subject.ok(Message("jobs.not_at_work"))
            continue
        duration = now - job.running_since
        sentence = Message("jobs.at_work", duration=duration, limit=limit)
        if duration > limit:
            yield subject.warning(sentence, Message("jobs.overrunning_step"))
        else:
            yield subject.ok(sentence)


CHECK = Check(name="JobOverrunning", about=About.JOB, severities=(Severity.WARNING,), find=find)
