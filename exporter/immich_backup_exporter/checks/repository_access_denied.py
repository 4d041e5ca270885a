"""A repository may not be read, its password does not open it, or it is not in its place."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import RepositoryFacts, State

from .check import Check, a_repository
from .conditions import DENIALS, unseen_for
from .words import ago, span

NAME = "RepositoryAccessDenied"

MAY_COME_BACK = timedelta(minutes=15)
"""A disk that was read before may be gone for a moment, as while a NAS restarts."""

USUAL_ABSENCE = timedelta(hours=1)
"""Where somebody gave a repository more than this to be away, it has all of that time."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        if repository.up:
            yield a_repository(NAME, repository).ok("It was found in its place, and may be read.")
        elif repository.failure in (*DENIALS, FailureReason.NOT_FOUND):
            yield _refused(repository, repository.failure, now)


def _refused(repository: RepositoryFacts, reason: FailureReason, now: datetime) -> Finding:
    last, limit = repository.last_poll_success, repository.settings.unreachable_after
    sentence = repository.failure_sentence or "It could not be read."
    subject = a_repository(NAME, repository, reason=reason.value)
    if reason is FailureReason.NOT_FOUND:
        unseen = unseen_for(repository, now)
        if limit > USUAL_ABSENCE and unseen <= limit:
            return subject.ok(f"It is away since {span(unseen)}; it may be for {span(limit)}. {sentence}")
        if last is not None and unseen < MAY_COME_BACK:
            return subject.ok(f"It was read {ago(last, now)} and may come back. {sentence}")
    return subject.critical(sentence, repository.failure_next_step or "")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
