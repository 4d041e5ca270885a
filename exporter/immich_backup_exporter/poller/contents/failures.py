"""What follows where a snapshot could not be read: it waits, and after two failures of its own it is damaged."""

from datetime import timedelta

from immich_backup_exporter.domain.errors import FailureReason, InspectionError, RepositoryError
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.poller.looking.due import Due
from immich_backup_exporter.poller.looking.locks import LockGuard

from .known import KnownContents
from .targets import Target

_LOCKED_PAUSE = timedelta(minutes=1)
_BUDGET_PAUSE = timedelta(hours=1)
_DAMAGE_AFTER = 2
"""Failures, each in a process of its own and without an exclusive lock, before a snapshot is called damaged."""

TreeKey = tuple[str, str]
"""Repository and tree."""


class Failures:
    """Judges failures; each method that does returns why nothing is known, as a message."""

    def __init__(self, known: KnownContents, guard: LockGuard, due: Due[TreeKey]) -> None:
        self._known = known
        self._guard = guard
        self._due = due

    def is_due(self, target: Target) -> bool:
        return self._due.is_due(target.key)

    def succeeded(self, target: Target) -> None:
        self._due.succeeded(target.key)
        self._known.put_damaged(*target.key, damaged=False)

    def locked(self, target: Target) -> Message:
        """Another process holds an exclusive lock on a repository that takes part."""
        self._due.postpone(target.key, _LOCKED_PAUSE)
        return Message("looking.locked")

    def spent(self, target: Target) -> Message:
        """No more may be read from a repository that takes part today."""
        self._due.postpone(target.key, _BUDGET_PAUSE)
        return Message("looking.spent")

    async def failed_elsewhere(self, target: Target, holder: Target, error: RepositoryError) -> Text | None:
        """The dump in another plan's snapshot, ``holder``, could not be read: that is that snapshot's fault."""
        reason = await self.failed(holder, error)
        self._due.postpone_like(target.key, holder.key)
        return Message("looking.dump_of_plan", plan=holder.full_name, sentence=reason) if reason else None

    async def failed(self, target: Target, error: RepositoryError | InspectionError) -> Text | None:
        """Tell what changes under the reader's hands from what is damaged. ``None``: there is nothing to say."""
        reader = target.repository.reader
        try:
            if target.snapshot.id not in (await reader.list()).snapshot_ids:
                self._due.postpone(target.key, _LOCKED_PAUSE)
                return None  # forgotten meanwhile
            if await self._guard.is_locked(reader):
                return self.locked(target)
        except RepositoryError as unreachable:
            self._due.postpone(target.key, _LOCKED_PAUSE)
            return unreachable.explanation
        failures = self._due.failed(target.key)
        if isinstance(error, InspectionError):
            return error.message
        if error.reason is FailureReason.DAMAGED and failures >= _DAMAGE_AFTER:
            self._known.put_damaged(*target.key, damaged=True)
            return Message("looking.damaged")
        return error.explanation
