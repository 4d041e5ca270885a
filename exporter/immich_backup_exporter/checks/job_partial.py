"""The last run of a job could not read everything."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import JobFacts, State

from .check import Check
from .conditions import plan_of
from .outcomes import jobs, last_run

NAME = "JobPartial"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, NAME, now):
        told, unreadable = last_run(job, now), job.last_unreadable_files
        files = "" if unreadable is None else f" {unreadable} file(s) could not be read."
        if paused:
            yield subject.ok(paused)
        elif job.last_outcome is not Outcome.PARTIAL:
            yield subject.ok(told)
        elif _few_enough(state, job):
            yield subject.ok(f"{told}{files} So many may be.")
        else:
            yield subject.warning(
                f"{told}{files} It does not count as a complete backup.",
                "See in its output which files, and let it read them; or set the plan's `max_unreadable_files`.",
            )


def _few_enough(state: State, job: JobFacts) -> bool:
    """Files vanish while a living library is read."""
    plan = plan_of(state, job)
    return (
        plan is not None
        and job.last_unreadable_files is not None
        and job.last_unreadable_files <= plan.settings.max_unreadable_files
    )


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
