"""There is no complete backup of a plan at all."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import is_denied, long_unreachable, never_came, pause, plans
from .words import at, span

NAME = "NeverSucceeded"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        subject, limit = a_plan(NAME, repository, plan), plan.settings.max_age
        told = plan.explanation or "There is no complete backup yet."
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif plan.last_success is not None:
            yield subject.ok(f"There is a complete backup, of {at(plan.last_success)}.")
        elif is_denied(repository) or long_unreachable(repository, now):
            continue
        elif never_came(plan, now):
            yield subject.critical(
                f"It has been expected for {span(now - plan.expected_since)}. {told}",
                "Run the backup once by hand, and see that this plan takes its snapshots.",
            )
        elif plan.snapshots is None:
            yield subject.unknown("The repository has not been read yet.", "See what is said of the repository.")
        else:
            yield subject.ok(f"{told} One is expected by {at(plan.expected_since + limit)}.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
