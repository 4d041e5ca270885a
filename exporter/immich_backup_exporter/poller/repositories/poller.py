"""Polls one repository: list the names, let restic read what is new, keep it, publish what is known."""

import asyncio
from collections.abc import Callable, Container
from contextlib import suppress
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.own_snapshot import Candidate
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import AcceptRequest, RepositoryChange, RepositoryRecord
from immich_backup_exporter.domain.repository import CHEAPLY_LISTED, Independence
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.core.subjects import plan_subject, repository_subject
from immich_backup_exporter.poller.jobs.ledger import RunLedger
from immich_backup_exporter.poller.ports import RepositoryReader, Store

from .acceptances import Acceptances
from .conclusions import Conclusions
from .learner import Learner
from .plans import PlanConclusions
from .record_keeper import RecordKeeper
from .sightings import Sightings
from .sizing import Sizing

_LISTED_WITHIN_SECONDS = 2.0


class RepositoryPoller:
    """Learns of one repository, and hands what follows to ``publish``: after every poll and every size found out.

    Other modules see it as one of the protocols in :mod:`..core.repository_view`.
    """

    def __init__(
        self,
        settings: RepositorySettings,
        upload_location: str | None,
        reader: RepositoryReader,
        store: StoreAccess,
        clock: Clock,
        publish: Callable[[RepositoryFacts], None],
        runs: RunLedger | None = None,
        lineage: Lineage | None = None,
        contents: KnownContents | None = None,
    ) -> None:
        runs, lineage, contents = runs or RunLedger(), lineage or Lineage(), contents or KnownContents()
        announce = Announcer(Message("polling.repository", name=settings.name), repository=settings.name)
        keeper = RecordKeeper(settings, reader.location, upload_location, store, clock, lineage)
        plans = PlanConclusions(settings, upload_location, keeper, runs, lineage, contents, announce)
        self.settings = settings
        self.reader = reader
        self.hurried = asyncio.Event()
        """Set when the next poll should not wait for its time."""
        self._clock = clock
        self._publish = publish
        self._announce = announce
        self._keeper = keeper
        self._learner = Learner(settings, reader, keeper, lineage, clock, announce)
        self._sightings = Sightings(settings, keeper, lineage, clock)
        self._conclusions = Conclusions(settings, reader, keeper, plans, runs, contents, clock.now())
        self._sizing = Sizing(settings, reader, keeper, lineage, clock, self.learn)
        self._acceptances = Acceptances(settings, keeper, clock, announce, self.learn, self.hurry)
        self._success_began: float | None = None

    # --- what others see

    @property
    def facts(self) -> RepositoryFacts:
        return self._conclusions.facts

    @property
    def record(self) -> RepositoryRecord:
        return self._keeper.record

    @property
    def repository_id(self) -> str | None:
        """The id of the repository that is there, once it is known."""
        return self._keeper.repository_id

    @property
    def success_began(self) -> float | None:
        """When this process's last successful poll began, by the clock that does not jump."""
        return self._success_began

    @property
    def subjects(self) -> frozenset[str]:
        """How the state store calls the repository and its plans."""
        name, location = self.settings.name, self.reader.location
        plans = (plan_subject(name, plan.name, location) for plan in self.settings.plans)
        return frozenset((repository_subject(name, location), *plans))

    def history(self, plan: PlanSettings, now: datetime) -> PlanHistory:
        """The plan's snapshots, with all that other repositories know of where they come from."""
        return self._keeper.history(plan, now)

    def candidates(self, plan: str | None, elsewhere: Container[str] = frozenset()) -> list[Candidate]:
        """What runs that back up the plan, or the whole repository, may have made; copies from ``elsewhere`` are not
        among them.
        """
        return self._sightings.candidates(plan, elsewhere)

    def unread_since(self) -> datetime | None:
        """When the newest snapshot that restic cannot read was first listed, if this process saw it appear."""
        return self._sightings.unread_since()

    # --- at start, at reload and at the end

    def restore(self, store: Store) -> RepositoryFacts:
        """Take up what the state store holds, before anything runs. Events come back, states do not."""
        self._keeper.restore(store)
        self._conclusions.restore(store, self._clock.now())
        return self.facts

    def reopen(self) -> None:
        """Let restic open the repository at the next poll."""
        self._learner.reopen()

    def hurry(self) -> None:
        """Something has just changed the repository: look soon."""
        self.hurried.set()

    async def remember_success(self) -> None:
        """Write down when the last poll succeeded."""
        await self._keeper.keep_success(self.facts.last_poll_success)

    # --- looking

    async def poll(self) -> None:
        """Look once. Never raises but when it is cancelled: a failure is a fact like any other."""
        started = self._clock.monotonic()
        error: RepositoryError | None = None
        try:
            listing = await self.reader.list()
            if not self._learner.is_settled(listing):
                self._sightings.note(listing)
            self._conclusions.listed(listing.locks, self._clock.now())
            await self._learner.learn(listing, self.facts.last_poll_success)
        except RepositoryError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - one source's fault of ours must not blank the others
            self._announce.defect(caught)
            error = _our_fault(caught)
        if error is None:
            self._success_began = started
        await self._conclude(error, self._clock.monotonic() - started)

    async def note_listed(self) -> None:
        """Note what is listed at this moment, where that costs no process; failing shows at the next poll."""
        if self.reader.backend in CHEAPLY_LISTED:
            with suppress(RepositoryError, TimeoutError):
                async with asyncio.timeout(_LISTED_WITHIN_SECONDS):
                    listing = await self.reader.list()
                    if not self._learner.is_settled(listing):
                        self._sightings.note(listing)

    async def find_sizes(self) -> None:
        """Find out sizes that no summary tells; after a failure it waits before it returns."""
        await self._sizing.find()

    async def find_tree_sizes(self) -> None:
        """Find out the sizes of the newest snapshots only. Raises ``RepositoryError``."""
        await self._sizing.find_of_trees()

    # --- what others found out

    async def learn(self, change: RepositoryChange) -> None:
        """Take in what was found out between two polls, and publish it."""
        await self._keeper.keep(change)
        self._conclusions.draw(self._clock.now())
        self._publish(self.facts)

    async def accept(self, request: AcceptRequest, *, unseen: bool = False) -> bool:
        """Take what there is of a plan now for what is usual; see :meth:`.acceptances.Acceptances.accept`."""
        return await self._acceptances.accept(request, self._success_began, unseen=unseen)

    def reconsider(self) -> RepositoryFacts:
        """Conclude anew: other jobs are declared, or runs were reported."""
        self._conclusions.outdate()
        self._conclusions.draw(self._clock.now())
        return self.facts

    def contents_changed(self) -> None:
        """More is known of what is in snapshots: conclude anew, and publish."""
        self._publish(self.reconsider())

    def independence_changed(self, found: Independence) -> None:
        """Take in what the repository has in common with the library and with other repositories."""
        self._conclusions.independent(found)
        self._publish(self.reconsider())

    async def runs_changed(self) -> None:
        """Take in what was reported, and publish what follows."""
        await self._keeper.keep_checks(self._conclusions.checks(), self._conclusions.read_parts())
        self._publish(self.reconsider())

    async def _conclude(self, error: RepositoryError | None, seconds: float) -> None:
        now, failed_before = self._clock.now(), self.facts.failure is not None
        listed = error is None or error is self._learner.restic_error
        self._conclusions.polled(error, seconds, now, listed=listed)
        await self._keeper.keep_checks(self._conclusions.checks(), self._conclusions.read_parts())
        self._conclusions.draw(now)
        self._announce.trouble(
            Message("polling.reading"),
            error.message if error else None,
            error.next_step if error else None,
            **({"reason": error.reason.value} if error else {}),
        )
        success = self.facts.last_poll_success
        if (error is not None and not failed_before) or self._keeper.success_outdated(success):
            await self._keeper.keep_success(success)  # an outage begins: its age must survive a restart
        await self._keeper.retry()
        self._publish(self.facts)


def _our_fault(error: Exception) -> RepositoryError:
    """A defect of this agent; the class's name is all that is certain to hold no secret."""
    return RepositoryError(
        FailureReason.UNKNOWN,
        Message("polling.defect", kind=type(error).__name__),
        Message("polling.defect_step"),
        transient=True,
    )
