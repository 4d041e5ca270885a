"""How many snapshots a plan usually has, less what jobs reported to have forgotten.

A count of snapshots falls when somebody forgets some on schedule and when somebody deletes them. The two are told
apart by what runs of jobs reported, and by the looks between which each snapshot ceased to be listed. What is explained
lowers the counts from before; what is not leaves them, so that the fall shows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import AHEAD_TOLERANCE
from immich_backup_exporter.domain.records import Acceptance, CountRecord, Gone, Run
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind

from .baseline import LEAST, baseline

_FORGETTING = (JobKind.FORGET, JobKind.PRUNE)
"""Jobs that may forget snapshots without telling how many; many call theirs after the longer half of its work."""

_STARTLESS = timedelta(hours=3)
"""How long before its end a run whose start nobody told may have begun to forget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A run that forgot snapshots of a repository."""

    since: datetime
    until: datetime
    count: int | None
    """How many, of all plans together; ``None``: it did not tell."""


def removals(runs: Iterable[tuple[Run, JobKind]]) -> tuple[Removal, ...]:
    """What runs say they forgot, whatever their kind; oldest first.

    A number that a run told is what restic removed, however the run ended. Without one, only a run that ended well is
    taken to have removed any.
    """
    found = []
    for run, kind in runs:
        if run.end is None or run.ended is None:
            continue
        count = run.end.removed_snapshots
        if count == 0 or (count is None and (kind not in _FORGETTING or run.outcome is not Outcome.SUCCESS)):
            continue
        found.append(Removal(since=run.started or run.ended - _STARTLESS, until=run.ended, count=count))
    return tuple(sorted(found, key=lambda removal: (removal.until, removal.since)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """So many of a plan's snapshots had been forgotten, as a look noticed."""

    seen: datetime
    count: int


def explained(
    gone: Mapping[str, Gone], of_plan: Collection[str], told: Sequence[Removal], *, any_left: bool
) -> tuple[Explained, ...]:
    """What runs account for of those that ceased to be listed.

    ``gone`` are all snapshots of the repository that are no longer there in any form, ``of_plan`` the plan's among
    them. A run accounts for what vanished while it worked, up to the number that it told; where more vanished at once,
    what is too much counts against every plan that lost some. One that tells no number accounts for all but a last
    snapshot: restic's rules never forget that one.
    """
    left = {index: removal.count for index, removal in enumerate(told)}
    found = []
    batches: dict[tuple[datetime, datetime], list[str]] = {}
    for id_, when in gone.items():
        batches.setdefault((when.seen, when.after), []).append(id_)
    for (seen, after), together in sorted(batches.items()):
        fitting = [index for index, removal in enumerate(told) if _may_be(removal, after, seen)]
        if any_left and any(left[index] is None for index in fitting):
            accounted = len(together)
        else:
            accounted = _take(left, fitting, len(together))
        mine = sum(id_ in of_plan for id_ in together)
        count = max(0, mine - (len(together) - accounted))
        if count:
            found.append(Explained(seen=seen, count=count))
    return tuple(found)


def _may_be(removal: Removal, after: datetime, seen: datetime) -> bool:
    """Whether what vanished between these looks did while it worked; the reporter's clock may differ from ours."""
    return removal.since - AHEAD_TOLERANCE <= seen and after <= removal.until + AHEAD_TOLERANCE


def _take(left: dict[int, int | None], fitting: Sequence[int], wanted: int) -> int:
    """Use up the numbers that were told, the oldest first."""
    taken = 0
    for index in fitting:
        share = min(left[index] or 0, wanted - taken)
        if share:
            left[index] = (left[index] or 0) - share
            taken += share
    return taken


def usual_number(
    counts: Iterable[CountRecord],
    newest_id: str | None,
    present: int,
    forgotten: Sequence[Explained],
    accepted: Acceptance | None = None,
) -> float | None:
    """The baseline of one plan's number of snapshots, of which ``present`` are left.

    A count falls as far as what was forgotten between it and the next one explains. Backups made at the same time make
    up for what was forgotten, so a steady number stays as it is. No count falls below what was left after the fall.
    """
    ordered = sorted(counts, key=lambda record: (record.since, record.time))
    if accepted is not None:
        said = CountRecord(plan="", newest_id="", time=accepted.since, count=accepted.count or 0, noted=accepted.time)
        ordered = [said] * LEAST + [record for record in ordered if record.since > accepted.time]
    levels: list[int] = []
    for index, record in enumerate(ordered):
        after = ordered[index + 1] if index + 1 < len(ordered) else None
        told = sum(one.count for one in forgotten if one.seen >= record.since and (not after or one.seen < after.since))
        fall = min(told, max(0, record.count - (after.count if after else present)))
        rest = record.count - fall
        levels.append(record.count)
        if fall:
            levels = [max(level - fall, min(level, rest)) for level in levels]
    return baseline([level for level, record in zip(levels, ordered, strict=True) if record.newest_id != newest_id])
