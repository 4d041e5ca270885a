"""The newest snapshot of a plan holds much less than usual."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Bytes, Message, Share, sentences
from immich_backup_exporter.domain.state import ContentsFacts, PlanFacts, State

from .check import Check, a_plan
from .conditions import acceptance, pause, plans
from .folders import explained, missing_folders, originals_shrank


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        if plan.newest is None or _is_explained(plan):
            continue
        subject, sentence = a_plan(CHECK, repository, plan), _sentence(plan)
        if paused := pause(plan, now):
            yield subject.ok(sentences(paused, sentence))
        elif _is_small(plan):
            least = Message("subjects.least", share=Share(plan.settings.min_size_ratio))
            yield subject.critical(
                explained(sentences(sentence, least), _contents(plan)),
                Message("plans.small_step", repository=repository.name, plan=plan.settings.name),
            )
        else:
            yield subject.ok(sentences(sentence, acceptance(plan.accepted)))


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


def _sentence(plan: PlanFacts) -> Message:
    size, files = _size(plan), _files(plan)
    if size is not None and files is not None:
        return Message("plans.holds_in_files", size=size, files=files)
    if size is None and files is None:
        return Message("plans.holds_not_known")
    return Message("plans.holds", what=size or files)


def _size(plan: PlanFacts) -> Message | None:
    size, usual = plan.size_bytes, plan.size_baseline_bytes
    if size is None:
        return None
    if not usual:
        return Message("plans.size", size=Bytes(size))
    return Message("plans.size_of_the_usual", size=Bytes(size), share=Share(size / usual))


def _files(plan: PlanFacts) -> Message | None:
    files, usual = plan.files, plan.files_baseline
    if files is None:
        return None
    if not usual:
        return Message("plans.files", files=files)
    return Message("plans.files_of_the_usual", files=files, share=Share(files / usual))


CHECK = Check(name="SuspiciouslySmall", about=About.PLAN, severities=(Severity.CRITICAL,), find=find)
