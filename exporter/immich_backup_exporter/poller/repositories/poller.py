"""Polls one repository: list the names, let restic read what is new, keep it, publish what is known."""

import asyncio
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.own_snapshot import Candidate
from immich_backup_exporter.analysis.restic_checks import folded_checks
from immich_backup_exporter.analysis.selection import selection_key
from immich_backup_exporter.analysis.snapshots import PlanHistory, count_record, in_future
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.records import (
    Acceptance,
    AcceptRequest,
    CheckRecord,
    CountRecord,
    Gone,
    RepositoryChange,
    RepositoryRecord,
    Unreadable,
)
from immich_backup_exporter.domain.repository import Independence, Listing
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.schedule import OPEN_INTERVAL, unreadable_pause
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.core.subjects import plan_subject, repository_subject
from immich_backup_exporter.poller.jobs.ledger import RunLedger
from immich_backup_exporter.poller.ports import RepositoryReader, Store

from .conclusions import Conclusions
from .locks import Locks
from .record import applied
from .restic_pause import ResticPause

_CHEAPLY_LISTED = ("local", "rest")
_LISTED_WITHIN_SECONDS = 2.0


class RepositoryPoller:
    """What is known of one repository, and how to learn more.

    ``publish`` is handed the facts after every poll and after every size that was found out.
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
        self.settings = settings
        self.reader = reader
        self.upload_location = upload_location
        self._store = store
        self.clock = clock
        self._publish = publish
        self._runs = runs or RunLedger()
        self._lineage = lineage or Lineage()
        self.contents = contents or KnownContents()
        self.independence: Independence | None = None
        self.hurried = asyncio.Event()
        """Set when the next poll should not wait for its time."""
        self.success_began: float | None = None
        """When this process's last successful poll began, by the clock that does not jump."""
        self._announce = Announcer(f"repository {settings.name}", repository=settings.name)
        self._conclusions = Conclusions(
            settings, upload_location, self._runs, self._lineage, self.contents, self._announce
        )
        self._repository_id: str | None = None
        self.record = RepositoryRecord()
        self._known: frozenset[str] = frozenset()
        self._seen: dict[str, datetime] = {}
        """Since when snapshots were certainly listed, of those that appeared since this process began."""
        self._restored = clock.now()
        self._settled: frozenset[str] | None = None
        self._locks = Locks()
        self._opened_at: float | None = None
        self._pause = ResticPause(clock, settings.poll_interval)
        self._size_outdated = True
        self._success_noted: datetime | None = None
        self._asked: dict[datetime, float] = {}
        self._outdated = True
        self.facts = RepositoryFacts(settings=settings, backend=reader.backend, expected_since=clock.now())

    # --- at start and at reload

    @property
    def subjects(self) -> frozenset[str]:
        """How the state store calls the repository and its plans."""
        name, location = self.settings.name, self.reader.location
        plans = (plan_subject(name, plan.name, location) for plan in self.settings.plans)
        return frozenset((repository_subject(name, location), *plans))

    def restore(self, store: Store) -> RepositoryFacts:
        """Take up what the state store holds, before anything runs. Events come back, states do not."""
        now = self.clock.now()
        name, location = self.settings.name, self.reader.location
        self._conclusions.expected_since = {
            plan.name: store.expected_since(plan_subject(name, plan.name, location), now)
            for plan in self.settings.plans
        }
        self.facts = replace(self.facts, expected_since=store.expected_since(repository_subject(name, location), now))
        self._repository_id = store.bound_repository(name, location)
        if self._repository_id is not None:
            self._take(store.load_repository(self._repository_id))
        self._size_outdated = self.record.size is None
        self._refresh(now)
        return self.facts

    def reopen(self) -> None:
        """Let restic open the repository at the next poll."""
        self._opened_at = None
        self._pause.end()

    def hurry(self) -> None:
        """Something has just changed the repository: look soon."""
        self.hurried.set()

    # --- a poll

    async def poll(self) -> None:
        """Look once. Never raises but when it is cancelled: a failure is a fact like any other."""
        started = self.clock.monotonic()
        error: RepositoryError | None = None
        try:
            listing = await self.reader.list()
            self._note_new(listing)
            self._locks = self._locks.listed(listing.locks, self.clock.now())
            await self._learn(listing)
        except RepositoryError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - one source's fault of ours must not blank the others
            self._announce.defect(caught)
            error = _our_fault(caught)
        if error is None:
            self.success_began = started
        await self._conclude(error, self.clock.monotonic() - started)

    async def note_listed(self) -> None:
        """Note what is listed at this moment, where that costs no process; failing shows at the next poll."""
        if self.reader.backend in _CHEAPLY_LISTED:
            with suppress(RepositoryError, TimeoutError):
                async with asyncio.timeout(_LISTED_WITHIN_SECONDS):
                    self._note_new(await self.reader.list())

    def _note_new(self, listing: Listing) -> None:
        if listing.snapshot_ids is not self._settled:
            now, known = self.clock.now(), self._known | self.record.unreadable.keys()
            self._seen |= dict.fromkeys(listing.snapshot_ids - known - self._seen.keys(), now)

    async def _learn(self, listing: Listing) -> None:
        """Let restic read what nobody knows yet, and keep what the listing itself tells."""
        if listing.snapshot_ids is self._settled and not self._open_due(listing):
            return  # the very names of last time, of which nothing was left to do
        self._settled = None
        if self._open_due(listing) or self._unknown(listing):
            await self._with_restic(listing)
        else:
            self._pause.over()
        await self._keep(self._moved(listing))
        if not self.record.unreadable:
            self._settled = listing.snapshot_ids

    async def _with_restic(self, listing: Listing) -> None:
        self._pause.check()
        try:
            if self._open_due(listing):
                await self._open()
            unknown = self._unknown(listing)
            if unknown:
                await self._read(unknown)
        except RepositoryError as error:
            self._pause.failed(error)
            raise
        self._pause.over()

    def _open_due(self, listing: Listing) -> bool:
        if self._opened_at is None or self.clock.monotonic() - self._opened_at > OPEN_INTERVAL.total_seconds():
            return True
        present = self.record.present
        return bool(present) and present.isdisjoint(listing.snapshot_ids)  # another repository in its place?

    async def _open(self) -> None:
        self._opened_at = None
        repository_id = await self.reader.open()
        replaced = self._repository_id is not None and repository_id != self._repository_id
        if repository_id != self._repository_id:
            name, location = self.settings.name, self.reader.location

            def switch(store: Store) -> RepositoryRecord:
                store.bind_repository(name, location, repository_id)
                return store.load_repository(repository_id)

            self._take(await self._store.call(switch))
            self._repository_id = repository_id
        self._opened_at = self.clock.monotonic()
        now = self.clock.now()
        never_seen = self.record == RepositoryRecord()
        await self._keep(RepositoryChange(last_open_success=now, since=now if replaced and never_seen else None))

    def _unknown(self, listing: Listing) -> frozenset[str]:
        now = self.clock.now()
        unreadable = self.record.unreadable
        waiting = {id_ for id_, entry in unreadable.items() if entry.retry_at > now}
        return listing.snapshot_ids - self._known - waiting

    async def _read(self, ids: frozenset[str]) -> None:
        """One restic process for all new ids; those that it does not return are asked for again only after a while."""
        read = await self.reader.snapshots(ids)
        found = [self._lineage.inherited(snapshot) for snapshot in read if snapshot.id in ids]
        missing = ids.difference(snapshot.id for snapshot in found)
        if missing:  # forgotten since they were listed?
            missing &= (await self.reader.list()).snapshot_ids
        now = self.clock.now()
        unreadable = dict(self.record.unreadable)
        for snapshot in found:
            unreadable.pop(snapshot.id, None)
        for id_ in missing:
            before = unreadable.get(id_)
            unreadable[id_] = Unreadable(
                attempts=before.attempts + 1 if before else 1, retry_at=now + unreadable_pause(before)
            )
        change = RepositoryChange(added=tuple(found))
        if unreadable != self.record.unreadable:
            change = replace(change, unreadable=unreadable)
        await self._keep(change)
        self._announce.trouble(
            "every snapshot",
            f"restic did not return {len(unreadable)} of the listed snapshots." if unreadable else None,
            "Run `restic snapshots` and `restic check`: a snapshot file may be damaged or unreadable for this user.",
        )

    def _moved(self, listing: Listing) -> RepositoryChange:
        """What the listing says about snapshots that are known, and about counts."""
        now = self.clock.now()
        change = RepositoryChange(
            gone=self.record.present - listing.snapshot_ids,
            gone_when=Gone(after=self.facts.last_poll_success or now, seen=now),
            back=(listing.snapshot_ids & self._known) - self.record.present,
        )
        vanished = self.record.unreadable.keys() - listing.snapshot_ids
        if vanished:
            left = {id_: entry for id_, entry in self.record.unreadable.items() if id_ not in vanished}
            change = replace(change, unreadable=left)
        return change if change.gone else replace(change, gone_when=None)

    async def _keep(self, change: RepositoryChange) -> None:
        """Take a change into the record and write it down, with what follows from it."""
        if not change or self._repository_id is None:
            return
        self._take(applied(self.record, change))
        self._size_outdated = self._size_outdated or bool(change.added or change.gone)
        counts = self._new_counts()
        if counts:
            self._take(applied(self.record, RepositoryChange(counts=counts)))
        now = self._success_noted = self.clock.now()
        written = replace(change, counts=counts, last_poll_success=now)
        repository_id = self._repository_id
        await self._store.call(lambda store: store.save_repository(repository_id, written))

    def _new_counts(self) -> tuple[CountRecord, ...]:
        now = self.clock.now()
        records = (
            count_record(selection_key(plan, self.upload_location), self.history(plan, now), self.record.counts, now)
            for plan in self.settings.plans
        )
        return tuple(record for record in records if record is not None)

    def _take(self, record: RepositoryRecord) -> None:
        self.record = record
        self._outdated = True
        self._known = frozenset(snapshot.id for snapshot in record.snapshots)
        self._lineage.add(record.snapshots, record.tree_sizes)

    # --- sizes, found out between polls

    def size_due(self) -> bool:
        """Whether to ask what the repository stores: never more often than configured, nor while nothing changed."""
        interval = self.settings.stats_interval
        if interval is None or not self._size_outdated or not self.record.present:
            return False  # what an empty repository stores is nothing worth knowing, and would stand for a day
        return self.record.size_time is None or self.clock.now() - self.record.size_time >= interval

    def history(self, plan: PlanSettings, now: datetime) -> PlanHistory:
        """The plan's snapshots, with all that other repositories know of where they come from."""
        return self._conclusions.history(plan, self.record, now)

    async def inherit(self) -> None:
        """Take over what other repositories have learned about listed snapshots since those were read."""
        known = [snapshot for snapshot in self.record.snapshots if snapshot.id in self.record.present]
        richer = [(snapshot, self._lineage.inherited(snapshot)) for snapshot in known if snapshot.size_bytes is None]
        changed = tuple(new for old, new in richer if new != old and old.tree not in self.record.tree_sizes)
        if changed:
            await self.learn(RepositoryChange(added=changed))

    async def learn(self, change: RepositoryChange) -> None:
        """Take in what was found out between two polls, and publish it."""
        await self._keep(change)
        if change.size is not None:
            self._size_outdated = False
        self._refresh(self.clock.now())
        self._publish(self.facts)

    async def accept(self, request: AcceptRequest, *, unseen: bool = False) -> bool:
        """Take what there is of a plan now for what is usual. Returns whether the request is done with.

        It is not before a poll that began after it was heard of has succeeded, since whoever asks may know of a
        snapshot that the last one did not see; ``unseen``: do it without. One that was taken in before changes nothing.
        """
        plan = next((plan for plan in self.settings.plans if plan.name == request.plan), None)
        if plan is None:
            return True
        before = self.record.accepted.get(plan.name)
        if before is not None and before.time >= request.time:
            return True
        if in_future(request.time, self.clock.now()):
            return False  # left by a clock that was ahead: it would stand before every later one
        if not (unseen or self._looked_since(request)) or self._repository_id is None:
            return False
        history = self.history(plan, self.clock.now())
        since = history.newest.time if history.newest else request.time
        said = Acceptance(time=request.time, reason=request.reason, since=since, count=len(history.present))
        await self.learn(RepositoryChange(accepted={plan.name: said}))
        self._announce.news(f"plan {plan.name}: what there is now was accepted as usual.", reason=request.reason)
        return True

    def _looked_since(self, request: AcceptRequest) -> bool:
        if request.time not in self._asked:
            self._asked[request.time] = self.clock.monotonic()
            self.hurry()
        return self.success_began is not None and self.success_began > self._asked[request.time]

    # --- what follows

    async def _conclude(self, error: RepositoryError | None, seconds: float) -> None:
        now = self.clock.now()
        before = self.facts
        self.facts = replace(
            before,
            up=error is None,
            failure=error.reason if error else None,
            failure_sentence=error.message if error else None,
            failure_next_step=error.next_step if error else None,
            last_poll=now,
            last_poll_success=before.last_poll_success if error else now,
            poll_duration_seconds=seconds,
            polls=before.polls + 1,
            poll_failures=before.poll_failures + (1 if error else 0),
        )
        listed = error is None or error is self._pause.error
        self.facts = replace(self.facts, locks=self._locks.facts if listed else None)
        await self._keep_checks()
        self._refresh(now)
        self._announce.trouble(
            "reading it",
            error.message if error else None,
            error.next_step if error else "",
            **({"reason": error.reason.value} if error else {}),
        )
        if (error is not None and before.failure is None) or self._success_outdated():
            await self.remember_success()  # an outage begins: its age must survive a restart
        await self._store.retry()
        self._publish(self.facts)

    # --- what runs of jobs reported

    def candidates(self, plan: str | None, elsewhere: Container[str] = frozenset()) -> list[Candidate]:
        """What runs that back up the plan may have made: all that were ever seen of it, or of the whole repository.

        But for copies of snapshots ``elsewhere``.
        """
        snapshots = self.record.snapshots
        for settings in self.settings.plans:
            if settings.name == plan:
                snapshots = self.history(settings, self.clock.now()).known
        ancestries = [(snapshot, tuple(self._lineage.ancestry(snapshot))) for snapshot in snapshots]
        return [
            Candidate(
                snapshot=snapshot,
                ids=ids,
                listed=snapshot.id in self.record.present,
                seen=self._seen.get(snapshot.id, self._restored),
            )
            for snapshot, ids in ancestries
            if not any(id_ in elsewhere and id_ not in self._known for id_ in ids)
        ]

    def unread_since(self) -> datetime | None:
        """When the newest snapshot that restic cannot read was first listed, if this process saw it appear."""
        return max((self._seen[id_] for id_ in self.record.unreadable if id_ in self._seen), default=None)

    def reconsider(self) -> RepositoryFacts:
        """Conclude anew: other jobs are declared, or runs were reported."""
        self._outdated = True
        self._refresh(self.clock.now())
        return self.facts

    @property
    def repository_id(self) -> str | None:
        """The id of the repository that is there, once it is known."""
        return self._repository_id

    def contents_changed(self) -> None:
        """More is known of what is in snapshots: conclude anew, and publish."""
        self._publish(self.reconsider())

    async def runs_changed(self) -> None:
        """Take in what was reported, and publish what follows."""
        await self._keep_checks()
        self._publish(self.reconsider())

    def _checks(self) -> Mapping[CheckScope, CheckRecord]:
        return folded_checks(self.record.checks, self._runs.checks(self.settings.name, self.record.since))

    async def _keep_checks(self) -> None:
        """Write down what checks found, so that it outlives the runs: to the repository's id, as all else about it."""
        checks, repository_id = self._checks(), self._repository_id
        new = {scope: check for scope, check in checks.items() if self.record.checks.get(scope) != check}
        if new and repository_id is not None:
            change = RepositoryChange(checks=new)
            self.record = applied(self.record, change)
            await self._store.call(lambda store: store.save_repository(repository_id, change))

    def _success_outdated(self) -> bool:
        """Whether somebody who knows only what was written down would soon take the repository for unreachable."""
        success, noted = self.facts.last_poll_success, self._success_noted
        return success is not None and (noted is None or success - noted >= self.settings.unreachable_after / 2)

    async def remember_success(self) -> None:
        """Write down when the last poll succeeded: polls that find nothing new do not."""
        success, repository_id = self.facts.last_poll_success, self._repository_id
        if success is not None and repository_id is not None and success != self.record.last_poll_success:
            self._success_noted = success
            change = RepositoryChange(last_poll_success=success)
            self.record = applied(self.record, change)
            await self._store.call(lambda store: store.save_repository(repository_id, change))

    def _refresh(self, now: datetime) -> None:
        """Derive the facts from the record; those of the plans only where the record or time changed something."""
        commands, seconds = self.reader.commands()
        record = self.record
        succeeded = self.facts.last_poll_success or record.last_poll_success
        locked = None if self.facts.locks is None else self._locks.in_progress(now)
        self.facts = replace(
            self.facts,
            last_poll_success=succeeded,
            last_open_success=record.last_open_success,
            snapshots=len(record.present) if succeeded else None,
            unreadable_snapshots=len(record.unreadable) if succeeded else None,
            size=record.size,
            independence=self.independence,
            read_bytes=self.contents.read_bytes.get(self.settings.name, 0),
            checks=self._checks(),
            commands=tuple(commands),
            command_seconds=seconds,
            plans=self._conclusions.plans(
                self.facts.plans,
                record,
                now,
                listed=succeeded is not None,
                outdated=self._outdated,
                locked=locked,
            ),
        )
        self._outdated = False


def _our_fault(error: Exception) -> RepositoryError:
    """A defect of this agent, said in one sentence; the class's name is all that is certain to hold no secret."""
    return RepositoryError(
        FailureReason.UNKNOWN,
        f"the agent failed with an unexpected {type(error).__name__}.",
        "This is a defect of the agent; please report it with the log at --log.level=debug.",
        transient=True,
    )
