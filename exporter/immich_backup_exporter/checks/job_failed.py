"""The last run of a job failed."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import State

from .check import Check
from .exit_codes import exit_code
from .outcomes import failures, jobs, last_run


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        sentence = last_run(job, now)
        if paused:
            yield subject.ok(paused)
        elif job.last_outcome is Outcome.FAILED:
            nothing = Message("jobs.restored_nothing") if job.last_restored_nothing else None
            step = Message("jobs.restored_nothing_step") if nothing else Message("jobs.failed_step")
            yield subject.critical(sentences(sentence, exit_code(job.last_exit_code), nothing, failures(job)), step)
        else:
            yield subject.ok(sentence)


CHECK = Check(name="JobFailed", about=About.JOB, severities=(Severity.CRITICAL,), find=find)
