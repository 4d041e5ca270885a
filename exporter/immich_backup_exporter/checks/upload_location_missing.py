"""Part of Immich's library is not there."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_upload_location

NAME = "UploadLocationMissing"


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - only ever that of the last look
    subject, folders = the_upload_location(NAME), state.upload_folders
    if state.settings.upload_location is None:
        return
    if folders is None:
        yield subject.info("It was not looked at.", "Ask the running agent, or use `check --fresh`.")
        return
    missing = sorted(folder for folder, up in folders.items() if not up)
    if missing:
        yield subject.critical(
            f"The marker file .immich cannot be read in {', '.join(missing)}: most likely a disk is not mounted.",
            "Mount the disk before the next backup, or let the agent read the folder.",
        )
    else:
        yield subject.ok(f"All {len(folders)} folders of Immich are there.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
