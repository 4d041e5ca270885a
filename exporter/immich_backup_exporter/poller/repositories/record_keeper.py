"""Keeps what is known of one repository, in memory and in the state store alike."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.selection import selection_key
from immich_backup_exporter.analysis.snapshots import PlanHistory, count_record, plan_history
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.records import CheckRecord, CountRecord, RepositoryChange, RepositoryRecord
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.ports import Store

from .record import applied


class RecordKeeper:
    """Holds the record of the repository that is there now, by its id, and is the only one that changes it.

    ``lineage`` is shared by all repositories, so that each inherits what another learns of a snapshot.
    """

    def __init__(
        self,
        settings: RepositorySettings,
        location: str,
        upload_location: str | None,
        store: StoreAccess,
        clock: Clock,
        lineage: Lineage,
    ) -> None:
        self._settings = settings
        self._location = location
        self._upload_location = upload_location
        self._store = store
        self._clock = clock
        self._lineage = lineage
        self._record = RepositoryRecord()
        self._repository_id: str | None = None
        self._known: frozenset[str] = frozenset()
        self._revision = 0
        self._size_outdated = True
        self._success_noted: datetime | None = None

    # --- what is known

    @property
    def record(self) -> RepositoryRecord:
        return self._record

    @property
    def repository_id(self) -> str | None:
        """64 hexadecimal digits; ``None`` until restic has opened the repository once."""
        return self._repository_id

    @property
    def known(self) -> frozenset[str]:
        """The ids of all snapshots that were ever read, forgotten ones too."""
        return self._known

    @property
    def revision(self) -> int:
        """Grows with every change that the facts of plans may depend on."""
        return self._revision

    @property
    def size_outdated(self) -> bool:
        """Whether snapshots came or went since the size of the repository was found out."""
        return self._size_outdated

    def history(self, plan: PlanSettings, now: datetime) -> PlanHistory:
        """The plan's snapshots, with all that other repositories know of where they come from."""
        return plan_history(plan, self._upload_location, self._record, now, self._lineage)

    # --- what changes it

    def restore(self, store: Store) -> None:
        """Take up what the state store holds."""
        self._repository_id = store.bound_repository(self._settings.name, self._location)
        if self._repository_id is not None:
            self._take(store.load_repository(self._repository_id))
        self._size_outdated = self._record.size is None

    async def opened(self, repository_id: str) -> None:
        """Note which repository restic opened; where it is another one, take up what is known of that."""
        replaced = self._repository_id is not None and repository_id != self._repository_id
        if repository_id != self._repository_id:
            name, location = self._settings.name, self._location

            def switch(store: Store) -> RepositoryRecord:
                store.bind_repository(name, location, repository_id)
                return store.load_repository(repository_id)

            self._take(await self._store.call(switch))
            self._repository_id = repository_id
        now = self._clock.now()
        never_seen = self._record == RepositoryRecord()
        await self.keep(RepositoryChange(last_open_success=now, since=now if replaced and never_seen else None))

    async def keep(self, change: RepositoryChange) -> None:
        """Take a change into the record and write it down, with the counts that follow from it."""
        if not change or self._repository_id is None:
            return
        self._take(applied(self._record, change))
        self._size_outdated = change.size is None and (self._size_outdated or bool(change.added or change.gone))
        counts = self._new_counts()
        if counts:
            self._take(applied(self._record, RepositoryChange(counts=counts)))
        now = self._success_noted = self._clock.now()
        await self._write(self._repository_id, replace(change, counts=counts, last_poll_success=now))

    async def keep_checks(
        self, checks: Mapping[CheckScope, CheckRecord], read_parts: Mapping[str, CheckRecord]
    ) -> None:
        """Write down what checks found, so that it outlives the runs that reported it."""
        new = {scope: check for scope, check in checks.items() if self._record.checks.get(scope) != check}
        parts = {part: check for part, check in read_parts.items() if self._record.read_parts.get(part) != check}
        if new or parts:
            await self._note(RepositoryChange(checks=new, read_parts=parts))

    async def keep_success(self, success: datetime | None) -> None:
        """Write down when the last poll succeeded: polls that find nothing new do not."""
        if success is not None and self._repository_id is not None and success != self._record.last_poll_success:
            self._success_noted = success
            await self._note(RepositoryChange(last_poll_success=success))

    def success_outdated(self, success: datetime | None) -> bool:
        """Whether a reader of the state store alone would soon take the repository for unreachable."""
        noted = self._success_noted
        return success is not None and (noted is None or success - noted >= self._settings.unreachable_after / 2)

    async def retry(self) -> None:
        """Try again to write what could not be written."""
        await self._store.retry()

    async def _note(self, change: RepositoryChange) -> None:
        """Keep what the facts of plans do not depend on."""
        if self._repository_id is not None:
            self._record = applied(self._record, change)
            await self._write(self._repository_id, change)

    async def _write(self, repository_id: str, change: RepositoryChange) -> None:
        await self._store.call(lambda store: store.save_repository(repository_id, change))

    def _new_counts(self) -> tuple[CountRecord, ...]:
        now = self._clock.now()
        records = (
            count_record(selection_key(plan, self._upload_location), self.history(plan, now), self._record.counts, now)
            for plan in self._settings.plans
        )
        return tuple(record for record in records if record is not None)

    def _take(self, record: RepositoryRecord) -> None:
        self._record = record
        self._revision += 1
        self._known = frozenset(snapshot.id for snapshot in record.snapshots)
        self._lineage.add(record.snapshots, record.tree_sizes)
