"""What four checks of a job's last run have in common."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import JobFacts, State

from .check import Check, Subject, a_job
from .conditions import pause

_ENDINGS = {
    Outcome.SUCCESS: Message("jobs.succeeded"),
    Outcome.PARTIAL: Message("jobs.ended_partially"),
    Outcome.FAILED: Message("jobs.failed"),
    Outcome.INTERRUPTED: Message("jobs.was_interrupted"),
    Outcome.CRASHED: Message("jobs.crashed"),
    Outcome.SKIPPED: Message("jobs.was_skipped"),
}


def jobs(state: State, check: Check, now: datetime) -> Iterator[tuple[JobFacts, Subject, Message | None]]:
    """Each job, whom to speak about, and what to say of it where it is paused."""
    for job in state.jobs:
        yield job, a_job(check, job), pause(job, now)


def last_run(job: JobFacts, now: datetime) -> Message:
    """How the last run ended, in a sentence."""
    if job.last_outcome is None and job.running:
        return Message("jobs.first_run_under_way", since=job.expected_since)
    if job.last_outcome is None and job.last_skipped:
        return Message("jobs.only_skipped", since=job.expected_since)
    if job.last_outcome is None:
        return Message("jobs.no_run_yet", since=job.expected_since)
    ending = _ENDINGS[job.last_outcome]
    if job.last_end is None or job.last_outcome is Outcome.CRASHED:
        return Message("jobs.last_run", ending=ending)
    told = Message("jobs.last_run_ended", ending=ending, age=now - job.last_end)
    return sentences(told, Message("jobs.skipped_since")) if job.last_skipped else told


def failures(job: JobFacts) -> Message | None:
    """To add where it is not the first failure."""
    return Message("jobs.failures", number=job.consecutive_failures) if job.consecutive_failures > 1 else None
