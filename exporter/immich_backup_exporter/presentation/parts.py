"""What the page tells of one repository, kept until it is dirty or a minute old, so that a view makes little anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from immich_backup_exporter.checks.registry import Said, of_repository
from immich_backup_exporter.domain.findings import WORST_FIRST, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.web import page as p

from .levels import LEVELS, Levels
from .rows import plan_rows, repository_row

LONGEST_KEPT = timedelta(minutes=1)
"""Ages on the page go stale: what is older is made anew although nothing has changed."""

Told = tuple[Finding, p.Finding | Message | None]
"""A finding and how the page tells it: what to do, a sentence where it is unknown, nothing where it is ok."""

_RANKS = {severity: rank for rank, severity in enumerate(WORST_FIRST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One repository with its plans, as of ``made``."""

    made: datetime
    alone: State
    """What it was made of: see :func:`immich_backup_exporter.checks.registry.each_alone`."""
    told: tuple[tuple[Told, ...], ...]
    """By check; what is ok is left out."""
    plans: tuple[p.Row, ...]
    repository: p.Row

    def holds(self, alone: State, now: datetime) -> bool:
        """Whether it can be shown at ``now`` of a state that is now ``alone``."""
        return timedelta(0) <= now - self.made < LONGEST_KEPT and self.alone == alone

    @property
    def pieces(self) -> Iterable[p.Finding | p.Row]:
        """What is rendered of it."""
        shown = (shown for of_check in self.told for _, shown in of_check)
        return (*(one for one in shown if isinstance(one, p.Finding)), *self.plans, self.repository)


def make_part(alone: State, now: datetime) -> Part:
    (facts,) = alone.repositories
    said = of_repository(alone, now)
    found = (finding for of_check in (*said, *alone.findings.values()) for finding in of_check)
    levels = Levels(sorted(found, key=rank))
    return Part(
        made=now,
        alone=alone,
        told=as_told(said, but_for=Severity.OK),
        plans=tuple(plan_rows(facts, levels, now)),
        repository=repository_row(facts, levels, now),
    )


def rank(finding: Finding) -> int:
    """The worst first."""
    return _RANKS[finding.severity]


def as_told(said: Said, *, but_for: Severity | None = None) -> tuple[tuple[Told, ...], ...]:
    return tuple(
        tuple((finding, _shown(finding)) for finding in of_check if finding.severity is not but_for)
        for of_check in said
    )


def _shown(finding: Finding) -> p.Finding | Message | None:
    if finding.severity is Severity.OK:
        return None
    if finding.severity is Severity.UNKNOWN:
        return Message("page.unknown_finding", subject=finding.subject, message=finding.message)
    return p.Finding(
        level=LEVELS[finding.severity],
        alert=finding.alert,
        subject=finding.subject,
        message=finding.message,
        next_step=finding.next_step,
        runbook=finding.runbook_url,
    )
