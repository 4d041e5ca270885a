"""The last run of a job could not read everything."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import JobFacts, State

from .check import Check
from .conditions import plan_of
from .outcomes import jobs, last_run


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        said, unreadable = last_run(job, now), job.last_unreadable_files
        files = None if unreadable is None else Message("jobs.unreadable_files", files=unreadable)
        if paused:
            yield subject.ok(paused)
        elif job.last_outcome is not Outcome.PARTIAL:
            yield subject.ok(said)
        elif _few_enough(state, job):
            yield subject.ok(sentences(said, files, Message("jobs.few_enough")))
        else:
            yield subject.warning(sentences(said, files, Message("jobs.not_complete")), Message("jobs.partial_step"))


def _few_enough(state: State, job: JobFacts) -> bool:
    """Files vanish while a living library is read."""
    plan = plan_of(state, job)
    return (
        plan is not None
        and job.last_unreadable_files is not None
        and job.last_unreadable_files <= plan.settings.max_unreadable_files
    )


CHECK = Check(name="JobPartial", about=About.JOB, severities=(Severity.WARNING,), find=find)
