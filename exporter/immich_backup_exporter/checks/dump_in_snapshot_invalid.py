"""The newest dump in the newest snapshot would not restore."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans

NAME = "DumpInSnapshotInvalid"


def find(state: State, now: datetime) -> Iterator[Finding]:
    if state.dump is not None and state.dump.valid is False:
        return
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or contents.dump_valid is None or "database" not in plan.settings.holds:
            continue
        subject = a_plan(NAME, repository, plan)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif contents.dump_valid:
            yield subject.ok("The dump in the newest inspected snapshot is whole.")
        else:
            yield subject.critical(
                f"The dump in the newest inspected snapshot would not restore. {contents.dump_sentence or ''}".strip(),
                "Run a dump in Immich and the backup after it; keep the older snapshots.",
            )


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
