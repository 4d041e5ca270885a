"""What the database dumps amount to: newest, usual size, whether it is whole, what still needs a look."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.immich import DumpFile, DumpOutcome
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.records import Acceptance, SeenDump
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.domain.state import DumpFacts

from .baseline import DRAWN, usual

VERDICT_GRACE = timedelta(hours=1)
"""A finished dump without a verdict for longer than this counts as unverified."""

_Timed = tuple[datetime, str, SeenDump]
"""A dump behind its time and name: the time is worked out anew whenever it is asked for, and there may be thousands."""

_TIME_AND_NAME = itemgetter(0, 1)


def usable_dumps(seen: Iterable[SeenDump], now: datetime) -> tuple[SeenDump, ...]:
    """The finished routine dumps that are still there and not dated in the future, newest first."""
    return _newest_first(_timed(dump for dump in seen if _routine_and_there(dump)), now)


def _timed(dumps: Iterable[SeenDump]) -> list[_Timed]:
    return [(dump.file.time, dump.file.name, dump) for dump in dumps]


def _newest_first(timed: Iterable[_Timed], now: datetime) -> tuple[SeenDump, ...]:
    arrived = [entry for entry in timed if not in_future(entry[0], now)]
    arrived.sort(key=_TIME_AND_NAME, reverse=True)
    return tuple(dump for _, _, dump in arrived)


def may_need_reading(dump: SeenDump) -> bool:
    """Whether :func:`to_validate` does more with it than pass it over."""
    return dump.verdict is None or dump.verdict.outcome is DumpOutcome.VALID


def to_validate(newest_first: Iterable[SeenDump]) -> SeenDump | None:
    """The next dump to read: the newest, and while none of those read is whole, the one before it."""
    for dump in newest_first:
        if dump.verdict is None:
            return dump
        if dump.verdict.outcome is DumpOutcome.VALID:
            return None
    return None


def dump_facts(
    settings: DumpSettings,
    expected_since: datetime,
    seen: Sequence[SeenDump],
    unfinished: Sequence[DumpFile] | None,
    now: datetime,
    sentence: Text | None,
    accepted: Acceptance | None = None,
) -> DumpFacts:
    """What is known of the dumps, from every finished version of every dump file seen so far.

    ``unfinished`` are those named ``*.tmp`` at the last look, ``None`` if it failed or there was none yet. ``sentence``
    is why the folder could not be looked at, where it could not.
    """
    if not seen and unfinished is None:
        return DumpFacts(
            settings=settings,
            expected_since=expected_since,
            out_of_sight=sentence is not None,
            sentence=sentence,
            accepted=accepted,
        )
    out_of_sight = sentence is not None
    timed = _timed(dump for dump in seen if dump.finished and dump.file.routine)
    there = [entry for entry in timed if not entry[2].gone]
    usable = _newest_first(there, now)
    decided = next((dump for dump in usable if _outcome(dump) not in (None, DumpOutcome.UNDECIDED)), None)
    valid = next((dump for dump in usable if _outcome(dump) is DumpOutcome.VALID), None)
    newest = usable[0].file if usable else None
    before = _sizes_before(newest, timed, now) if newest else []
    verdict = usable[0].verdict if usable else None
    if sentence is None and verdict is not None and verdict.outcome is not DumpOutcome.VALID:
        sentence = verdict.sentence
    return DumpFacts(
        settings=settings,
        expected_since=expected_since,
        routine=len(there),
        newest=newest,
        postgres_version=(newest.postgres_version if newest else None)
        or (verdict.postgres_version if verdict else None),
        size_delta_bytes=newest.size_bytes - before[-1][1] if newest and before else None,
        size_baseline_bytes=usual(before, newest.size_bytes if newest else None, accepted.since if accepted else None),
        sizes=(*(size for _, size in before[-DRAWN + 1 :]), newest.size_bytes) if newest else (),
        valid=_outcome(decided) is DumpOutcome.VALID if decided else None,
        last_valid=valid.file.time if valid else None,
        unverified=sum(now - dump.first_seen > VERDICT_GRACE for dump in _waiting(usable)),
        unfinished=None if unfinished is None else len(unfinished),
        oldest_unfinished=min((file.modified for file in unfinished or ()), default=None),
        in_future=len(there) - len(usable),
        out_of_sight=out_of_sight,
        sentence=sentence,
        accepted=accepted,
    )


def _waiting(newest_first: Sequence[SeenDump]) -> list[SeenDump]:
    """Those without a verdict that are newer than every dump with one: older ones are read only when needed."""
    waiting = []
    for dump in newest_first:
        if dump.verdict is not None and dump.verdict.outcome is not DumpOutcome.UNDECIDED:
            break
        waiting.append(dump)
    return waiting


def _sizes_before(newest: DumpFile, timed: Iterable[_Timed], now: datetime) -> list[tuple[datetime, int]]:
    """Times and sizes of the newest dump's own kind before it, oldest first, whether they are still there or not."""
    limit = newest.time
    sizes = {
        (time, name): dump.file.size_bytes
        for time, name, dump in timed
        if dump.file.group == newest.group and time < limit and not in_future(time, now)
    }
    return [(time, size) for (time, _), size in sorted(sizes.items())]


def _outcome(dump: SeenDump) -> DumpOutcome | None:
    return dump.verdict.outcome if dump.verdict else None


def _routine_and_there(dump: SeenDump) -> bool:
    return dump.finished and dump.file.routine and not dump.gone
