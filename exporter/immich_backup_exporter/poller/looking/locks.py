"""Keeps from reading out of a repository while another process holds an exclusive lock on it."""

from datetime import datetime
from typing import Protocol

from immich_backup_exporter.domain.clock import Clock


class LockedError(Exception):
    """Another process prunes or checks the repository."""


class Lockable(Protocol):
    async def exclusively_locked(self, now: datetime) -> bool:
        """Whether another process holds an exclusive lock on the repository. Raises ``RepositoryError``."""
        ...


class LockGuard:
    """Asks before every look: what prunes a repository removes what is being read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def is_locked(self, repository: Lockable) -> bool:
        """Raises ``RepositoryError`` where the repository cannot be reached."""
        return await repository.exclusively_locked(self._clock.now())

    async def require_unlocked(self, repository: Lockable) -> None:
        """Raises :class:`LockedError`, or ``RepositoryError`` where the repository cannot be reached."""
        if await self.is_locked(repository):
            raise LockedError
