"""What the database dumps amount to: newest, usual size, whether it is whole, what still needs a look."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from immich_backup_exporter.domain.immich import DumpFile, DumpOutcome
from immich_backup_exporter.domain.records import SeenDump
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.domain.state import DumpFacts

from .baseline import baseline
from .snapshots import in_future

VERDICT_GRACE = timedelta(hours=1)
"""A finished dump without a verdict for longer than this counts as unverified."""


def usable_dumps(seen: Iterable[SeenDump], now: datetime) -> tuple[SeenDump, ...]:
    """The finished routine dumps that are still there and not dated in the future, newest first."""
    return tuple(
        sorted(
            (dump for dump in seen if _routine_and_there(dump) and not in_future(dump.file.time, now)),
            key=lambda dump: (dump.file.time, dump.file.name),
            reverse=True,
        )
    )


def to_validate(newest_first: Sequence[SeenDump]) -> SeenDump | None:
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
    sentence: str | None,
) -> DumpFacts:
    """What is known of the dumps, from every finished version of every dump file seen so far.

    ``unfinished`` are those named ``*.tmp`` at the last look, ``None`` if it failed or there was none yet. ``sentence``
    is why the folder could not be looked at, where it could not.
    """
    if not seen and unfinished is None:
        return DumpFacts(settings=settings, expected_since=expected_since, sentence=sentence)
    usable = usable_dumps(seen, now)
    decided = [dump for dump in usable if dump.verdict and dump.verdict.outcome is not DumpOutcome.UNDECIDED]
    valid = [dump for dump in decided if dump.verdict and dump.verdict.outcome is DumpOutcome.VALID]
    newest = usable[0].file if usable else None
    before = _sizes_before(newest, seen, now) if newest else []
    verdict = usable[0].verdict if usable else None
    if sentence is None and verdict is not None and verdict.outcome is not DumpOutcome.VALID:
        sentence = verdict.sentence
    return DumpFacts(
        settings=settings,
        expected_since=expected_since,
        routine=sum(_routine_and_there(dump) for dump in seen),
        newest=newest,
        postgres_version=(newest.postgres_version if newest else None)
        or (verdict.postgres_version if verdict else None),
        size_delta_bytes=newest.size_bytes - before[-1] if newest and before else None,
        size_baseline_bytes=baseline(before),
        valid=decided[0] in valid if decided else None,
        last_valid=valid[0].file.time if valid else None,
        unverified=sum(now - dump.first_seen > VERDICT_GRACE for dump in _waiting(usable)),
        unfinished=None if unfinished is None else len(unfinished),
        oldest_unfinished=min((file.modified for file in unfinished or ()), default=None),
        in_future=sum(_routine_and_there(dump) and in_future(dump.file.time, now) for dump in seen),
        sentence=sentence,
    )


def _waiting(newest_first: Sequence[SeenDump]) -> list[SeenDump]:
    """Those without a verdict that are newer than every dump with one: older ones are read only when needed."""
    waiting = []
    for dump in newest_first:
        if dump.verdict is not None and dump.verdict.outcome is not DumpOutcome.UNDECIDED:
            break
        waiting.append(dump)
    return waiting


def _sizes_before(newest: DumpFile, seen: Iterable[SeenDump], now: datetime) -> list[int]:
    """Sizes of the newest dump's own kind before it, oldest first, whether they are still there or not."""
    sizes = {
        (dump.file.time, dump.file.name): dump.file.size_bytes
        for dump in seen
        if dump.finished
        and dump.file.routine
        and dump.file.group == newest.group
        and dump.file.time < newest.time
        and not in_future(dump.file.time, now)
    }
    return [size for _, size in sorted(sizes.items())]


def _routine_and_there(dump: SeenDump) -> bool:
    return dump.finished and dump.file.routine and not dump.gone
