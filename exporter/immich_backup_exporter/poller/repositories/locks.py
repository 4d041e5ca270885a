"""What the locks of a repository say: how long one was not refreshed, and whether a process is at work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from immich_backup_exporter.domain.repository import LOCK_STALE_AFTER, LockName
from immich_backup_exporter.domain.runs import LONGEST_RUN
from immich_backup_exporter.domain.state import LockFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """The locks of the last listing, and when each was last refreshed.

    A living restic replaces its lock by one of another name every five minutes, so a name's age is the time since the
    last refresh: by the file's own time, or where the backend does not tell it since the name was first seen.
    """

    refreshed: Mapping[str, datetime] = field(default_factory=dict)
    held_since: datetime | None = None
    """Since when there was a fresh lock at every listing."""

    def listed(self, names: Iterable[LockName], now: datetime) -> "Locks":
        # A time ahead is a wrong clock's: such a lock ages from when it was first seen, as one without a time does.
        refreshed = {lock.name: min(lock.modified or now, self.refreshed.get(lock.name, now)) for lock in names}
        fresh = any(now - moment < LOCK_STALE_AFTER for moment in refreshed.values())
        return Locks(refreshed=refreshed, held_since=(self.held_since or now) if fresh else None)

    @property
    def facts(self) -> LockFacts:
        return LockFacts(count=len(self.refreshed), oldest=min(self.refreshed.values(), default=None))

    def in_progress(self, now: datetime) -> bool:
        return self.held_since is not None and now - self.held_since < LONGEST_RUN
