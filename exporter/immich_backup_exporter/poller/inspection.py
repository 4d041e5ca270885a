"""Looks into the newest snapshot of each plan, one after the other: once for each tree, and then never again."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

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
    TreeContents,
    TreeQuestion,
)
from immich_backup_exporter.domain.errors import FailureReason, InspectionError, RepositoryError
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import ContentSettings, PlanSettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.processes import Patience

from .announcer import Announcer
from .dumps import ImmichPoller
from .known import KnownContents
from .ports import Feed, Inspection, OnRead, Store, Workshop
from .repository import RepositoryPoller
from .schedule import inspection_pause, is_within
from .storing import StoreAccess

_TICK_SECONDS = 2.0
_LOCKED_PAUSE = timedelta(minutes=1)
_BUDGET_PAUSE = timedelta(hours=1)
_DAY = timedelta(days=1)
_DAMAGE_AFTER = 2
"""Failures, each in a process of its own and with nobody pruning, before a snapshot is called damaged."""


class _BudgetSpentError(Exception):
    """More would have to be read than is allowed in a day."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A snapshot to look into, and for which plan."""

    poller: RepositoryPoller
    plan: PlanSettings
    snapshot: Snapshot

    @property
    def key(self) -> tuple[str, str]:
        return self.poller.settings.name, self.snapshot.tree

    @property
    def name(self) -> tuple[str, str]:
        return self.poller.settings.name, self.plan.name


@dataclass(frozen=True, slots=True)
class _DumpSource:
    """The dump that a tree is compared with, and the snapshot that it is in."""

    poller: RepositoryPoller
    snapshot: Snapshot
    dump: DumpFile


class Inspector:
    """Finds out what is in snapshots. ``known`` is where it goes, for the repositories' pollers to take up."""

    def __init__(
        self,
        pollers: Sequence[RepositoryPoller],
        settings: ContentSettings,
        upload_location: str | None,
        workshop: Workshop,
        known: KnownContents,
        store: StoreAccess,
        clock: Clock,
        live: ImmichPoller | None = None,
    ) -> None:
        self._pollers = pollers
        self._settings = settings
        self._upload_location = upload_location
        self._workshop = workshop
        self._known = known
        self._store = store
        self._clock = clock
        self._live = live
        self._not_before: dict[tuple[str, str], float] = {}
        self.failures: dict[tuple[str, str], int] = {}
        """How often each snapshot of a repository, by its tree, could not be read in a row."""
        self._left: dict[str, int] = {}
        self._noted: dict[str, int] = dict(known.read_bytes)
        self._announce = Announcer("looking into snapshots")

    async def run(self) -> None:
        """For ever."""
        while True:
            if not await self.step():
                await asyncio.sleep(_TICK_SECONDS)

    async def step(self) -> bool:
        """Look into one snapshot, if there is one to look into now."""
        target = next(self._due(), None)
        if target is None:
            return False
        await self._inspect(target)
        return True

    # --- what is due

    def _due(self) -> Iterator[_Target]:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        for poller in self._pollers:
            inspect = poller.settings.inspect
            if not inspect.enabled or not poller.facts.up or not self._within(inspect.hours, now):
                continue
            for plan in poller.facts.plans:
                target = self._target(poller, plan)
                if target is not None and self._not_before.get(target.key, monotonic) <= monotonic:
                    yield target

    def _within(self, hours: tuple[time, time] | None, now: datetime) -> bool:
        zone = ZoneInfo(self._settings.timezone) if self._settings.timezone else None
        return hours is None or is_within(now.astimezone(zone).time(), *hours)

    def _target(self, poller: RepositoryPoller, plan: PlanFacts) -> _Target | None:
        if plan.newest is None:
            return None
        target = _Target(poller, plan.settings, plan.newest)
        contents = self._known.trees.get(plan.newest.tree)
        question = self._question(target)
        if contents is None or not question.answered <= contents.answered:
            return target
        if contents.answer.dump is not None and contents.verdict is None:
            return target
        if not contents.answer.known or "originals" not in plan.settings.holds:
            return None
        partner = self._partner(target) if contents.answer.dump is None else None
        if partner is not None and partner.snapshot.tree not in self._known.trees:
            return partner
        source = self._source(target, contents)
        record = self._known.coverages.get(plan.newest.tree)
        covered = record is not None and question.answered <= record.answered
        if source is None or (covered and record is not None and record.dump == source.dump.fingerprint):
            return None
        return target

    def _question(self, target: _Target) -> TreeQuestion:
        """What is asked of a tree: for all plans at once, since copies of it belong to others."""
        plans = [plan for poller in self._pollers for plan in poller.settings.plans]
        hints = [target.plan.backed_up_as, self._upload_location, *(plan.backed_up_as for plan in plans)]
        required = {path for plan in plans for path in plan.required_paths}
        return TreeQuestion(
            snapshot_time=target.snapshot.time,
            snapshot_paths=target.snapshot.paths,
            hints=tuple(dict.fromkeys(hint for hint in hints if hint is not None)),
            also=self._settings.also,
            timezone=self._settings.timezone,
            required_paths=tuple(sorted(required)),
            external=tuple(
                ExternalLibrary(container=one.container, backed_up_as=one.backed_up_as)
                for one in self._settings.external
            ),
        )

    def _partner(self, target: _Target) -> _Target | None:
        """The snapshot that holds the dump where that is another plan's: the newest that began before."""
        for poller in self._pollers:
            for facts in poller.facts.plans:
                plan, name = facts.settings, (poller.settings.name, facts.settings.name)
                paired = target.plan.pair_with == name or plan.pair_with == target.name
                if name == target.name or not paired or "database" not in plan.holds:
                    continue
                usable = poller.history(plan, self._clock.now()).usable
                before = [snapshot for snapshot in usable if snapshot.time <= target.snapshot.time]
                if usable:
                    return _Target(poller, plan, before[-1] if before else usable[0])
        return None

    def _source(self, target: _Target, contents: TreeContents) -> _DumpSource | None:
        """The dump to compare with; ``None`` where there is none that is whole."""
        if contents.answer.dump is not None:
            if contents.verdict is not None and contents.verdict.outcome is not DumpOutcome.VALID:
                return None
            return _DumpSource(target.poller, target.snapshot, contents.answer.dump)
        partner = self._partner(target)
        if partner is None:
            return None
        held = self._known.trees.get(partner.snapshot.tree)
        if held is None or held.answer.dump is None:
            return None
        if held.verdict is not None and held.verdict.outcome is not DumpOutcome.VALID:
            return None
        return _DumpSource(partner.poller, partner.snapshot, held.answer.dump)

    # --- looking

    async def _inspect(self, target: _Target) -> None:
        poller, now = target.poller, self._clock.now()
        sentence: str | None = None
        try:
            if await poller.reader.exclusively_locked(now):
                sentence = "Somebody prunes or checks the repository; it is looked into once that is over."
                self._postpone(target, _LOCKED_PAUSE)
                return
            await self._allow(poller)
            async with self._workshop.inspection() as inspection:
                sentence = await self._look(inspection, target)
            self.failures.pop(target.key, None)
            self._not_before.pop(target.key, None)
            self._known.damaged.discard(target.key)
        except _BudgetSpentError:
            sentence = (
                "Looking into it was stopped: what may be read from the repository in a day "
                "(`inspect.max_bytes_per_day`) is spent."
            )
            self._postpone(target, _BUDGET_PAUSE)
        except RepositoryError as error:
            sentence = await self._failed(target, error)
        except InspectionError as error:
            sentence = await self._failed(target, error)
        finally:
            await self._remember_reading()
            self._conclude(target, sentence)

    async def _look(self, inspection: Inspection, target: _Target) -> str | None:
        """Find out everything about one snapshot; returns why something of it stays unknown."""
        reader, snapshot = target.poller.reader, target.snapshot
        question = self._question(target)
        patience = reader.patience()
        answer = await inspection.tree(
            question,
            _listing(target, patience),
            self._meter(target.poller, patience.touch),
        )
        settled: frozenset[str] | None = None
        empty = [name for name in FOLDERS[:4] if answer.known and not answer.folders[name].files]
        if self._upload_location is not None:
            settled = frozenset()
            if empty:
                settled = await inspection.settled_folders(self._upload_location, empty, snapshot.time)
        contents = TreeContents(answer=answer, answered=question.answered, settled_folders=settled)
        contents = replace(contents, verdict=self._verdict_known(target, contents))
        await self._keep_tree(snapshot.tree, contents)
        if not answer.known:
            return answer.sentence
        source = self._source(target, contents)
        if source is None:
            return None
        cover = "originals" in target.plan.holds
        own = source.snapshot.tree == snapshot.tree
        if not cover and contents.verdict is not None:
            return None
        unproven = await self._other_trees(inspection, target) if cover else []
        found = await self._read_dump(inspection, source, cover=cover, unproven=unproven)
        if own:
            await self._keep_tree(snapshot.tree, replace(contents, verdict=found.verdict))
        if not cover or found.verdict.outcome is not DumpOutcome.VALID:
            return None if own else found.verdict.sentence
        return await self._keep_coverage(target, source, question, found)

    def _verdict_known(self, target: _Target, contents: TreeContents) -> DumpVerdict | None:
        """Of the dump in the tree: from before, or because the live file that is the same one was read."""
        dump = contents.answer.dump
        if dump is None:
            return None
        before = self._known.trees.get(target.snapshot.tree)
        if before is not None and before.verdict is not None and before.answer.dump == dump:
            return before.verdict
        seen = self._live.find(dump) if self._live is not None else None
        return seen.verdict if seen is not None else None

    async def _other_trees(self, inspection: Inspection, target: _Target) -> list[str]:
        """Look through the snapshots of other plans that hold external libraries; returns those that nobody holds."""
        unproven: list[str] = []
        for mapping in self._settings.external:
            if mapping.plan is None:
                unproven.append(mapping.container)  # unless this very tree holds any of it
                continue
            if self._is_named(mapping.plan, target):
                continue
            other = self._holder(mapping.plan, target)
            if other is None:
                unproven.append(mapping.container)
                continue
            await self._allow(other.poller)
            patience = other.poller.reader.patience()
            question = TreeQuestion(
                snapshot_time=other.snapshot.time,
                snapshot_paths=other.snapshot.paths,
                external=(ExternalLibrary(container=mapping.container, backed_up_as=mapping.backed_up_as),),
            )
            meter = self._meter(other.poller, patience.touch)
            await inspection.external_tree(question, _listing(other, patience), meter)
        return unproven

    def _is_named(self, reference: str, target: _Target) -> bool:
        repository, _, plan = reference.rpartition("/")
        return plan == target.plan.name and repository in ("", target.poller.settings.name)

    def _holder(self, reference: str, target: _Target) -> _Target | None:
        """The newest snapshot of the plan that is named, in the target's repository before all others."""
        for poller in sorted(self._pollers, key=lambda one: one is not target.poller):
            for facts in poller.facts.plans:
                named = _Target(poller, facts.settings, facts.newest) if facts.newest is not None else None
                if named is not None and self._is_named(reference, named):
                    return named
        return None

    async def _read_dump(
        self, inspection: Inspection, source: _DumpSource, *, cover: bool, unproven: Sequence[str]
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

        seen = self._live.find(dump) if self._live is not None else None
        if seen is not None and self._live is not None:
            descriptor = await self._live.open(seen.file)
            if descriptor is not None:
                try:
                    answer = await read(descriptor, lambda _: None)
                    if await self._live.unchanged(descriptor, seen.file):
                        return answer
                finally:
                    os.close(descriptor)
        await self._allow(source.poller, dump.size_bytes)
        reader, snapshot_id = source.poller.reader, source.snapshot.id
        patience = reader.patience()
        return await read(
            lambda pipe: reader.read_file(snapshot_id, dump.path, pipe, patience),
            self._meter(source.poller, patience.touch),
        )

    # --- keeping what was found

    async def _keep_tree(self, tree: str, contents: TreeContents) -> None:
        self._known.trees[tree] = contents
        await self._store.call(lambda store: store.save_tree(tree, contents))
        self._publish()

    async def _keep_coverage(
        self, target: _Target, source: _DumpSource, question: TreeQuestion, found: DumpAnswer
    ) -> str | None:
        tree, answer = target.snapshot.tree, found.coverage
        record = CoverageRecord(
            dump=source.dump.fingerprint,
            dump_time=source.dump.time,
            answered=question.answered,
            trouble=found.trouble,
        )
        missing = MissingRecord()
        if answer is not None:
            missing = MissingRecord(files=answer.missing, digests=answer.digests, gone=answer.gone)
            record = _with_counts(record, answer, await self._persistent(target, record.dump, answer))
        self._known.coverages[tree] = record
        await self._store.call(lambda store: store.save_coverage(tree, record, missing))
        self._publish()
        return record.trouble

    async def _persistent(self, target: _Target, dump: str, answer: CoverageAnswer) -> dict[MissingKind, bytes]:
        """What was missing under the dump before, too: each judged with the first snapshot after it."""
        tree = target.snapshot.tree
        known = target.poller.history(target.plan, self._clock.now()).known
        trees = comparable(known, tree, dump, self._known.coverages)
        if trees is None:
            return dict.fromkeys(MissingKind, b"")

        def load(store: Store) -> list[MissingRecord]:
            return [store.load_missing(one) for one in trees if one != tree]

        others = await self._store.call(load)
        return {
            kind: common(answer.digests.get(kind, b""), *(other.digests.get(kind, b"") for other in others))
            for kind in MissingKind
        }

    def _publish(self) -> None:
        for poller in self._pollers:
            poller.contents_changed()

    def _conclude(self, target: _Target, sentence: str | None) -> None:
        if sentence is None:
            self._known.sentences.pop(target.name, None)
        else:
            self._known.sentences[target.name] = sentence
        repository, plan = target.name
        self._announce.trouble(f"plan {repository}/{plan}", sentence and f"plan {repository}/{plan}: {sentence}")
        self._publish()

    # --- what may be read, and what goes wrong

    async def _allow(self, poller: RepositoryPoller, size_bytes: int = 0) -> None:
        """Raises where so much more may not be read today."""
        repository_id, since = poller.repository_id, self._clock.now() - _DAY
        before: Sequence[tuple[datetime, int]] = ()
        if repository_id is not None:
            before = await self._store.call(lambda store: store.read_since(repository_id, since))
        name = poller.settings.name
        self._left[name] = poller.settings.inspect.max_bytes_per_day - sum(size for _, size in before)
        self._left[name] -= self._known.read_bytes.get(name, 0) - self._noted.get(name, 0)
        if self._left[name] <= size_bytes:
            raise _BudgetSpentError

    def _meter(self, poller: RepositoryPoller, touch: Callable[[], None]) -> OnRead:
        """Counts what is read, and ends it where it becomes too much."""
        name, counted = poller.settings.name, 0

        def on_read(size_bytes: int) -> None:
            nonlocal counted
            touch()
            more, counted = size_bytes - counted, size_bytes
            self._known.read_bytes[name] = self._known.read_bytes.get(name, 0) + more
            self._left[name] = self._left.get(name, 0) - more
            if self._left[name] < 0:
                raise _BudgetSpentError

        return on_read

    async def _remember_reading(self) -> None:
        for poller in self._pollers:
            name, repository_id = poller.settings.name, poller.repository_id
            read = self._known.read_bytes.get(name, 0) - self._noted.get(name, 0)
            if read and repository_id is not None:
                self._noted[name] = self._known.read_bytes[name]
                await self._note(repository_id, read)

    async def _note(self, repository_id: str, size_bytes: int) -> None:
        await self._store.call(lambda store: store.save_reading(repository_id, size_bytes))

    async def _failed(self, target: _Target, error: RepositoryError | InspectionError) -> str | None:
        """Tell what changes under the reader's hands from what is damaged."""
        reader, snapshot = target.poller.reader, target.snapshot
        try:
            if snapshot.id not in (await reader.list()).snapshot_ids:
                self._postpone(target, _LOCKED_PAUSE)
                return None  # forgotten meanwhile
            if await reader.exclusively_locked(self._clock.now()):
                self._postpone(target, _LOCKED_PAUSE)
                return "Somebody prunes or checks the repository; it is looked into once that is over."
        except RepositoryError as unreachable:
            self._postpone(target, _LOCKED_PAUSE)
            return f"{unreachable.sentence} {unreachable.next_step}"
        failures = self._count_failure(target)
        if isinstance(error, InspectionError):
            return error.sentence
        if error.reason is FailureReason.DAMAGED and failures >= _DAMAGE_AFTER:
            self._known.damaged.add(target.key)
            return "It could not be read twice: something of it is damaged or gone. Run `restic check --read-data`."
        return f"{error.sentence} {error.next_step}"

    def _count_failure(self, target: _Target) -> int:
        failures = self.failures[target.key] = self.failures.get(target.key, 0) + 1
        self._postpone(target, inspection_pause(failures))
        return failures

    def _postpone(self, target: _Target, pause: timedelta) -> None:
        self._not_before[target.key] = self._clock.monotonic() + pause.total_seconds()


def _listing(target: _Target, patience: Patience) -> Feed:
    reader, snapshot_id = target.poller.reader, target.snapshot.id
    return lambda pipe: reader.list_tree(snapshot_id, pipe, patience)


def _with_counts(
    record: CoverageRecord, answer: CoverageAnswer, persistent: dict[MissingKind, bytes]
) -> CoverageRecord:
    gone = answer.gone
    return replace(
        record,
        counts=answer.counts,
        persistent={kind: len(digests) // DIGEST_BYTES for kind, digests in persistent.items()},
        gone=None if gone is None else len(gone) // DIGEST_BYTES,
        persistent_gone=None
        if gone is None
        else len(common(persistent.get(MissingKind.ORIGINAL, b""), gone)) // DIGEST_BYTES,
        immich_version=answer.immich_version,
        schema_level=answer.schema_level,
        media_location=answer.media_location,
    )
