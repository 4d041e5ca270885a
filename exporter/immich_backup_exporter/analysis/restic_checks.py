"""What reports of `restic check` say about a repository."""

from collections.abc import Iterable, Mapping

from immich_backup_exporter.domain.records import CheckRecord, Run
from immich_backup_exporter.domain.runs import CheckScope, Outcome
from immich_backup_exporter.domain.settings import JobKind

_COVERED: Mapping[CheckScope, tuple[CheckScope, ...]] = {
    CheckScope.STRUCTURE: (CheckScope.STRUCTURE,),
    CheckScope.DATA: (CheckScope.STRUCTURE, CheckScope.DATA),  # reading all data looks at the structure too
}


def check_of(run: Run, kind: JobKind) -> tuple[CheckScope, bool] | None:
    """What the run found out about its repository: the scope, and whether all was well.

    ``None`` where it found out nothing: it was no check, or one that could not lock or connect. That is a failed job
    and no damage; a failure without restic's own word for damage is not taken for any.
    """
    end = run.end
    if end is None:
        return None
    scope = end.check_scope or CheckScope.STRUCTURE
    if end.damaged is not None:
        return scope, not end.damaged
    if kind is JobKind.CHECK and end.outcome is Outcome.SUCCESS:
        return scope, True
    return None


def folded_checks(
    known: Mapping[CheckScope, CheckRecord], runs: Iterable[tuple[Run, JobKind]]
) -> Mapping[CheckScope, CheckRecord]:
    """``known`` with what newer runs found. Taking in the same runs again, in any order, changes nothing.

    A pass clears its own scope and the shallower one; damage that only reading all data found stays until reading all
    data passes.
    """
    records = dict(known)
    ended = [(run.ended, run, kind) for run, kind in runs if run.ended is not None]
    for time, run, kind in sorted(ended, key=lambda one: (one[0], one[1].heard)):
        found = check_of(run, kind)
        if found is None:
            continue
        scope, success = found
        for covered in _COVERED[scope] if success else (scope,):
            before = records.get(covered)
            if before is None or time > before.time:
                records[covered] = CheckRecord(time=time, success=success)
    return records
