"""Looks into the newest snapshot of each plan, one after the other: once for each tree, and then never again."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from immich_backup_exporter.analysis.contents import comparable
from immich_backup_exporter.analysis.coverage import DIGEST_BYTES, common
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import (
    CoverageAnswer,
    CoverageRecord,
    DumpAnswer,
    ExternalLibrary,
    MissingKind,
    MissingRecord,
    TreeAnswer,
    TreeContents,
    TreeQuestion,
)
from immich_backup_exporter.domain.errors import FailureReason, InspectionError, RepositoryError
from immich_backup_exporter.domain.immich import DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Text, sentences
from immich_backup_exporter.domain.settings import ContentSettings, ExternalMapping
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.schedule import inspection_pause
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.looking.budget import Budget, BudgetSpentError
from immich_backup_exporter.poller.ports import Feed, Inspection, InspectionFactory, OnRead, Store
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.processes import Patience

from .known import KnownContents
from .targets import DumpSource, Target, Targets, is_named

_TICK_SECONDS = 2.0
_LOCKED_PAUSE = timedelta(minutes=1)
_BUDGET_PAUSE = timedelta(hours=1)
_LIVE_DUMP_SECONDS = 2 * 60 * 60.0
_DAMAGE_AFTER = 2
"""Failures, each in a process of its own and with nobody pruning, before a snapshot is called damaged."""

_NEEDED = ("library", "upload", "profile", "backups")
"""Folders that the live disk is asked about where they are empty in a snapshot."""

_LOCKED = "Somebody prunes or checks the repository; it is looked into once that is over."
_SPENT = (
    "Looking into it was stopped: what may be read from the repository in a day (`inspect.max_bytes_per_day`) is spent."
)
_DAMAGED = "It could not be read twice: something of it is damaged or gone. Run `restic check --read-data`."


class _LockedError(Exception):
    """A repository that takes part is being pruned or checked."""


class _HolderError(Exception):
    """The dump in another plan's snapshot could not be read: that is that snapshot's fault."""

    def __init__(self, holder: Target, error: RepositoryError) -> None:
        super().__init__()
        self.holder = holder
        self.error = error


class Inspector:
    """Finds out what is in snapshots. ``known`` is where it goes, for the repositories' pollers to take up."""

    def __init__(
        self,
        pollers: Sequence[RepositoryPoller],
        settings: ContentSettings,
        upload_location: str | None,
        workshop: InspectionFactory,
        known: KnownContents,
        store: StoreAccess,
        clock: Clock,
        live: DumpPoller | None = None,
    ) -> None:
        self._pollers = pollers
        self._settings = settings
        self._upload_location = upload_location
        self._workshop = workshop
        self._known = known
        self._store = store
        self._clock = clock
        self._live = live
        self._targets = Targets(pollers, settings, upload_location, known)
        self._budget = Budget(known, store, clock)
        self._not_before: dict[tuple[str, str], float] = {}
        self.failures: dict[tuple[str, str], int] = {}
        """How often each snapshot of a repository, by its tree, could not be read in a row."""
        self._announce = Announcer("looking into snapshots")

    async def run(self) -> None:
        """For ever."""
        while True:
            if not await self.step():
                await asyncio.sleep(_TICK_SECONDS)

    async def step(self) -> bool:
        """Look into one snapshot, if there is one to look into now."""
        for poller in self._targets.changed():
            poller.contents_changed()
        monotonic = self._clock.monotonic()
        for target in self._targets.due(self._clock.now()):
            if self._not_before.get(target.key, monotonic) <= monotonic:
                await self._inspect(target)
                return True
        return False

    async def _inspect(self, target: Target) -> None:
        sentence: Text | None = None
        try:
            await self._wait_for_no_lock(target)
            await self._budget.allow(target.poller)
            async with self._workshop.inspection() as inspection:
                sentence = await self._look(inspection, target)
            self._succeeded(target)
        except _LockedError:
            sentence = _LOCKED
            self._postpone(target, _LOCKED_PAUSE)
        except BudgetSpentError:
            sentence = _SPENT
            self._postpone(target, _BUDGET_PAUSE)
        except _HolderError as failure:
            repository, plan = failure.holder.name
            told = await self._failed(failure.holder, failure.error)
            sentence = told and sentences(f"The dump in the plan {repository}/{plan}:", told)
            self._not_before[target.key] = self._not_before[failure.holder.key]
            failure.holder.poller.contents_changed()
        except (RepositoryError, InspectionError) as error:
            sentence = await self._failed(target, error)
        finally:
            await self._budget.remember(self._pollers)
            self._conclude(target, sentence)

    async def _wait_for_no_lock(self, target: Target) -> None:
        """Raises :class:`_LockedError` where somebody prunes or checks the target's repository."""
        if await target.poller.reader.exclusively_locked(self._clock.now()):
            raise _LockedError

    # --- looking

    async def _look(self, inspection: Inspection, target: Target) -> Text | None:
        """Find out everything about one snapshot; returns why something of it stays unknown."""
        tree, question = target.snapshot.tree, self._targets.question(target)
        patience = target.poller.reader.patience()
        meter = self._budget.meter(target.poller, patience.touch)
        answer = await inspection.tree(question, _listing(target, patience), meter)
        contents = TreeContents(
            answer=answer,
            answered=question.answered,
            settled_folders=await self._settled_folders(inspection, target, answer),
            verdict=self._known_verdict(tree, answer),
        )
        await self._keep_tree(tree, contents)
        if not answer.known:
            return answer.sentence
        now = self._clock.now()
        source = self._targets.source(target, contents, now)
        cover = "originals" in target.plan.holds
        if source is None or not (cover or contents.verdict is None):
            return None
        own = not source.elsewhere
        unanswerable = self._targets.unanswerable(target, now)
        unproven = await self._other_trees(inspection, target) if cover else []
        try:
            if not own:
                await self._wait_for_no_lock(source.holder)
            found = await self._read_dump(inspection, source, cover=cover, unproven=unproven)
        except RepositoryError as error:
            if own:
                raise
            raise _HolderError(source.holder, error) from None
        self._succeeded(source.holder)
        holder = source.holder.snapshot.tree
        await self._keep_tree(holder, replace(contents if own else self._known.trees[holder], verdict=found.verdict))
        if not cover:
            return None
        if found.verdict.outcome is not DumpOutcome.VALID:
            repository, plan = source.holder.name
            return None if own else sentences(f"The dump in the plan {repository}/{plan}:", found.verdict.sentence)
        return await self._keep_coverage(target, source, question.answered - unanswerable, found)

    async def _settled_folders(
        self, inspection: Inspection, target: Target, answer: TreeAnswer
    ) -> frozenset[str] | None:
        if self._upload_location is None or not answer.known:
            return None
        empty = [name for name in _NEEDED if not answer.folders[name].files]
        if not empty:
            return frozenset()
        return await inspection.settled_folders(self._upload_location, empty, target.snapshot.time)

    def _known_verdict(self, tree: str, answer: TreeAnswer) -> DumpVerdict | None:
        """Of the dump in the tree: from before, or because the live file that is the same one was read."""
        if answer.dump is None:
            return None
        before = self._known.trees.get(tree)
        if before is not None and before.verdict is not None and before.answer.dump == answer.dump:
            return before.verdict
        seen = self._live.find(answer.dump) if self._live is not None else None
        return seen.verdict if seen is not None else None

    async def _other_trees(self, inspection: Inspection, target: Target) -> list[str]:
        """Look through the snapshots of other plans that hold external libraries; returns those that nobody holds."""
        unproven: list[str] = []
        for mapping in self._settings.external:
            if mapping.plan is not None and is_named(mapping.plan, target):
                continue
            other = None
            if mapping.plan is not None:
                other = self._targets.holder(mapping.plan, target, self._clock.now())
            if other is None or not await self._other_tree(inspection, mapping, other):
                unproven.append(mapping.container)
        return unproven

    async def _other_tree(self, inspection: Inspection, mapping: ExternalMapping, other: Target) -> bool:
        """Look for an external library in its own plan's snapshot. Whether that went well: what lies beside must not
        keep Immich's own photos from being judged.
        """
        patience = other.poller.reader.patience()
        question = TreeQuestion(
            snapshot_time=other.snapshot.time,
            snapshot_paths=other.snapshot.paths,
            external=(ExternalLibrary(container=mapping.container, backed_up_as=mapping.backed_up_as),),
        )
        sentence: Text | None = None
        try:
            await self._wait_for_no_lock(other)
            await self._budget.allow(other.poller)
            meter = self._budget.meter(other.poller, patience.touch)
            await inspection.external_tree(question, _listing(other, patience), meter)
        except BudgetSpentError:
            sentence = _SPENT
        except (RepositoryError, InspectionError) as error:
            sentence = error.message
        repository, plan = other.name
        about = f"the external library in the plan {repository}/{plan}"
        self._announce.trouble(about, sentence and sentences(f"{about} is not proven:", sentence))
        return sentence is None

    async def _read_dump(
        self, inspection: Inspection, source: DumpSource, *, cover: bool, unproven: Sequence[str]
    ) -> DumpAnswer:
        """Read the dump from the live disk where it is the same file, else out of its snapshot."""
        dump = source.dump

        async def read(data: Feed | int, on_read: OnRead) -> DumpAnswer:
            return await inspection.dump(
                data,
                on_read,
                time=dump.time,
                expect_gzip=dump.path.endswith(".gz"),
                cover=cover,
                unproven_external=unproven,
                location=self._upload_location,
            )

        live = self._live
        seen = live.find(dump) if live is not None else None
        descriptor = await live.open(seen.file) if live is not None and seen is not None else None
        if live is not None and seen is not None and descriptor is not None:
            try:
                async with asyncio.timeout(_LIVE_DUMP_SECONDS):
                    answer = await read(descriptor, lambda _: None)
                if await live.unchanged(descriptor, seen.file):
                    return answer
            except TimeoutError:
                raise InspectionError("The live dump could not be read within two hours.") from None
            finally:
                os.close(descriptor)
        poller = source.holder.poller
        await self._budget.allow(poller, dump.size_bytes)
        reader, snapshot_id = poller.reader, source.holder.snapshot.id
        patience = reader.patience()
        return await read(
            lambda pipe: reader.read_file(snapshot_id, dump.path, pipe, patience),
            self._budget.meter(poller, patience.touch),
        )

    # --- keeping what was found

    async def _keep_tree(self, tree: str, contents: TreeContents) -> None:
        self._known.trees[tree] = contents
        await self._store.call(lambda store: store.save_tree(tree, contents))
        self._publish(tree)

    async def _keep_coverage(
        self, target: Target, source: DumpSource, answered: frozenset[str], found: DumpAnswer
    ) -> Text | None:
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
        self._known.coverages.setdefault(tree, {})[record.dump] = record
        await self._store.call(lambda store: store.save_coverage(tree, record, missing))
        self._publish(tree)
        return record.trouble

    async def _persistent(self, target: Target, dump: str, answer: CoverageAnswer) -> dict[MissingKind, bytes]:
        """What was missing under the dump before, too: each judged with the first snapshot after it."""
        known = target.poller.history(target.plan, self._clock.now()).known
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
        for poller in self._pollers:
            if any(snapshot.tree == tree for snapshot in poller.record.snapshots):
                poller.contents_changed()

    def _conclude(self, target: Target, sentence: Text | None) -> None:
        if sentence is None:
            self._known.sentences.pop(target.name, None)
        else:
            self._known.sentences[target.name] = sentence
        repository, plan = target.name
        self._announce.trouble(
            f"plan {repository}/{plan}", sentence and sentences(f"plan {repository}/{plan}:", sentence)
        )
        target.poller.contents_changed()

    # --- what goes wrong

    def _succeeded(self, target: Target) -> None:
        self.failures.pop(target.key, None)
        self._not_before.pop(target.key, None)
        self._known.damaged.discard(target.key)

    async def _failed(self, target: Target, error: RepositoryError | InspectionError) -> Text | None:
        """Tell what changes under the reader's hands from what is damaged."""
        reader, snapshot = target.poller.reader, target.snapshot
        try:
            if snapshot.id not in (await reader.list()).snapshot_ids:
                self._postpone(target, _LOCKED_PAUSE)
                return None  # forgotten meanwhile
            if await reader.exclusively_locked(self._clock.now()):
                self._postpone(target, _LOCKED_PAUSE)
                return _LOCKED
        except RepositoryError as unreachable:
            self._postpone(target, _LOCKED_PAUSE)
            return unreachable.explanation
        failures = self.failures[target.key] = self.failures.get(target.key, 0) + 1
        self._postpone(target, inspection_pause(failures))
        if isinstance(error, InspectionError):
            return error.message
        if error.reason is FailureReason.DAMAGED and failures >= _DAMAGE_AFTER:
            self._known.damaged.add(target.key)
            return _DAMAGED
        return error.explanation

    def _postpone(self, target: Target, pause: timedelta) -> None:
        self._not_before[target.key] = self._clock.monotonic() + pause.total_seconds()


def _listing(target: Target, patience: Patience) -> Feed:
    reader, snapshot_id = target.poller.reader, target.snapshot.id
    return lambda pipe: reader.list_tree(snapshot_id, pipe, patience)


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
