"""A repository as a source: polls at its own pace, finds sizes between polls."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.state import RepositoryFacts, State
from immich_backup_exporter.metrics.collector import repository_samples
from immich_backup_exporter.metrics.subject import Sample
from immich_backup_exporter.poller.core.schedule import jittered
from immich_backup_exporter.poller.ports import Store
from immich_backup_exporter.poller.source import Phase, Source

from .poller import RepositoryPoller

_LONGEST_WAIT_FOR_OTHERS_SECONDS = 30
_GATHER_SECONDS = 1.0
"""How long a hurried poll waits for others to ask for one too."""


def repository_source(name: str) -> str:
    """How a repository is called among the sources."""
    return f"repository/{name}"


class RepositorySource(Source):
    """``unseen`` holds the names of the repositories that no poll has looked at yet, and is shared by all of them.

    ``random`` draws from [0, 1) and spreads the polls of many repositories.
    """

    awaited = True
    phases = (Phase.LOOK, Phase.SIZES)

    def __init__(
        self,
        poller: RepositoryPoller,
        publish: Callable[[RepositoryFacts], None],
        unseen: set[str],
        random: Callable[[], float],
    ) -> None:
        self.name = repository_source(poller.settings.name)
        self.poller = poller
        self._publish = publish
        self._unseen = unseen
        self._random = random

    @property
    def subjects(self) -> frozenset[str]:
        return self.poller.subjects

    def restore(self, store: Store) -> None:
        self._publish(self.poller.restore(store))

    def renew(self, store: Store) -> None:  # noqa: ARG002 - the poller holds what the store does
        self.poller.reopen()
        self.poller.contents_changed()

    async def poll(self) -> timedelta:
        await self.poller.poll()
        self._unseen.discard(self.poller.settings.name)
        return timedelta(seconds=jittered(self.poller.settings.poll_interval, self._random()))

    async def work(self) -> None:
        """Find sizes once the other repositories have been looked at: what they know need not be found out again."""
        if not self.poller.facts.up:
            return
        for _ in range(_LONGEST_WAIT_FOR_OTHERS_SECONDS):
            if not self._unseen:
                break
            await asyncio.sleep(1)
        await self.poller.find_sizes()

    async def pause(self, seconds: float) -> None:
        """Until the next poll is due, or until something is known to have changed the repository."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.poller.hurried.wait()
                await asyncio.sleep(_GATHER_SECONDS)
        self.poller.hurried.clear()

    async def look_once(self, phase: Phase) -> None:
        if phase is Phase.LOOK:
            await self.poller.poll()
        elif self.poller.facts.up:
            with suppress(RepositoryError):
                await self.poller.find_tree_sizes()

    def samples(self, state: State) -> Iterable[Sample]:  # noqa: ARG002 - published are always the poller's facts
        return repository_samples(self.poller.facts)

    async def close(self) -> None:
        await self.poller.remember_success()
        await self.poller.reader.close()
