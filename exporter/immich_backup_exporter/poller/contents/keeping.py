"""Keeps what looking into snapshots found: in memory, in the state store and in the facts of every repository."""

from collections.abc import Sequence
from dataclasses import replace

from immich_backup_exporter.analysis.contents import comparable
from immich_backup_exporter.analysis.coverage import DIGEST_BYTES, common
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import (
    CoverageAnswer,
    CoverageRecord,
    DumpAnswer,
    MissingKind,
    MissingRecord,
    TreeContents,
)
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.poller.core.repository_view import InspectedRepository
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.ports import Store

from .known import KnownContents
from .targets import DumpSource, Target


class ContentsKeeper:
    """The one way in for what is found out about trees."""

    def __init__(
        self, repositories: Sequence[InspectedRepository], known: KnownContents, store: StoreAccess, clock: Clock
    ) -> None:
        self._repositories = repositories
        self._known = known
        self._store = store
        self._clock = clock

    async def keep_tree(self, tree: str, contents: TreeContents) -> None:
        self._known.put_tree(tree, contents)
        await self._store.call(lambda store: store.save_tree(tree, contents))
        self._publish(tree)

    async def keep_coverage(
        self, target: Target, source: DumpSource, answered: frozenset[str], found: DumpAnswer
    ) -> Text | None:
        """Returns why there are no counts, if there are none."""
        tree, answer = target.snapshot.tree, found.coverage
        record = CoverageRecord(
            dump=source.dump.fingerprint,
            dump_time=source.dump.time,
            answered=answered,
            trouble=found.trouble,
        )
        missing = MissingRecord()
        if answer is not None:
            persistent = await self._persistent(target, record.dump, answer)
            missing = MissingRecord(files=answer.missing, digests=answer.digests, gone=answer.gone)
            record = _with_counts(record, answer, persistent)
        self._known.put_coverage(tree, record)
        await self._store.call(lambda store: store.save_coverage(tree, record, missing))
        self._publish(tree)
        return record.trouble

    async def _persistent(self, target: Target, dump: str, answer: CoverageAnswer) -> dict[MissingKind, bytes]:
        """What was missing under the dump before, too: each judged with the first snapshot after it."""
        known = target.repository.history(target.plan, self._clock.now()).known
        others = comparable(
            known, target.snapshot, dump, lambda snapshot: self._known.covered(target.name, target.plan, snapshot)
        )
        if others is None:
            return dict.fromkeys(MissingKind, b"")

        def compare(store: Store) -> dict[MissingKind, bytes]:
            found = [store.load_missing(tree, of_dump).digests for tree, of_dump in others]
            return {
                kind: common(answer.digests.get(kind, b""), *(one.get(kind, b"") for one in found))
                for kind in MissingKind
            }

        return await self._store.call(compare)  # in its thread: there may be a quarter of a million of them

    def _publish(self, tree: str) -> None:
        for repository in self._repositories:
            if any(snapshot.tree == tree for snapshot in repository.record.snapshots):
                repository.contents_changed()


def _with_counts(
    record: CoverageRecord, answer: CoverageAnswer, persistent: dict[MissingKind, bytes]
) -> CoverageRecord:
    gone = answer.gone
    lost = None if gone is None else common(persistent.get(MissingKind.ORIGINAL, b""), gone)
    return replace(
        record,
        counts=answer.counts,
        persistent={kind: _count(digests) for kind, digests in persistent.items()},
        gone=None if gone is None else _count(gone),
        persistent_gone=None if lost is None else _count(lost),
        immich_version=answer.immich_version,
        schema_level=answer.schema_level,
        media_location=answer.media_location,
    )


def _count(digests: bytes) -> int:
    return len(digests) // DIGEST_BYTES
