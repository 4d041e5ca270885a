"""A folder, or the originals as one, is much smaller than usual in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.analysis.contents import folder_size
from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import ContentsFacts, State

from .check import Check, a_folder, a_plan
from .conditions import pause, plans
from .folders import missing_folders, shrunken_folders
from .words import accepted, share, size

NAME = "FolderSuspiciouslySmall"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or missing_folders(contents):
            continue
        small = shrunken_folders(plan, contents)
        if paused := pause(plan, now):
            yield a_plan(NAME, repository, plan).ok(paused)
        elif not small:
            yield a_plan(NAME, repository, plan).ok(_told(contents, ORIGINALS) + accepted(plan.accepted))
        for folder in small if not paused else ():
            yield a_folder(NAME, repository, plan, folder).critical(
                f"{_told(contents, folder)} It may be {100 * plan.settings.min_size_ratio:.0f} % at least.",
                "See what is no longer there. If it was meant, run `immich-backup-exporter accept "
                f"--plan {repository.name}/{plan.settings.name}`.",
            )


def _told(contents: ContentsFacts, folder: str) -> str:
    held, usual = folder_size(contents.folders, folder), contents.size_baselines.get(folder)
    name = "The originals" if folder == ORIGINALS else f"The folder {folder}"
    verb = "have" if folder == ORIGINALS else "has"
    return f"{name} in it {verb} {size(held)}" + (f" ({share(held, usual)} of the usual)." if usual else ".")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
