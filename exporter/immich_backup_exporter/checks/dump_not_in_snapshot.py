"""The newest snapshot of a plan that holds the database has no dump in it, or one that was too old."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import ContentsFacts, DumpFacts, State

from .check import Check, a_plan
from .conditions import dump_is_old, pause, plans
from .folders import explained

_STEP = Message("contents.no_dump_step")


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or contents.dumps is None or "database" not in plan.settings.holds:
            continue
        if dump_is_old(state, now):
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif not contents.dumps:
            if _none_was_there(contents, state.dump):
                yield subject.ok(Message("contents.dump_not_made_yet"))
            else:
                yield subject.critical(explained(Message("contents.no_dump"), contents), _STEP)
        elif contents.dump is not None:
            age, limit = max(contents.snapshot.time - contents.dump.time, timedelta(0)), plan.settings.dump_max_age
            dumps_paused = state.dump is not None and pause(state.dump, now)
            if limit is not None and age > limit and not dumps_paused:
                yield subject.critical(Message("contents.dump_too_old", age=age, limit=limit), _STEP)
            else:
                yield subject.ok(Message("contents.dump_age", age=age))


def _none_was_there(contents: ContentsFacts, live: DumpFacts | None) -> bool:
    """By the live folder: the first dump is younger than the snapshot, or there is still none."""
    if live is None or live.routine is None:
        return False
    only = live.newest if live.routine == 1 else None
    return live.routine == 0 or (only is not None and only.time > contents.snapshot.time)


CHECK = Check(name="DumpNotInSnapshot", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
