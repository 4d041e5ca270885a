"""Originals that the database knows are not in the snapshots, for two dumps in a row, although they are on the disk."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import pause, plans
from .folders import missing_folders, originals_shrank

NAME = "AssetsMissingFromSnapshot"


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage, contents = plan.coverage, plan.contents
        if coverage is None:
            continue
        if contents is not None and (missing_folders(contents) or originals_shrank(plan, contents)):
            continue
        subject = a_plan(NAME, repository, plan)
        lost = coverage.record.persistent.get(MissingKind.ORIGINAL)
        missing = (lost or 0) - (coverage.record.persistent_gone or 0)
        once = coverage.counts.missing.get(MissingKind.ORIGINAL, 0)
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif lost is not None and missing > plan.settings.max_missing_assets:
            yield subject.critical(
                f"{missing} of {coverage.counts.assets} originals that the database knows are not in the newest "
                "snapshot, for the second dump in a row.",
                "`immich-backup-exporter check --verbose` lists them; see why the backup leaves them out.",
            )
        elif once:
            yield subject.ok(
                f"{once} of {coverage.counts.assets} originals are not in the newest snapshot: moved or deleted since "
                "the dump, or gone from Immich's disk too."
            )
        else:
            yield subject.ok(f"All {coverage.counts.assets} originals that the database knows are in the snapshot.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
