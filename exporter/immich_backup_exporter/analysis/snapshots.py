"""What a plan's snapshots amount to: newest, previous, usual size, counts, hosts."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import CountRecord, Gone, RepositoryRecord
from immich_backup_exporter.domain.repository import Snapshot, TreeSize
from immich_backup_exporter.domain.settings import PlanSettings
from immich_backup_exporter.domain.state import PlanFacts

from .baseline import DRAWN, LEAST, LENGTH, usual
from .completeness import NO_RUNS, Backups, PlanRuns, recovery_point
from .lineage import Lineage
from .selection import explain_no_match, selection_key, selector
from .vanishing import Explained, Removal, explained, usual_number

_CONTAINER_ID = re.compile("[0-9a-f]{12}")
"""The host name that Docker and Podman give a container without one: the beginning of its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHistory:
    """A plan's snapshots in order of time, each rewritten one once."""

    present: tuple[Snapshot, ...]
    """Those that are listed, future-dated ones included."""
    usable: tuple[Snapshot, ...]
    """Those that are listed and not future-dated."""
    before_newest: tuple[Snapshot, ...]
    """Everything older than the newest usable one, whether it is still listed or was forgotten since."""
    known: tuple[Snapshot, ...] = ()
    """Everything, whether it is still listed or was forgotten since."""

    @property
    def newest(self) -> Snapshot | None:
        return self.usable[-1] if self.usable else None


def plan_history(
    plan: PlanSettings,
    upload_location: str | None,
    record: RepositoryRecord,
    now: datetime,
    lineage: Lineage | None = None,
) -> PlanHistory:
    """Pick the plan's snapshots out of everything that is known of the repository.

    ``lineage`` knows the snapshots of all repositories, this one's among them; without them only this one's count.
    """
    lineage = lineage or _lineage_of(record)
    chosen = selector(plan, upload_location, record.snapshots)
    selected = [snapshot for snapshot in record.snapshots if chosen(snapshot)]
    known = _once(selected, lineage)
    present = _once((snapshot for snapshot in selected if snapshot.id in record.present), lineage)
    usable = tuple(snapshot for snapshot in present if not in_future(snapshot.time, now))
    newest = usable[-1] if usable else None
    before: tuple[Snapshot, ...] = ()
    if newest is not None:
        origin = lineage.origin(newest)
        before = tuple(
            snapshot for snapshot in known if snapshot.time <= newest.time and lineage.origin(snapshot) != origin
        )
    return PlanHistory(present=present, usable=usable, before_newest=before, known=known)


def plan_facts(
    plan: PlanSettings,
    expected_since: datetime,
    upload_location: str | None,
    record: RepositoryRecord,
    now: datetime,
    runs: PlanRuns = NO_RUNS,
    lineage: Lineage | None = None,
    told: Sequence[Removal] = (),
    proven: Collection[str] = frozenset(),
) -> PlanFacts:
    """What is known of one plan, from everything that is known of its repository and of the runs that back it up.

    ``proven`` are the trees that lack no original.
    """
    history = plan_history(plan, upload_location, record, now, lineage)
    newest = history.newest
    counts = [entry for entry in record.counts if entry.plan == selection_key(plan, upload_location)]
    accepted = record.accepted.get(plan.name)
    facts = PlanFacts(
        settings=plan,
        expected_since=expected_since,
        snapshots=len(history.present),
        in_future=len(history.present) - len(history.usable),
        snapshots_baseline=usual_number(
            counts,
            newest.id if newest else None,
            len(history.present),
            _forgotten(record, history, lineage, told),
            # One that was said of another selection is no measure for this one.
            accepted if accepted and any(entry.since <= accepted.time for entry in counts) else None,
        ),
        accepted=accepted,
        oldest=min((snapshot.time for snapshot in history.present), default=None),
        hosts=active_hosts(history.usable, plan.max_age),
        container_hosts=container_hosts(history.usable),
    )
    if newest is None:
        return replace(facts, explanation=None if history.present else _explain(plan, upload_location, record))
    backups = Backups(usable=history.usable, present=history.present, known=history.known)
    point = recovery_point(backups, plan.max_unreadable_files, runs, now, proven)
    sizes = record.tree_sizes
    size, files = size_of(newest, sizes), files_of(newest, sizes)
    since = accepted.since if accepted else None
    previous = history.before_newest[-1] if history.before_newest else None
    return replace(
        facts,
        newest=newest,
        last_success=point.time if point else None,
        last_success_unchanged=point.unchanged if point else False,
        size_bytes=size,
        files=files,
        size_delta_bytes=_delta(size, size_of(previous, sizes) if previous else None),
        sizes=_drawn((*history.before_newest, newest), sizes),
        files_delta=_delta(files, files_of(previous, sizes) if previous else None),
        size_baseline_bytes=usual(
            _timed((snapshot, size_of(snapshot, sizes)) for snapshot in history.before_newest), size, since
        ),
        files_baseline=usual(
            _timed((snapshot, files_of(snapshot, sizes)) for snapshot in history.before_newest), files, since
        ),
    )


def _forgotten(
    record: RepositoryRecord, history: PlanHistory, lineage: Lineage | None, told: Sequence[Removal]
) -> tuple[Explained, ...]:
    """What of the plan was forgotten, or lives on as a snapshot that the plan does not select.

    What ``tag`` or ``rewrite`` replaced is still there in another form: under another host name, for instance.
    """
    if not record.gone:
        return ()
    lineage = lineage or _lineage_of(record)
    present = {lineage.origin(one) for one in record.snapshots if one.id in record.present}
    gone: dict[str, Gone] = {}
    for one in record.snapshots:
        when, origin = record.gone.get(one.id), lineage.origin(one)
        if when is not None and origin not in present and (origin not in gone or gone[origin].seen < when.seen):
            gone[origin] = when
    mine = {lineage.origin(one) for one in history.known}
    left = {lineage.origin(one) for one in history.present}
    moved = Counter(
        when.seen
        for one in history.known
        if (when := record.gone.get(one.id)) and (origin := lineage.origin(one)) in present and origin not in left
    )
    elsewhere = tuple(Explained(seen=seen, count=count) for seen, count in sorted(moved.items()))
    return (*explained(gone, mine, told, any_left=bool(history.present)), *elsewhere)


def without_size(history: PlanHistory, sizes: Mapping[str, TreeSize]) -> tuple[Snapshot, ...]:
    """The listed ones among the newest and the :data:`LENGTH` before it whose size nobody knows yet, newest first."""
    newest_first = history.usable[::-1][: LENGTH + 1]
    return tuple(snapshot for snapshot in newest_first if size_of(snapshot, sizes) is None)


def count_record(
    key: str, history: PlanHistory, counts: Sequence[CountRecord], now: datetime | None = None
) -> CountRecord | None:
    """The entry to add to a plan's history of counts: one for each newest snapshot, when it first is the newest.

    ``key`` is the plan's :func:`.selection.selection_key`.
    """
    newest = history.newest
    if newest is None or any(entry.plan == key and entry.newest_id == newest.id for entry in counts):
        return None
    return CountRecord(plan=key, newest_id=newest.id, time=newest.time, count=len(history.present), noted=now)


def active_hosts(snapshots: Sequence[Snapshot], max_age: timedelta) -> int:
    """How many machines write into this plan today; ``snapshots`` oldest first.

    A machine counts while its newest snapshot is within ``max_age`` of the plan's newest and came after the newest's
    machine had begun: two that take turns are seen, one that was renamed or retired while its snapshots are kept is
    not. One with a history that has not come again since another began may have been renamed, which the next night
    tells; without a history it counts for half of ``max_age``.
    """
    if not snapshots:
        return 0
    newest_of = {_machine(snapshot): snapshot.time for snapshot in snapshots}
    count_of = Counter(map(_machine, snapshots))
    newest = snapshots[-1]
    began = next(snapshot.time for snapshot in snapshots if _machine(snapshot) == _machine(newest))

    def writes(host: str, last: datetime) -> bool:
        if last > began or host == _machine(newest):
            return newest.time - last <= max_age
        return count_of[host] < LEAST and newest.time - last <= max_age / 2

    return sum(writes(host, last) for host, last in newest_of.items())


def container_hosts(snapshots: Sequence[Snapshot]) -> int:
    """How many ids of containers stand as host names in ``snapshots``, oldest first, if the newest still has one."""
    if not snapshots or not _CONTAINER_ID.fullmatch(snapshots[-1].hostname):
        return 0
    return len({snapshot.hostname for snapshot in snapshots if _CONTAINER_ID.fullmatch(snapshot.hostname)})


def _machine(snapshot: Snapshot) -> str:
    """Its host; one name for all ids of containers, since a container gets another one each time it is made."""
    return "" if _CONTAINER_ID.fullmatch(snapshot.hostname) else snapshot.hostname


def size_of(snapshot: Snapshot, sizes: Mapping[str, TreeSize]) -> int | None:
    """Bytes that the snapshot would restore: by its summary, else as sized once."""
    if snapshot.size_bytes is not None:
        return snapshot.size_bytes
    sized = sizes.get(snapshot.tree)
    return sized.size_bytes if sized else None


def files_of(snapshot: Snapshot, sizes: Mapping[str, TreeSize]) -> int | None:
    """Regular files in the snapshot: by its summary, else as counted once."""
    if snapshot.files is not None:
        return snapshot.files
    sized = sizes.get(snapshot.tree)
    return sized.files if sized else None


def _once(snapshots: Iterable[Snapshot], lineage: Lineage) -> tuple[Snapshot, ...]:
    """Oldest first; of a snapshot and what ``tag`` or ``rewrite`` made of it only what was made last."""
    by_origin: dict[str, tuple[int, Snapshot]] = {}
    for snapshot in sorted(snapshots, key=lambda one: (one.time, one.id)):
        ancestry = lineage.ancestry(snapshot)
        kept = by_origin.get(ancestry[-1])
        if kept is None or len(ancestry) >= kept[0]:
            by_origin[ancestry[-1]] = (len(ancestry), snapshot)
    return tuple(sorted((snapshot for _, snapshot in by_origin.values()), key=lambda one: (one.time, one.id)))


def _explain(plan: PlanSettings, upload_location: str | None, record: RepositoryRecord) -> Message:
    if record.unreadable and not record.present:
        return Message("selection.none_readable", snapshots=len(record.unreadable))
    present = [snapshot for snapshot in record.snapshots if snapshot.id in record.present]
    if record.snapshots and not present:
        return Message("selection.none_left")
    return explain_no_match(plan, upload_location, present)


def _delta(newest: int | None, previous: int | None) -> int | None:
    return None if newest is None or previous is None else newest - previous


def _drawn(snapshots: Sequence[Snapshot], sizes: Mapping[str, TreeSize]) -> tuple[int, ...]:
    return tuple(size for one in snapshots[-DRAWN:] if (size := size_of(one, sizes)) is not None)


def _timed(values: Iterable[tuple[Snapshot, int | None]]) -> list[tuple[datetime, float]]:
    return [(snapshot.time, value) for snapshot, value in values if value is not None]


def _lineage_of(record: RepositoryRecord) -> Lineage:
    lineage = Lineage()
    lineage.add(record.snapshots, record.tree_sizes)
    return lineage
