"""Since when snapshots are listed, which tells what a run may have made."""

from collections.abc import Container
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.own_snapshot import Candidate
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.domain.settings import RepositorySettings

from .record_keeper import RecordKeeper


class Sightings:
    """Notes when a snapshot of a repository was first listed, of those that appeared since this process began."""

    def __init__(self, settings: RepositorySettings, keeper: RecordKeeper, lineage: Lineage, clock: Clock) -> None:
        self._settings = settings
        self._keeper = keeper
        self._lineage = lineage
        self._clock = clock
        self._began = clock.now()
        self._seen: dict[str, datetime] = {}

    def note(self, listing: Listing) -> None:
        """Note what is listed for the first time."""
        now, known = self._clock.now(), self._keeper.known | self._keeper.record.unreadable.keys()
        self._seen |= dict.fromkeys(listing.snapshot_ids - known - self._seen.keys(), now)

    def candidates(self, plan: str | None, elsewhere: Container[str] = frozenset()) -> list[Candidate]:
        """What runs that back up the plan may have made: all that were ever seen of it, or of the whole repository.

        But for copies of snapshots ``elsewhere``.
        """
        record = self._keeper.record
        snapshots = record.snapshots
        for settings in self._settings.plans:
            if settings.name == plan:
                snapshots = self._keeper.history(settings, self._clock.now()).known
        ancestries = [(snapshot, tuple(self._lineage.ancestry(snapshot))) for snapshot in snapshots]
        return [
            Candidate(
                snapshot=snapshot,
                ids=ids,
                listed=snapshot.id in record.present,
                seen=self._seen.get(snapshot.id, self._began),
            )
            for snapshot, ids in ancestries
            if not any(id_ in elsewhere and id_ not in self._keeper.known for id_ in ids)
        ]

    def unread_since(self) -> datetime | None:
        """When the newest snapshot that restic cannot read was first listed, if this process saw it appear."""
        return max((self._seen[id_] for id_ in self._keeper.record.unreadable if id_ in self._seen), default=None)
