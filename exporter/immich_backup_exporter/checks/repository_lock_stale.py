"""A lock that restic no longer refreshes blocks a repository."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import LOCK_STALE_AFTER
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - measured at the last poll: an outage does not make a lock stale
    for repository in state.repositories:
        locks, polled = repository.locks, repository.last_poll_success
        if locks is None or polled is None:
            continue
        subject = a_repository(CHECK, repository)
        if locks.oldest is None:
            yield subject.ok(Message("repositories.no_lock"))
        elif polled - locks.oldest > LOCK_STALE_AFTER:
            yield subject.warning(
                Message("repositories.lock_stale", age=polled - locks.oldest), Message("repositories.lock_stale_step")
            )
        else:
            yield subject.ok(Message("repositories.locks", locks=locks.count, age=polled - locks.oldest))


CHECK = Check(name="RepositoryLockStale", about=About.REPOSITORY, severities=(Severity.WARNING,), find=find)
