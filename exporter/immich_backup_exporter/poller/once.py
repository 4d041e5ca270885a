"""Looks at everything one time, for whoever wants an answer now and no agent."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from immich_backup_exporter.domain.errors import RepositoryError

from .contents.inspector import Inspector
from .dumps import DumpPoller
from .jobs.poller import JobPoller
from .repositories.independence import IndependencePoller
from .repositories.poller import RepositoryPoller
from .repositories.sizing import find_tree_sizes


async def look_once(
    repositories: Sequence[RepositoryPoller],
    immich: DumpPoller | None,
    jobs: JobPoller | None,
    inspector: Inspector | None = None,
    independence: IndependencePoller | None = None,
) -> None:
    """Poll all there is, everything at once. Never raises but when it is cancelled: failures are facts."""
    if jobs is not None:
        while not await jobs.poll():
            pass
    looks = [_read_dumps(immich)] if immich is not None else []
    await asyncio.gather(*looks, *(poller.poll() for poller in repositories))
    await asyncio.gather(*(_size(poller) for poller in repositories if poller.facts.up))
    if independence is not None:
        await independence.poll()
    while inspector is not None and await inspector.step():
        pass
    if jobs is not None:
        await jobs.poll()  # whether a successful run left its snapshot is known only now


async def _read_dumps(immich: DumpPoller) -> None:
    await immich.poll()
    await immich.validate_all()


async def _size(poller: RepositoryPoller) -> None:
    with suppress(RepositoryError):
        await find_tree_sizes(poller)
