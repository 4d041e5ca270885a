"""Finds out sizes that no summary tells, one restic process after the other, outside the poll."""

import asyncio

from immich_backup_exporter.analysis.snapshots import without_size
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.domain.repository import Snapshot

from .poller import RepositoryPoller

_PAUSE_AFTER_FAILURE_SECONDS = 900.0


async def find_sizes(poller: RepositoryPoller) -> None:
    """Size what needs it: the newest snapshots without a summary, then the repository itself when that is due.

    A failure is counted with the restic commands and tried again after a pause; it says nothing about the backup.
    """
    try:
        await find_tree_sizes(poller)
        if poller.size_due():
            repository_size = await poller.reader.size()
            await poller.learn(RepositoryChange(size=repository_size, size_time=poller.clock.now()))
    except RepositoryError:
        await asyncio.sleep(_PAUSE_AFTER_FAILURE_SECONDS)


async def find_tree_sizes(poller: RepositoryPoller) -> None:
    """Size the newest snapshots without a summary. Raises ``RepositoryError``."""
    await poller.inherit()
    while (snapshot := _next_unsized(poller)) is not None:
        size = await poller.reader.tree_size(snapshot.id)
        await poller.learn(RepositoryChange(tree_sizes={snapshot.tree: size}))


def _next_unsized(poller: RepositoryPoller) -> Snapshot | None:
    now = poller.clock.now()
    for plan in poller.settings.plans:
        unsized = without_size(poller.history(plan, now), poller.record.tree_sizes)
        if unsized:
            return unsized[0]
    return None
