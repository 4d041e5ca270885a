"""A run of a job has been at work for longer than it may."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check
from .outcomes import jobs
from .words import span

NAME = "JobOverrunning"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, NAME, now):
        limit = job.settings.max_duration
        if limit is None:
            continue
        if paused:
            yield subject.ok(paused)
        elif job.running_since is None:
            yield subject.ok("It is not at work.")
        elif now - job.running_since > limit:
            yield subject.warning(
                f"It has been at work for {span(now - job.running_since)}; it may take {span(limit)}.",
                "See whether it still does something; end it if it hangs.",
            )
        else:
            yield subject.ok(f"It has been at work for {span(now - job.running_since)}; it may take {span(limit)}.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
