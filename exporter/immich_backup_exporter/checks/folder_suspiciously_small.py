"""A folder, or the originals as one, is much smaller than usual in the newest snapshot."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.analysis.contents import folder_size
from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Bytes, Message, Share, sentences
from immich_backup_exporter.domain.state import ContentsFacts, State

from .check import Check, a_folder, a_plan
from .conditions import acceptance, pause, plans
from .folders import missing_folders, shrunken_folders


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or missing_folders(contents):
            continue
        small = shrunken_folders(plan, contents)
        if paused := pause(plan, now):
            yield a_plan(CHECK, repository, plan).ok(paused)
        elif not small:
            sentence = sentences(_sentence(contents, ORIGINALS), acceptance(plan.accepted))
            yield a_plan(CHECK, repository, plan).ok(sentence)
        for folder in small if not paused else ():
            least = Message("subjects.least", share=Share(plan.settings.min_size_ratio))
            yield a_folder(CHECK, repository, plan, folder).critical(
                sentences(_sentence(contents, folder), least),
                Message("contents.folder_small_step", repository=repository.name, plan=plan.settings.name),
            )


def _sentence(contents: ContentsFacts, folder: str) -> Message:
    held, usual = folder_size(contents.folders, folder), contents.size_baselines.get(folder)
    size, share = Bytes(held), Share(held / usual) if usual else None
    if folder == ORIGINALS and share is None:
        return Message("contents.originals_size", size=size)
    if folder == ORIGINALS:
        return Message("contents.originals_size_of_the_usual", size=size, share=share)
    if share is None:
        return Message("contents.folder_size", folder=folder, size=size)
    return Message("contents.folder_size_of_the_usual", folder=folder, size=size, share=share)


CHECK = Check(name="FolderSuspiciouslySmall", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
