"""A folder that must hold files holds none in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import ContentsFacts, State

from .check import Check, a_folder, a_plan
from .conditions import pause, plans
from .folders import explained, lacks_media, missing_folders


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None:
            continue
        missing = missing_folders(contents)
        if paused := pause(plan, now):
            yield a_plan(CHECK, repository, plan).ok(paused)
        elif not missing:
            yield a_plan(CHECK, repository, plan).ok(_none_is_missing(contents))
        elif not lacks_media(plan, contents):
            for folder in missing:
                yield a_folder(CHECK, repository, plan, folder).critical(
                    explained(Message("contents.folder_empty", folder=folder), contents),
                    Message("contents.folder_empty_step"),
                )


def _none_is_missing(contents: ContentsFacts) -> Message:
    required = tuple(folder for folder, needed in contents.required.items() if needed)
    return Message("contents.folders_complete", folders=required) if required else Message("contents.no_folder_needed")


CHECK = Check(name="FolderMissing", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
