"""Looks at the spool, beside the event loop, and only where something may have changed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.ports import SpoolLook, SpoolReader

_DEADLINE = timedelta(minutes=1)
_LOOKS_SKIPPED = 30
"""So often a look is spared at most: some file systems tell late, or never, that a folder changed."""

_NAMED_JOBS = 5

_ABSENT_SECONDS = 3600.0
"""A file that is gone for longer does not come back: its disk was not merely away."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by both clocks."""

    now: datetime
    monotonic: float

    def by(self, later: "Moment") -> datetime:
        """When it was by the clock of later: that may have been set since, or have stood still with the machine."""
        return min(self.now, later.now - timedelta(seconds=later.monotonic - self.monotonic))


class Takes(Protocol):
    """Takes in a report; tells whether its job is declared. It was made after ``since``, where that is known."""

    def __call__(self, report: RunReport, since: Moment | None) -> bool: ...


class WatchesLife(Protocol):
    """Takes in signs of life, if any are given; tells whether there is a run to take them in for."""

    def __call__(self, beats: Mapping[str, int] | None = None) -> bool: ...


class SpoolWatch:
    """What was read of one spool already. Nothing in it is ever changed: what was taken in is the state store's.

    ``taken`` are the files whose reports were taken in before.
    """

    def __init__(self, reader: SpoolReader | None, taken: Collection[str] = ()) -> None:
        self._reader = reader
        self._worker = Worker("spool")
        self._announce = Announcer(Message("spool.source"))
        self.taken = set(taken)
        self._new: set[str] = set()
        self.rejected: int | None = None
        """Files that were not believed at the last look."""
        self._absent: dict[str, float] = {}
        self._listed: frozenset[str] = frozenset()
        self._listed_at: Moment | None = None
        self._undeclared: dict[str, str] = {}
        self._stamp: int | None = None
        self._settled = False
        self._skipped = 0
        self.more = False
        """Whether there is more to read at once."""

    def close(self) -> None:
        self._worker.close()

    async def look(self, take: Takes, watches_life: WatchesLife, moment: Moment) -> bool:
        """Hand every new report to ``take``. ``False``: could not look."""
        reader = self._reader
        if reader is None:
            return True
        known = {*self.taken, *self._undeclared}
        watched = watches_life()
        try:
            stamp = await self._worker.call(reader.stamp, _DEADLINE.total_seconds())
            if not self._due(stamp, watched):
                return True
            look = await self._worker.call(lambda: reader.look(known), _DEADLINE.total_seconds())
        except (SourceError, TimeoutError) as error:
            self._fail(error)
            return False
        self._announce.trouble(Message("spool.reading"), None)
        self._settled = stamp == self._stamp and not look.rejected and not look.more
        self._stamp = stamp
        self._skipped = 0
        self._take(look, take, moment)
        self._listed, self._listed_at = look.names, moment
        watches_life(look.beats)
        return True

    def newly_taken(self) -> frozenset[str]:
        """The files that were taken in since this was asked last."""
        new, self._new = self._new, set()
        return frozenset(new)

    def vanished(self, monotonic: float) -> frozenset[str]:
        """The files that were taken in and are gone for good; forgets them."""
        gone = {name for name, since in self._absent.items() if monotonic - since > _ABSENT_SECONDS}
        self.taken -= gone
        for name in gone:
            del self._absent[name]
        return frozenset(gone)

    def _due(self, stamp: int, watched: bool) -> bool:
        """A folder's time can stand still for some milliseconds: only two equal ones in a row say that all is read."""
        self._skipped += 1
        return watched or not self._settled or stamp != self._stamp or self._skipped > _LOOKS_SKIPPED

    def _take(self, look: SpoolLook, take: Takes, moment: Moment) -> None:
        absent = self.taken - look.names
        self._absent = {name: self._absent.get(name, moment.monotonic) for name in absent}
        self._undeclared = {name: job for name, job in self._undeclared.items() if name in look.names}
        for entry in look.entries:
            since = self._listed_at if entry.name not in self._listed else None
            if take(entry.report, since):
                self.taken.add(entry.name)
                self._new.add(entry.name)
            else:
                self._undeclared[entry.name] = entry.report.job
        self.more = look.more and bool(look.entries)
        self.rejected = len(look.rejected)
        self._announce.trouble(
            Message("spool.every_job"), _undeclared(self._undeclared.values()), Message("spool.undeclared_step")
        )
        self._announce.trouble(Message("spool.every_report"), _rejected(look))

    def _fail(self, error: SourceError | TimeoutError) -> None:
        known = error if isinstance(error, SourceError) else None
        self._settled = False
        self.more = False
        self.rejected = None
        self._announce.trouble(
            Message("spool.reading"),
            known.message if known else Message("spool.hangs", limit=_DEADLINE),
            known.next_step if known else Message("spool.hangs_step"),
        )


def _undeclared(jobs: Iterable[str]) -> Message | None:
    """The names of the first jobs that reports are of and that are not declared."""
    names = tuple(Message("spool.job", name=job) for job in sorted(set(jobs)))
    if not names:
        return None
    if len(names) <= _NAMED_JOBS:
        return Message("spool.undeclared", jobs=names)
    return Message("spool.undeclared_many", jobs=names[:_NAMED_JOBS], more=len(names) - _NAMED_JOBS)


def _rejected(look: SpoolLook) -> Message | None:
    if not look.rejected:
        return None
    first = look.rejected[0]
    return Message("spool.rejected", reports=len(look.rejected), name=first.name, sentence=first.sentence)
