"""One look into one snapshot: its files, its dump, and how the two compare."""

from dataclasses import replace

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import DumpAnswer, TreeContents
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.immich import DumpOutcome
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.poller.looking.locks import LockGuard
from immich_backup_exporter.poller.ports import Inspection

from .dump_reading import DumpReading
from .failures import Failures
from .keeping import ContentsKeeper
from .known import KnownContents
from .questions import Questions
from .targets import DumpSource, Target, Targets
from .trees import ExternalLibraries, TreeLooks


class HolderError(Exception):
    """The dump in another plan's snapshot could not be read: that is that snapshot's fault."""

    def __init__(self, holder: Target, error: RepositoryError) -> None:
        super().__init__()
        self.holder = holder
        self.error = error


class Looks:
    """Finds out everything about a snapshot that is due."""

    def __init__(
        self,
        targets: Targets,
        questions: Questions,
        trees: TreeLooks,
        dumps: DumpReading,
        external: ExternalLibraries,
        known: KnownContents,
        keeper: ContentsKeeper,
        failures: Failures,
        guard: LockGuard,
        clock: Clock,
    ) -> None:
        self._targets = targets
        self._questions = questions
        self._trees = trees
        self._dumps = dumps
        self._external = external
        self._known = known
        self._keeper = keeper
        self._failures = failures
        self._guard = guard
        self._clock = clock

    async def look(self, inspection: Inspection, target: Target) -> Text | None:
        """Look, keep what was found, and return why something of it stays unknown.

        Raises ``RepositoryError``, ``InspectionError``, ``LockedError``, ``BudgetSpentError`` and :class:`HolderError`.
        """
        question = self._questions.about(target.plan, target.snapshot)
        contents = await self._trees.look(inspection, target, question)
        await self._keeper.keep_tree(target.snapshot.tree, contents)
        if not contents.answer.known:
            return contents.answer.sentence
        now = self._clock.now()
        source = self._targets.source(target, contents, now)
        cover = "originals" in target.plan.holds
        if source is None or not (cover or contents.verdict is None):
            return None
        unanswerable = self._targets.unanswerable(target, now)
        unproven = await self._external.unproven(inspection, target) if cover else []
        found = await self._read(inspection, source, cover, unproven)
        await self._keep_verdict(source, contents, found)
        if not cover:
            return None
        if found.verdict.outcome is not DumpOutcome.VALID:
            return self._not_whole(source, found)
        return await self._keeper.keep_coverage(target, source, question.answered - unanswerable, found)

    async def _read(self, inspection: Inspection, source: DumpSource, cover: bool, unproven: list[str]) -> DumpAnswer:
        try:
            if source.elsewhere:
                await self._guard.require_unlocked(source.holder.repository.reader)
            found = await self._dumps.read(inspection, source, cover=cover, unproven=unproven)
        except RepositoryError as error:
            if not source.elsewhere:
                raise
            raise HolderError(source.holder, error) from None
        self._failures.succeeded(source.holder)
        return found

    async def _keep_verdict(self, source: DumpSource, contents: TreeContents, found: DumpAnswer) -> None:
        tree = source.holder.snapshot.tree
        held = self._known.tree(tree) if source.elsewhere else contents
        if held is not None:
            await self._keeper.keep_tree(tree, replace(held, verdict=found.verdict))

    def _not_whole(self, source: DumpSource, found: DumpAnswer) -> Text | None:
        """A finding about the tree itself says so of its own dump."""
        if not source.elsewhere:
            return None
        return Message("looking.dump_of_plan", plan=source.holder.full_name, sentence=found.verdict.sentence)
