"""The last run of a job died without reporting an end."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import State

from .check import Check
from .outcomes import failures, jobs, last_run

NAME = "JobCrashed"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, NAME, now):
        told = last_run(job, now)
        if paused:
            yield subject.ok(paused)
        elif job.last_outcome is Outcome.CRASHED:
            yield subject.critical(
                f"{told}{failures(job)}", "See whether its machine went down or was out of memory, then run it."
            )
        else:
            yield subject.ok(told)


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
