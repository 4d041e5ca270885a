"""How many snapshots a plan usually has, by what was counted whenever it got a new one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from immich_backup_exporter.domain.records import CountRecord
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings

from .baseline import baseline

Forgets = Sequence[tuple[datetime, int]]
"""When a run of `restic forget` ended, and how many snapshots it said to have removed."""


def count_key(plan: PlanSettings, upload_location: str | None) -> str:
    """What a plan's counts are kept under: with its name whatever selects its snapshots.

    A plan that selects others than before has another number of them; that is no reason to miss any.
    """
    selection = (plan.host, plan.tags, plan.paths, plan.backed_up_as, plan.holds, upload_location)
    return f"{plan.name}/{hashlib.sha256(repr(selection).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def usual_count(
    counts: Sequence[CountRecord], key: str, newest: Snapshot | None, known: Sequence[Snapshot], forgets: Forgets
) -> float | None:
    """The median of the counts before the newest snapshot, each lowered by what was forgotten on purpose since.

    That is as many as runs reported to have removed, less those that were made since then: a job that removes one each
    night, after a new one was made, lowers nothing. ``known`` are all of the plan's snapshots that were ever seen.
    """
    entries = [entry for entry in counts if entry.plan == key and (newest is None or entry.newest_id != newest.id)]
    return baseline([_expected(entry, known, forgets) for entry in entries])


def _expected(entry: CountRecord, known: Sequence[Snapshot], forgets: Forgets) -> int:
    removed = sum(count for ended, count in forgets if ended > entry.time)
    if not removed:
        return entry.count
    made = sum(snapshot.time > entry.time for snapshot in known)
    return max(0, min(entry.count, entry.count + made - removed))
