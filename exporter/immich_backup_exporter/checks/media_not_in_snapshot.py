"""The newest snapshot of a plan holds no original at all."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.contents import ORIGINAL_FOLDERS
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .folders import explained, lacks_media


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        contents = plan.contents
        if contents is None or "originals" not in plan.settings.holds:
            continue
        subject = a_plan(CHECK, repository, plan)
        said = Message("contents.originals", files=sum(contents.folders[folder].files for folder in ORIGINAL_FOLDERS))
        if paused := pause(plan, now):
            yield subject.ok(sentences(paused, said))
        elif lacks_media(plan, contents):
            yield subject.critical(
                explained(Message("contents.no_originals"), contents), Message("contents.no_originals_step")
            )
        else:
            yield subject.ok(said)


CHECK = Check(name="MediaNotInSnapshot", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
