"""Part of Immich's library is not there."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_upload_location


def find(state: State, now: datetime) -> Iterator[Finding]:  # noqa: ARG001 - only ever that of the last look
    subject, folders = the_upload_location(CHECK), state.upload_folders
    if state.settings.upload_location is None:
        return
    if folders is None:
        yield subject.info(Message("upload_location.not_looked_at"), Message("upload_location.not_looked_at_step"))
        return
    missing = tuple(sorted(folder for folder, up in folders.items() if not up))
    if missing:
        yield subject.critical(
            Message("upload_location.marker_missing", folders=missing), Message("upload_location.marker_missing_step")
        )
    else:
        yield subject.ok(Message("upload_location.complete", folders=len(folders)))


CHECK = Check(name="UploadLocationMissing", about=About.UPLOAD_LOCATION, severities=(Severity.CRITICAL,), find=find)
