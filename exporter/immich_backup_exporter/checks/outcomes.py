"""What four checks of a job's last run have in common."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import JobFacts, State

from .check import Subject, a_job
from .conditions import pause
from .words import ago, at

_TOLD = {
    Outcome.SUCCESS: "succeeded",
    Outcome.PARTIAL: "ended partially",
    Outcome.FAILED: "failed",
    Outcome.INTERRUPTED: "was interrupted",
    Outcome.CRASHED: "crashed",
}


def jobs(state: State, check: str, now: datetime) -> Iterator[tuple[JobFacts, Subject, str | None]]:
    """Each job, whom to speak about, and what to say of it where it is paused."""
    for job in state.jobs:
        yield job, a_job(check, job), pause(job, now)


def last_run(job: JobFacts, now: datetime) -> str:
    """How the last run ended, in a sentence."""
    if job.last_outcome is None:
        since = f"no run has ended since it was declared at {at(job.expected_since)}"
        return f"A run is under way; {since}." if job.running else f"{since[0].upper()}{since[1:]}."
    when = f", {ago(job.last_end, now)}" if job.last_end and job.last_outcome is not Outcome.CRASHED else ""
    return f"The last run {_TOLD[job.last_outcome]}{when}."


def failures(job: JobFacts) -> str:
    return f" It is number {job.consecutive_failures} in a row." if job.consecutive_failures > 1 else ""
