"""A repository could not be read for longer than it may be away."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository
from .conditions import is_denied, long_unreachable, unseen_for


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        if is_denied(repository):
            continue
        subject, reason, last = (
            a_repository(CHECK, repository),
            repository.failure_sentence,
            repository.last_poll_success,
        )
        unseen, limit = unseen_for(repository, now), repository.settings.unreachable_after
        step = sentences(repository.failure_next_step or Message("repositories.unreachable_step"))
        if unseen > limit:
            sentence = sentences(Message("repositories.unreachable", duration=unseen, limit=limit), reason)
            yield (subject.critical if long_unreachable(repository, now) else subject.warning)(sentence, step)
        elif last is None and repository.up is None:
            yield subject.unknown(
                Message("repositories.not_looked_at_yet"), Message("repositories.not_looked_at_yet_step")
            )
        elif last is None:
            yield subject.unknown(sentences(Message("repositories.never_read"), reason), step)
        elif repository.failure is not None:
            sentence = sentences(Message("repositories.not_read_just_now", age=now - last, limit=limit), reason)
            yield subject.unknown(sentence, step)
        elif repository.up is None and not state.recalled:
            yield subject.unknown(
                Message("repositories.not_looked_at_since_start"), Message("repositories.not_looked_at_yet_step")
            )
        else:
            yield subject.ok(Message("repositories.read", age=now - last, snapshots=repository.snapshots or 0))


CHECK = Check(
    name="RepositoryUnreachable", about=About.REPOSITORY, severities=(Severity.WARNING, Severity.CRITICAL), find=find
)
