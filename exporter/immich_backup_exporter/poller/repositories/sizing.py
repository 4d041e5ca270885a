"""Finds out sizes that no summary tells, one restic process after the other, outside the poll."""

import asyncio
from collections.abc import Awaitable, Callable

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.snapshots import without_size
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.poller.ports import RepositoryReader

from .record_keeper import RecordKeeper

_PAUSE_AFTER_FAILURE_SECONDS = 900.0


class Sizing:
    """The sizes of one repository and of its newest snapshots. ``learn`` takes in and publishes each."""

    def __init__(
        self,
        settings: RepositorySettings,
        reader: RepositoryReader,
        keeper: RecordKeeper,
        lineage: Lineage,
        clock: Clock,
        learn: Callable[[RepositoryChange], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._keeper = keeper
        self._lineage = lineage
        self._clock = clock
        self._learn = learn

    async def find(self) -> None:
        """Size what needs it: the newest snapshots without a summary, then the repository itself when that is due.

        A failure is counted with the restic commands and tried again after a pause; it says nothing about the backup.
        """
        try:
            await self.find_of_trees()
            if self._due():
                size = await self._reader.size()
                await self._learn(RepositoryChange(size=size, size_time=self._clock.now()))
        except RepositoryError:
            await asyncio.sleep(_PAUSE_AFTER_FAILURE_SECONDS)

    async def find_of_trees(self) -> None:
        """Size the newest snapshots without a summary. Raises ``RepositoryError``."""
        await self._inherit()
        while (snapshot := self._next_unsized()) is not None:
            size = await self._reader.tree_size(snapshot.id)
            await self._learn(RepositoryChange(tree_sizes={snapshot.tree: size}))

    async def _inherit(self) -> None:
        """Take over what other repositories have learned about listed snapshots since those were read."""
        record = self._keeper.record
        known = [snapshot for snapshot in record.snapshots if snapshot.id in record.present]
        richer = [(snapshot, self._lineage.inherited(snapshot)) for snapshot in known if snapshot.size_bytes is None]
        changed = tuple(new for old, new in richer if new != old and old.tree not in record.tree_sizes)
        if changed:
            await self._learn(RepositoryChange(added=changed))

    def _next_unsized(self) -> Snapshot | None:
        now = self._clock.now()
        for plan in self._settings.plans:
            unsized = without_size(self._keeper.history(plan, now), self._keeper.record.tree_sizes)
            if unsized:
                return unsized[0]
        return None

    def _due(self) -> bool:
        """Whether to ask what the repository stores: never more often than configured, nor while nothing changed."""
        interval, record = self._settings.stats_interval, self._keeper.record
        if interval is None or not self._keeper.size_outdated or not record.present:
            return False  # what an empty repository stores is nothing worth knowing, and would stand for a day
        return record.size_time is None or self._clock.now() - record.size_time >= interval
