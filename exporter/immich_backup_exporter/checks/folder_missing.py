"""A folder that must hold files holds none in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_folder, a_plan
from .conditions import pause, plans
from .folders import explained, lacks_media, missing_folders

NAME = "FolderMissing"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None:
            continue
        missing = missing_folders(contents)
        if paused := pause(plan, now):
            yield a_plan(NAME, repository, plan).ok(paused)
        elif not missing:
            required = ", ".join(folder for folder, needed in contents.required.items() if needed)
            yield a_plan(NAME, repository, plan).ok(f"Every folder that must hold files does: {required or 'none'}.")
        elif not lacks_media(plan, contents):
            for folder in missing:
                yield a_folder(NAME, repository, plan, folder).critical(
                    explained(f"The newest inspected snapshot holds no file in the folder {folder}.", contents),
                    "See whether its disk is mounted and the backup takes it in, and run it.",
                )


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
