"""A backup job reports success, and no snapshot followed."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.settings import JobKind
from immich_backup_exporter.domain.state import State

from .check import Check
from .outcomes import jobs, last_run

NAME = "JobSucceededWithoutSnapshot"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, NAME, now):
        if job.settings.kind is not JobKind.BACKUP and job.last_success_snapshot_missing is None:
            continue
        if paused:
            yield subject.ok(paused)
        elif job.last_success_snapshot_missing:
            yield subject.critical(
                "Its last successful run left no snapshot in the repository, and did not say that nothing had changed.",
                "See into which repository it backs up, and whether its script hides a failure.",
            )
        elif job.last_success_snapshot_missing is None:
            yield subject.ok(f"Whether a snapshot followed is not known. {last_run(job, now)}")
        else:
            yield subject.ok("Its last successful run left a snapshot, or nothing had changed.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
