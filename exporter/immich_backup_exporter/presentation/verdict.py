"""Whether the photos are safe, in one word: for the page, for `check` and for programs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from immich_backup_exporter.checks.conditions import is_overdue, pause, plans
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import PlanFacts, RepositoryFacts, State


class Verdict(StrEnum):
    """The answer; only ``SAFE`` is a good one."""

    SAFE = "safe"
    NOTHING_BACKED_UP = "nothing_backed_up_yet"
    NOT_ALL_BACKED_UP = "not_all_backed_up_yet"
    NOT_KNOWN = "not_known_yet"
    NOT_WATCHED = "not_watched"
    WARNING_AND_UNKNOWN = "warning_and_unknown"
    WARNING = "warning"
    ACT_TODAY = "act_today"
    AT_RISK = "at_risk"


SENTENCES = {
    Verdict.SAFE: Message("page.safe"),
    Verdict.NOTHING_BACKED_UP: Message("page.nothing_backed_up_yet"),
    Verdict.NOT_ALL_BACKED_UP: Message("page.not_all_backed_up_yet"),
    Verdict.NOT_KNOWN: Message("page.not_known_yet"),
    Verdict.NOT_WATCHED: Message("page.not_watched"),
    Verdict.WARNING_AND_UNKNOWN: Message("page.warning_and_unknown"),
    Verdict.WARNING: Message("page.backed_up_with_a_warning"),
    Verdict.ACT_TODAY: Message("page.act_today"),
    Verdict.AT_RISK: Message("page.at_risk"),
}


def verdict(state: State, findings: Iterable[Finding], now: datetime) -> Verdict:
    """The worst that can be said, and ``SAFE`` only with proof.

    That is: of every plan that is not paused a complete backup was seen and is fresh, every repository could be read
    at the last look, and nothing is worse than info.
    """
    found = tuple(findings)
    severities = {finding.severity for finding in found}
    if Severity.CRITICAL in severities:
        return Verdict.ACT_TODAY if _good_copy_left(state, found, now) else Verdict.AT_RISK
    if not state.repositories:
        return Verdict.NOT_WATCHED
    missing = tuple(_without_backup(state, now))
    if missing and all(plan.last_success is None for _, plan in plans(state)):
        return Verdict.NOTHING_BACKED_UP
    if missing:
        return Verdict.NOT_ALL_BACKED_UP
    known = Severity.UNKNOWN not in severities and all(_was_read(state, one) for one in state.repositories)
    if Severity.WARNING in severities:
        return Verdict.WARNING if known else Verdict.WARNING_AND_UNKNOWN
    fresh = all(pause(plan, now) or not is_overdue(plan, now) for _, plan in plans(state))
    return Verdict.SAFE if known and fresh else Verdict.NOT_KNOWN


def _without_backup(state: State, now: datetime) -> Iterator[PlanFacts]:
    """Plans of which it is known that there is no complete backup."""
    for _, plan in plans(state):
        if plan.last_success is None and plan.snapshots is not None and not pause(plan, now):
            yield plan


def _was_read(state: State, repository: RepositoryFacts) -> bool:
    """Whether the last look could read it; what an agent wrote down is from a look that could."""
    return repository.up is True or (state.recalled and repository.last_poll_success is not None)


def _good_copy_left(state: State, findings: Sequence[Finding], now: datetime) -> bool:
    """Whether readable repositories hold a fresh backup of all that plans hold, of which nothing bad is known."""
    needed, held = set[str](), set[str]()
    for repository, plan in plans(state):
        needed.update(plan.settings.holds)
        known = plan.last_success is not None and not is_overdue(plan, now) and _was_read(state, repository)
        if known and not any(_speaks_of(finding, repository, plan) for finding in findings):
            held.update(plan.settings.holds)
    return bool(needed) and needed <= held


def _speaks_of(finding: Finding, repository: RepositoryFacts, plan: PlanFacts) -> bool:
    """Whether something critical is said of the repository, of the plan or of what is in its snapshot."""
    if finding.severity is not Severity.CRITICAL or finding.labels.get("repository") != repository.name:
        return False
    if finding.about is About.REPOSITORY:
        return True
    return finding.about in (About.PLAN, About.CONTENTS) and finding.labels.get("plan") == plan.settings.name
