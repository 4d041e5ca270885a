"""Lets restic read what a listing shows and the record does not hold yet."""

from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Gone, RepositoryChange, Unreadable
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.schedule import OPEN_INTERVAL, unreadable_pause
from immich_backup_exporter.poller.ports import RepositoryReader

from .record_keeper import RecordKeeper
from .restic_pause import ResticPause


class Learner:
    """Decides when restic is started for a repository: for new snapshots, and once a day to open it."""

    def __init__(
        self,
        settings: RepositorySettings,
        reader: RepositoryReader,
        keeper: RecordKeeper,
        lineage: Lineage,
        clock: Clock,
        announce: Announcer,
    ) -> None:
        self._reader = reader
        self._keeper = keeper
        self._lineage = lineage
        self._clock = clock
        self._announce = announce
        self._settled: frozenset[str] | None = None
        self._opened_at: float | None = None
        self._pause = ResticPause(clock, settings.poll_interval)

    @property
    def restic_error(self) -> RepositoryError | None:
        """What restic failed with last, until it succeeds."""
        return self._pause.error

    def reopen(self) -> None:
        """Let restic open the repository at the next poll."""
        self._opened_at = None
        self._pause.end()

    def is_settled(self, listing: Listing) -> bool:
        """Whether these are the very names of last time, of which nothing was left to do."""
        return listing.snapshot_ids is self._settled

    async def learn(self, listing: Listing, last_success: datetime | None) -> None:
        """Let restic read what is new, and keep what the listing itself tells. Raises ``RepositoryError``.

        ``last_success`` is when the last poll before this one succeeded: what is gone was there then.
        """
        if self.is_settled(listing) and not self.open_due(listing):
            return
        self._settled = None
        if self.open_due(listing) or self._unknown(listing):
            await self._with_restic(listing)
        else:
            self._pause.over()
        await self._keeper.keep(self._moved(listing, last_success))
        if not self._keeper.record.unreadable:
            self._settled = listing.snapshot_ids

    def open_due(self, listing: Listing) -> bool:
        """Whether restic is to open the repository, since that was long ago or it may be another one."""
        if self._opened_at is None or self._clock.monotonic() - self._opened_at > OPEN_INTERVAL.total_seconds():
            return True
        present = self._keeper.record.present
        return bool(present) and present.isdisjoint(listing.snapshot_ids)

    async def _with_restic(self, listing: Listing) -> None:
        self._pause.check()
        try:
            if self.open_due(listing):
                await self._open()
            unknown = self._unknown(listing)
            if unknown:
                await self._read(unknown)
        except RepositoryError as error:
            self._pause.failed(error)
            raise
        self._pause.over()

    async def _open(self) -> None:
        self._opened_at = None
        repository_id = await self._reader.open()
        opened_at = self._clock.monotonic()
        await self._keeper.opened(repository_id)
        self._opened_at = opened_at

    def _unknown(self, listing: Listing) -> frozenset[str]:
        now = self._clock.now()
        waiting = {id_ for id_, entry in self._keeper.record.unreadable.items() if entry.retry_at > now}
        return listing.snapshot_ids - self._keeper.known - waiting

    async def _read(self, ids: frozenset[str]) -> None:
        """One restic process for all new ids; those that it does not return are asked for again only after a while."""
        read = await self._reader.snapshots(ids)
        found = [self._lineage.inherited(snapshot) for snapshot in read if snapshot.id in ids]
        missing = ids.difference(snapshot.id for snapshot in found)
        if missing:  # forgotten since they were listed?
            missing &= (await self._reader.list()).snapshot_ids
        now = self._clock.now()
        known_unreadable = self._keeper.record.unreadable
        unreadable = dict(known_unreadable)
        for snapshot in found:
            unreadable.pop(snapshot.id, None)
        for id_ in missing:
            before = unreadable.get(id_)
            unreadable[id_] = Unreadable(
                attempts=before.attempts + 1 if before else 1, retry_at=now + unreadable_pause(before)
            )
        change = RepositoryChange(added=tuple(found))
        if unreadable != known_unreadable:
            change = replace(change, unreadable=unreadable)
        await self._keeper.keep(change)
        self._announce.trouble(
            Message("polling.every_snapshot"),
            Message("polling.not_returned", snapshots=len(unreadable)) if unreadable else None,
            Message("polling.not_returned_step"),
        )

    def _moved(self, listing: Listing, last_success: datetime | None) -> RepositoryChange:
        """What the listing says about snapshots that are known."""
        now, record = self._clock.now(), self._keeper.record
        change = RepositoryChange(
            gone=record.present - listing.snapshot_ids,
            gone_when=Gone(after=last_success or now, seen=now),
            back=(listing.snapshot_ids & self._keeper.known) - record.present,
        )
        vanished = record.unreadable.keys() - listing.snapshot_ids
        if vanished:
            left = {id_: entry for id_, entry in record.unreadable.items() if id_ not in vanished}
            change = replace(change, unreadable=left)
        return change if change.gone else replace(change, gone_when=None)
