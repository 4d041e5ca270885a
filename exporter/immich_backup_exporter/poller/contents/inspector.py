"""Looks into the newest snapshot of each plan, one after the other: once for each tree, and then never again."""

from collections.abc import Sequence

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import InspectionError, RepositoryError
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.settings import ContentSettings
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.repository_view import InspectedRepository
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.looking.budget import Budget, BudgetSpentError
from immich_backup_exporter.poller.looking.due import Due
from immich_backup_exporter.poller.looking.locks import LockedError, LockGuard
from immich_backup_exporter.poller.ports import InspectionFactory, LiveDumps

from .dump_reading import DumpReading
from .failures import Failures, TreeKey
from .keeping import ContentsKeeper
from .known import KnownContents
from .looks import HolderError, Looks
from .questions import Questions
from .targets import Target, Targets
from .trees import ExternalLibraries, TreeLooks


class Inspector:
    """Finds out what is in snapshots. ``known`` is where it goes, for the repositories' pollers to take up.

    ``due`` says which snapshots failed before; without it none did.
    """

    def __init__(
        self,
        repositories: Sequence[InspectedRepository],
        settings: ContentSettings,
        upload_location: str | None,
        workshop: InspectionFactory,
        known: KnownContents,
        store: StoreAccess,
        clock: Clock,
        live: LiveDumps | None = None,
        due: Due[TreeKey] | None = None,
    ) -> None:
        known.declare(one.settings for one in repositories)
        announce = Announcer(Message("looking.source"))
        plans = [plan for one in repositories for plan in one.settings.plans]
        questions = Questions(plans, settings, upload_location)
        guard, budget = LockGuard(clock), Budget(known.read, store, clock)
        targets = Targets(repositories, settings, questions, known)
        failures = Failures(known, guard, due or Due(clock))
        dumps = DumpReading(live, budget, upload_location)
        self._repositories = repositories
        self._workshop = workshop
        self._known = known
        self._clock = clock
        self._announce = announce
        self._guard = guard
        self._budget = budget
        self._targets = targets
        self._failures = failures
        self._looks = Looks(
            targets,
            questions,
            TreeLooks(known, dumps, budget, upload_location),
            dumps,
            ExternalLibraries(settings.external, targets, guard, budget, clock, announce),
            known,
            ContentsKeeper(repositories, known, store, clock),
            failures,
            guard,
            clock,
        )

    async def step(self) -> bool:
        """Look into one snapshot, if there is one to look into now."""
        for repository in self._targets.changed():
            repository.contents_changed()
        for target in self._targets.due(self._clock.now()):
            if self._failures.is_due(target):
                await self._inspect(target)
                return True
        return False

    async def _inspect(self, target: Target) -> None:
        sentence: Text | None = None
        try:
            await self._guard.require_unlocked(target.repository.reader)
            await self._budget.allow(target.repository)
            async with self._workshop.inspection() as inspection:
                sentence = await self._looks.look(inspection, target)
            self._failures.succeeded(target)
        except LockedError:
            sentence = self._failures.locked(target)
        except BudgetSpentError:
            sentence = self._failures.spent(target)
        except HolderError as failure:
            sentence = await self._failures.failed_elsewhere(target, failure.holder, failure.error)
            failure.holder.repository.contents_changed()
        except (RepositoryError, InspectionError) as error:
            sentence = await self._failures.failed(target, error)
        finally:
            await self._budget.remember(self._repositories)
            self._conclude(target, sentence)

    def _conclude(self, target: Target, sentence: Text | None) -> None:
        self._known.explain(target.name, sentence)
        plan = target.full_name
        self._announce.trouble(
            Message("looking.plan", plan=plan),
            Message("looking.plan_unknown", plan=plan, sentence=sentence) if sentence else None,
        )
        target.repository.contents_changed()
