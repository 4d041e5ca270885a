"""Looks through the files of snapshots: of the one to look into, and of those that hold its external libraries."""

from collections.abc import Sequence

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import TreeAnswer, TreeContents, TreeQuestion
from immich_backup_exporter.domain.errors import InspectionError, RepositoryError
from immich_backup_exporter.domain.immich import DumpVerdict
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.settings import ExternalMapping
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.looking.budget import Budget, BudgetSpentError
from immich_backup_exporter.poller.looking.locks import LockGuard
from immich_backup_exporter.poller.ports import Feed, Inspection
from immich_backup_exporter.processes import Patience

from .dump_reading import DumpReading
from .known import KnownContents
from .questions import about_external
from .targets import Target, Targets, is_named

_NEEDED = ("library", "upload", "profile", "backups")
"""Folders that the live disk is asked about where they are empty in a snapshot."""


class TreeLooks:
    """Finds out what a target's tree holds."""

    def __init__(self, known: KnownContents, dumps: DumpReading, budget: Budget, upload_location: str | None) -> None:
        self._known = known
        self._dumps = dumps
        self._budget = budget
        self._upload_location = upload_location

    async def look(self, inspection: Inspection, target: Target, question: TreeQuestion) -> TreeContents:
        patience = target.repository.reader.patience()
        meter = self._budget.meter(target.repository, patience.touch)
        answer = await inspection.tree(question, _listing(target, patience), meter)
        return TreeContents(
            answer=answer,
            answered=question.answered,
            settled_folders=await self._settled_folders(inspection, target, answer),
            verdict=self._known_verdict(target.snapshot.tree, answer),
        )

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
        before = self._known.tree(tree)
        if before is not None and before.verdict is not None and before.answer.dump == answer.dump:
            return before.verdict
        return self._dumps.live_verdict(answer.dump)


class ExternalLibraries:
    """Looks for external libraries in the snapshots of the plans that hold them."""

    def __init__(
        self,
        mappings: Sequence[ExternalMapping],
        targets: Targets,
        guard: LockGuard,
        budget: Budget,
        clock: Clock,
        announce: Announcer,
    ) -> None:
        self._mappings = mappings
        self._targets = targets
        self._guard = guard
        self._budget = budget
        self._clock = clock
        self._announce = announce

    async def unproven(self, inspection: Inspection, target: Target) -> list[str]:
        """Look through the snapshots of other plans; returns the libraries that were not found in any."""
        unproven: list[str] = []
        for mapping in self._mappings:
            if mapping.plan is not None and is_named(mapping.plan, target):
                continue
            other = None
            if mapping.plan is not None:
                other = self._targets.holder(mapping.plan, target, self._clock.now())
            if other is None or not await self._is_read(inspection, mapping, other):
                unproven.append(mapping.container)
        return unproven

    async def _is_read(self, inspection: Inspection, mapping: ExternalMapping, other: Target) -> bool:
        """Look for an external library in its own plan's snapshot. Whether that went well: what lies beside must not
        keep Immich's own photos from being judged.
        """
        repository = other.repository
        patience = repository.reader.patience()
        sentence: Text | None = None
        try:
            await self._guard.require_unlocked(repository.reader)
            await self._budget.allow(repository)
            meter = self._budget.meter(repository, patience.touch)
            question = about_external(mapping, other.snapshot)
            await inspection.external_tree(question, _listing(other, patience), meter)
        except BudgetSpentError:
            sentence = Message("looking.spent")
        except (RepositoryError, InspectionError) as error:
            sentence = error.message
        plan = other.full_name
        self._announce.trouble(
            Message("looking.external", plan=plan),
            Message("looking.external_unproven", plan=plan, sentence=sentence) if sentence else None,
        )
        return sentence is None


def _listing(target: Target, patience: Patience) -> Feed:
    reader, snapshot_id = target.repository.reader, target.snapshot.id
    return lambda pipe: reader.list_tree(snapshot_id, pipe, patience)
