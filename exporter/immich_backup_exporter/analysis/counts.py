"""Under what name the numbers of a plan's snapshots are kept."""

import hashlib

from immich_backup_exporter.domain.settings import PlanSettings


def count_key(plan: PlanSettings, upload_location: str | None) -> str:
    """What a plan's counts are kept under: with its name whatever selects its snapshots.

    A plan that selects others than before has another number of them; that is no reason to miss any.
    """
    selection = (plan.host, plan.tags, plan.paths, plan.backed_up_as, plan.holds, upload_location)
    return f"{plan.name}/{hashlib.sha256(repr(selection).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
