"""The last run of a job left something undone: unread files, skipped paths, snapshots that were not removed."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind
from immich_backup_exporter.domain.state import JobFacts, State

from .check import Check
from .conditions import plan_of
from .outcomes import jobs, last_run

_REMOVING = (JobKind.FORGET, JobKind.PRUNE)


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        said, unreadable = last_run(job, now), job.last_unreadable_files
        files = Message("jobs.unreadable_files", files=unreadable) if unreadable or _few_enough(state, job) else None
        if paused:
            yield subject.ok(paused)
        elif job.last_outcome is not Outcome.PARTIAL:
            yield subject.ok(said)
        elif _few_enough(state, job):
            yield subject.ok(sentences(said, files, Message("jobs.few_enough")))
        else:
            yield subject.warning(sentences(said, *_reasons(job, files)), _step(job))


def _reasons(job: JobFacts, files: Message | None) -> Iterator[Message | None]:
    """What was left undone, and what follows for the backup."""
    skipped, unremoved = job.last_skipped_paths, job.last_unremoved_snapshots
    yield Message("jobs.skipped_paths", paths=skipped) if skipped else None
    yield files
    if unremoved:
        yield Message("jobs.unremoved_snapshots", snapshots=unremoved)
    elif job.settings.kind in _REMOVING:
        yield Message("jobs.unremoved_some")
    if skipped or files or not (unremoved or job.settings.kind in _REMOVING):
        yield Message("jobs.not_complete")


def _step(job: JobFacts) -> Message:
    if job.last_skipped_paths:
        return Message("jobs.skipped_paths_step")
    if (job.last_unremoved_snapshots and not job.last_unreadable_files) or job.settings.kind in _REMOVING:
        return Message("jobs.unremoved_step")
    return Message("jobs.partial_step")


def _few_enough(state: State, job: JobFacts) -> bool:
    """Files vanish while a living library is read."""
    plan = plan_of(state, job)
    return (
        plan is not None
        and job.last_unreadable_files is not None
        and job.last_unreadable_files <= plan.settings.max_unreadable_files
    )


CHECK = Check(name="JobPartial", about=About.JOB, severities=(Severity.WARNING,), find=find)
