"""Originals that the database knows are not in the snapshots, for two dumps in a row, although they are on the disk."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .folders import missing_folders, originals_shrank


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage, contents = plan.coverage, plan.contents
        if coverage is None:
            continue
        if contents is not None and (missing_folders(contents) or originals_shrank(plan, contents)):
            continue
        subject, assets = a_plan(CHECK, repository, plan), coverage.counts.assets
        lost = coverage.record.persistent.get(MissingKind.ORIGINAL)
        missing = (lost or 0) - (coverage.record.persistent_gone or 0)
        once = coverage.counts.missing.get(MissingKind.ORIGINAL, 0)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif lost is not None and missing > plan.settings.max_missing_assets:
            yield subject.critical(
                Message("contents.originals_missing", missing=missing, assets=assets),
                Message("contents.originals_missing_step"),
            )
        elif once:
            yield subject.ok(Message("contents.originals_missing_once", missing=once, assets=assets))
        else:
            yield subject.ok(Message("contents.originals_complete", assets=assets))


CHECK = Check(name="AssetsMissingFromSnapshot", about=About.CONTENTS, severities=(Severity.CRITICAL,), find=find)
