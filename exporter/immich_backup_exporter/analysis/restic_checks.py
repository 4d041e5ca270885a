"""What reports of `restic check` say about a repository."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from immich_backup_exporter.domain.records import CheckRecord, Run
from immich_backup_exporter.domain.runs import FILTERED, CheckScope, Outcome, part_of
from immich_backup_exporter.domain.settings import JobKind

_STRUCTURE, _DATA = CheckScope.STRUCTURE, CheckScope.DATA


def check_of(run: Run, kind: JobKind) -> tuple[CheckScope, bool] | None:
    """What the run found out about its repository: the scope, and whether all was well.

    ``None`` where it found out nothing: it was no check, or one that could not lock or connect. That is a failed job
    and no damage; a failure without restic's own word for damage is not taken for any. Which part of the repository
    was looked at is ``check_part`` of the run's end.
    """
    end = run.end
    if end is None:
        return None
    scope = end.check_scope or _STRUCTURE
    if end.damaged:
        return (scope if end.damaged_data is None else _DATA if end.damaged_data else _STRUCTURE), False
    if end.damaged is False or (kind is JobKind.CHECK and end.outcome is Outcome.SUCCESS):
        return scope, True
    return None


def folded_checks(
    known: Mapping[CheckScope, CheckRecord], runs: Iterable[tuple[Run, JobKind]]
) -> Mapping[CheckScope, CheckRecord]:
    """``known`` with what newer runs found that looked at the whole repository, or found its structure damaged.

    Taking in the same runs again, in any order, changes nothing. A pass clears its own scope and the shallower one;
    damage that only reading all data found stays until reading all data passes.
    """
    records = dict(known)
    for time, part, scope, success in _found(runs):
        covered: tuple[CheckScope, ...] = ()
        if part is None:
            covered = (_STRUCTURE, _DATA) if success and scope is _DATA else (scope,)
        elif part != FILTERED or not success:
            covered = (_STRUCTURE,) if success or scope is _STRUCTURE else ()
        for one in covered:
            before = records.get(one)
            if before is None or time > before.time:
                records[one] = CheckRecord(time=time, success=success)
    return records


def folded_parts(known: Mapping[str, CheckRecord], runs: Iterable[tuple[Run, JobKind]]) -> Mapping[str, CheckRecord]:
    """``known`` with what newer runs found that read a part of the data, by that part.

    A pass of the same ``n/t`` replaces a failure, since restic reads the same packs again. Random packs and those of
    some snapshots cannot be asked for again, so their passes tell nothing, and are left out.
    """
    parts = dict(known)
    for time, part, scope, success in _found(runs):
        if part is None or scope is not _DATA or (success and part_of(part) is None):
            continue
        before = parts.get(part)
        if before is None or time > before.time:
            parts[part] = CheckRecord(time=time, success=success)
    return parts


def _found(runs: Iterable[tuple[Run, JobKind]]) -> Iterable[tuple[datetime, str | None, CheckScope, bool]]:
    """What runs found, oldest first."""
    ended = [(run.ended, run, kind) for run, kind in runs if run.ended is not None]
    for time, run, kind in sorted(ended, key=lambda one: (one[0], one[1].heard)):
        found = check_of(run, kind)
        if found is not None and run.end is not None:
            yield time, run.end.check_part, *found


def checks_of(
    records: Mapping[CheckScope, CheckRecord], parts: Mapping[str, CheckRecord]
) -> Mapping[CheckScope, CheckRecord]:
    """The state of each scope. A full cycle of ``n/t`` counts as one read of all data, of the time of its oldest part.

    Damage in a part is damage of the data, until that part or all data was read without finding any.
    """
    full = records.get(_DATA)
    cycle = max((time for total in _totals(parts) if (time := _cycle(parts, total)) is not None), default=None)
    reads = [time for time in (full.time if full and full.success else None, cycle) if time is not None]
    read = max(reads, default=None)
    damaged = [
        one
        for one in (*parts.values(), *((full,) if full else ()))
        if not one.success and (read is None or one.time > read)
    ]
    checks = {scope: record for scope, record in records.items() if scope is not _DATA}
    if damaged:
        checks[_DATA] = max(damaged, key=lambda one: one.time)
    elif read is not None:
        checks[_DATA] = CheckRecord(time=read, success=True)
    return checks


def read_cycle_oldest(parts: Mapping[str, CheckRecord]) -> datetime | None:
    """When the part that was read longest ago was, of the cycle that is under way; ``None`` before its first end."""
    newest = max(((one.time, total) for part, one in parts.items() if (total := _total(part))), default=None)
    return None if newest is None else _cycle(parts, newest[1])


def _totals(parts: Mapping[str, CheckRecord]) -> set[int]:
    return {total for part in parts if (total := _total(part))}


def _total(part: str) -> int:
    numbers = part_of(part)
    return numbers[1] if numbers else 0


def _cycle(parts: Mapping[str, CheckRecord], total: int) -> datetime | None:
    """The oldest of all parts of a cycle, where each of them was read and was well when it was read last."""
    if len(parts) < total:
        return None
    read = [parts.get(f"{number}/{total}") for number in range(1, total + 1)]
    times = [one.time for one in read if one is not None and one.success]
    return min(times) if len(times) == total else None
