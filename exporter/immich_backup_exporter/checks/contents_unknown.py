"""The newest snapshots of a plan could not be looked into, or not be compared with the database, for too long."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_denied, pause, plans, unseen_for
from .words import ago, span

NAME = "ContentsUnknown"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        inspect = repository.settings.inspect
        unreachable = unseen_for(repository, now) > repository.settings.unreachable_after
        if plan.newest is None or not inspect.enabled or plan.damaged or unreachable or is_denied(repository):
            continue
        subject, since, reason = a_plan(NAME, repository, plan), plan.contents_unknown_since, plan.inspection_sentence
        told = f" {reason}" if reason else ""
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif since is None:
            yield subject.ok(f"The newest snapshot, {ago(plan.newest.time, now)}, was looked into.")
        elif now - since > inspect.max_lag:
            yield subject.warning(
                f"Snapshots have not been looked into since that of {ago(since, now)}; it may take "
                f"{span(inspect.max_lag)}.{told}",
                "See the agent's log, and the settings under `inspect`.",
            )
        else:
            yield subject.ok(f"The snapshot of {ago(since, now)} has yet to be looked into.{told}")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
