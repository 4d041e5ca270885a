"""A repository could not be read for longer than it may be away."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_repository
from .conditions import is_denied, long_unreachable, unseen_for
from .words import ago, span

NAME = "RepositoryUnreachable"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository in state.repositories:
        if is_denied(repository):
            continue
        subject = a_repository(NAME, repository)
        unseen, limit = unseen_for(repository, now), repository.settings.unreachable_after
        reason = f": {repository.failure_sentence}" if repository.failure_sentence else "."
        step = repository.failure_next_step or "See whether the agent runs, and whether the repository is where it was."
        last = repository.last_poll_success
        if unseen > limit:
            told = f"It could not be read for {span(unseen)}; it may be away for {span(limit)}{reason}"
            yield (subject.critical if long_unreachable(repository, now) else subject.warning)(told, step)
        elif last is None and repository.up is None:
            yield subject.unknown("It has not been looked at yet.", "Wait for the agent's first look.")
        elif last is None:
            yield subject.unknown(f"It has never been read{reason}", step)
        elif repository.failure is not None:
            yield subject.ok(
                f"It was read {ago(last, now)}, but not just now; it may be away for {span(limit)}{reason}"
            )
        else:
            yield subject.ok(f"It was read {ago(last, now)} and holds {repository.snapshots} snapshots.")


CHECK = Check(name=NAME, severities=(Severity.WARNING, Severity.CRITICAL), find=find)
