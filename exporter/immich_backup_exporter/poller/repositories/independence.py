"""Looks now and then at what repositories have in common with the library and with each other."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.repository import Independence
from immich_backup_exporter.poller.source import Phase, Source

from .poller import RepositoryPoller

_EVERY = timedelta(minutes=10)
_FIRST = timedelta(seconds=1)
_DEADLINE_SECONDS = 30.0


class IndependencePoller(Source):
    """``look`` finds out what it can without restic, by the repository's name; ids are known once restic ran."""

    name = "independence"
    phases = (Phase.COMPARE,)

    def __init__(self, pollers: Sequence[RepositoryPoller], look: Callable[[], Mapping[str, Independence]]) -> None:
        self._pollers = pollers
        self._look = look
        self._worker = Worker("independence of repositories")

    async def poll(self) -> timedelta:
        """Look once every repository has been polled, and publish what is new."""
        if not all(poller.facts.polls for poller in self._pollers):
            return _FIRST
        with suppress(TimeoutError):  # a dead mount; what was known stays
            self._take(await self._worker.call(self._look, _DEADLINE_SECONDS))
        return _EVERY

    def _take(self, found: Mapping[str, Independence]) -> None:
        ids = Counter(poller.repository_id for poller in self._pollers)
        for poller in self._pollers:
            known = found.get(poller.settings.name)
            if known is None:
                continue
            shared = None if poller.repository_id is None else ids[poller.repository_id] > 1
            known = replace(known, shares_id=shared)
            if known != poller.facts.independence:
                poller.independence_changed(known)

    async def close(self) -> None:
        self._worker.close()
