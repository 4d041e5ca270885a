"""A lock that nobody refreshes any more blocks a repository."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.repository import LOCK_STALE_AFTER
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository
from .words import span

NAME = "RepositoryLockStale"


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - measured at the last poll: an outage does not make a lock stale
    for repository in state.repositories:
        locks, polled = repository.locks, repository.last_poll_success
        if locks is None or polled is None:
            continue
        subject = a_repository(NAME, repository)
        if locks.oldest is None:
            yield subject.ok("Nobody holds a lock.")
        elif polled - locks.oldest > LOCK_STALE_AFTER:
            yield subject.warning(
                f"A lock was not refreshed for {span(polled - locks.oldest)}; a living restic does it every 5 min.",
                "See that no restic works on it, then run `restic unlock`.",
            )
        else:
            yield subject.ok(f"{locks.count} lock(s), refreshed {span(polled - locks.oldest)} before the last look.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
