"""A repository may not be read, its password does not open it, or it is not in its place."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import RepositoryFacts, State

from .check import Check, a_repository
from .conditions import DENIALS, unseen_for

MAY_COME_BACK = timedelta(minutes=15)
"""A disk that was read before may be gone for a moment, as while a NAS restarts."""

USUAL_ABSENCE = timedelta(hours=1)
"""A repository whose `unreachable_after` is longer than this has all of that time."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        if repository.up:
            yield a_repository(CHECK, repository).ok(Message("repositories.may_be_read"))
        elif repository.failure in (*DENIALS, FailureReason.NOT_FOUND):
            yield _refused(repository, repository.failure, now)


def _refused(repository: RepositoryFacts, reason: FailureReason, now: datetime) -> Finding:
    last, limit = repository.last_poll_success, repository.settings.unreachable_after
    refusal = sentences(repository.failure_sentence or Message("repositories.not_readable"))
    step = sentences(repository.failure_next_step or Message("repositories.unreachable_step"))
    subject = a_repository(CHECK, repository, reason=reason.value)
    if reason is FailureReason.NOT_FOUND:
        unseen = unseen_for(repository, now)
        if limit > USUAL_ABSENCE and unseen <= limit:
            return subject.unknown(sentences(Message("repositories.away", duration=unseen, limit=limit), refusal), step)
        if last is not None and unseen < MAY_COME_BACK:
            return subject.unknown(sentences(Message("repositories.may_come_back", age=now - last), refusal), step)
    return subject.critical(refusal, step)


CHECK = Check(name="RepositoryAccessDenied", about=About.REPOSITORY, severities=(Severity.CRITICAL,), find=find)
