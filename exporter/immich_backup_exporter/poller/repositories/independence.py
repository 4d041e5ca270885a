"""Looks now and then at what repositories have in common with the library and with each other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.repository import Independence

from .poller import RepositoryPoller

_EVERY_SECONDS = 600.0
_FIRST_SECONDS = 1.0
_DEADLINE_SECONDS = 30.0


class IndependencePoller:
    """``look`` finds out what it can without restic, by the repository's name; ids are known once restic ran."""

    def __init__(self, pollers: Sequence[RepositoryPoller], look: Callable[[], Mapping[str, Independence]]) -> None:
        self._pollers = pollers
        self._look = look
        self._worker = Worker("independence of repositories")

    async def run(self) -> None:
        """For ever; first once every repository has been polled."""
        while True:
            polled = all(poller.facts.polls for poller in self._pollers)
            if polled:
                await self.poll()
            await asyncio.sleep(_EVERY_SECONDS if polled else _FIRST_SECONDS)

    async def poll(self) -> None:
        """Look once, and publish what is new."""
        try:
            found = await self._worker.call(self._look, _DEADLINE_SECONDS)
        except TimeoutError:
            return  # a dead mount; what was known stays
        ids = Counter(poller.repository_id for poller in self._pollers)
        for poller in self._pollers:
            known = found.get(poller.settings.name)
            if known is None:
                continue
            shared = None if poller.repository_id is None else ids[poller.repository_id] > 1
            known = replace(known, shares_id=shared)
            if known != poller.independence:
                poller.independence = known
                poller.contents_changed()

    def close(self) -> None:
        self._worker.close()
