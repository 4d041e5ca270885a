"""The newest snapshot of a plan holds no original at all."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.contents import ORIGINAL_FOLDERS
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .folders import explained, lacks_media

NAME = "MediaNotInSnapshot"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or "originals" not in plan.settings.holds:
            continue
        subject = a_plan(NAME, repository, plan)
        files = sum(contents.folders[folder].files for folder in ORIGINAL_FOLDERS)
        if paused := pause(plan, now):
            yield subject.ok(f"{paused} The newest inspected snapshot holds {files} originals.")
        elif lacks_media(plan, contents):
            yield subject.critical(
                explained("The newest inspected snapshot holds no photo and no video.", contents),
                "Mount the library's disk, see that the backup takes in `library` and `upload`, and run it.",
            )
        else:
            yield subject.ok(f"The newest inspected snapshot holds {files} originals.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
