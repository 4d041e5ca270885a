"""The newest snapshot of a plan holds much less than usual."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import ContentsFacts, PlanFacts, State

from .check import Check, a_plan
from .conditions import pause, plans
from .folders import explained, missing_folders, originals_shrank
from .words import accepted, share, size

NAME = "SuspiciouslySmall"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.newest is None or _is_explained(plan):
            continue
        subject, told = a_plan(NAME, repository, plan), _told(plan)
        if paused := pause(plan, now):
            yield subject.ok(f"{paused} {told}")
        elif _is_small(plan):
            yield subject.critical(
                explained(f"{told} It may be {100 * plan.settings.min_size_ratio:.0f} % at least.", _contents(plan)),
                "See whether a disk was not mounted when it ran. If it was meant, run `immich-backup-exporter accept "
                f"--plan {repository.name}/{plan.settings.name}`.",
            )
        else:
            yield subject.ok(told + accepted(plan.accepted))


def _is_explained(plan: PlanFacts) -> bool:
    """By a folder that is missing or that shrank."""
    contents = plan.contents
    return contents is not None and bool(missing_folders(contents) or originals_shrank(plan, contents))


def _contents(plan: PlanFacts) -> ContentsFacts | None:
    """Those of the very snapshot that is small."""
    return plan.contents if plan.contents is not None and plan.contents.snapshot == plan.newest else None


def _is_small(plan: PlanFacts) -> bool:
    pairs = (plan.size_bytes, plan.size_baseline_bytes), (plan.files, plan.files_baseline)
    limit = plan.settings.min_size_ratio
    return any(value == 0 or (value is not None and usual and value / usual < limit) for value, usual in pairs)


def _told(plan: PlanFacts) -> str:
    if plan.size_bytes is None and plan.files is None:
        return "How much the newest snapshot holds is not known yet."
    parts = []
    if plan.size_bytes is not None:
        usual = plan.size_baseline_bytes
        parts.append(size(plan.size_bytes) + (f" ({share(plan.size_bytes, usual)} of the usual)" if usual else ""))
    if plan.files is not None:
        usual = plan.files_baseline
        parts.append(f"{plan.files} files" + (f" ({share(plan.files, usual)})" if usual else ""))
    return f"The newest snapshot holds {' in '.join(parts)}."


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
