"""The newest dump in the newest snapshot would not restore."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans


def find(state: State, now: datetime) -> Iterator[Finding]:
    if state.dump is not None and state.dump.valid is False:
        return
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or contents.dump_valid is None or "database" not in plan.settings.holds:
            continue
        subject = a_plan(CHECK, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif contents.dump_valid:
            yield subject.ok(Message("contents.dump_whole"))
        else:
            yield subject.critical(
                sentences(Message("contents.dump_would_not_restore"), contents.dump_sentence),
                Message("contents.dump_would_not_restore_step"),
            )


CHECK = Check(name="DumpInSnapshotInvalid", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
