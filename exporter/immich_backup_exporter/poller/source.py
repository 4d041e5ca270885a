"""What a source is: something that the agent looks at again and again. Loop, ``check --fresh`` and reload go by this.

A new source is a class of this kind and a builder in ``wiring.BUILDERS``; nothing else names it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import IntEnum

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.metrics.subject import Sample

from .ports import Store


class Phase(IntEnum):
    """In which order everything is looked at once. What is in one phase is looked at all at once."""

    REPORTS = 1
    """What was reported, which says something about what is looked at next."""
    LOOK = 2
    SIZES = 3
    """What looks left to find out."""
    COMPARE = 4
    """What several sources have in common."""
    CONTENTS = 5
    CONCLUDE = 6
    """What reports come to, now that everything else is known."""
    ACCEPT = 7
    """What people accepted. It needs no look and happens without one, too."""
    FINDINGS = 8
    """What follows from all of it."""


class Source(ABC):
    """Something to look at. Everything happens on the event loop; blocking calls are made in a thread beside it.

    Only :meth:`poll` and a name are required. Sources are restored and closed in the order of their first phase.
    """

    name: str
    """Unique among the agent's sources; what the source publishes is called by it."""
    awaited: bool = False
    """Whether the agent is ready only once this source has looked for the first time."""
    phases: Sequence[Phase] = (Phase.LOOK,)
    """In which phases of one look at everything it takes part."""

    @property
    def subjects(self) -> frozenset[str]:
        """How the state store calls what is declared here, to know since when; what no source names is forgotten."""
        return frozenset()

    def restore(self, store: Store) -> None:  # noqa: B027 - many have nothing to do
        """Take up what the state store holds and publish it, before anything runs. Raises ``StoreError``."""

    def renew(self, store: Store) -> None:  # noqa: B027 - many have nothing to do
        """The same for a source that a reload keeps: other sources are declared than before. Raises ``StoreError``."""

    @abstractmethod
    async def poll(self) -> timedelta:
        """Look once, publish, and say when to look again. A failure to look is a fact and raises nothing."""

    async def work(self) -> None:  # noqa: B027 - many have nothing to do
        """What a look left to do. The loop does it beside the next looks, one at a time."""

    async def pause(self, seconds: float) -> None:
        """Return when the next poll is due: after so many seconds, or earlier where there is a reason."""
        await asyncio.sleep(seconds)

    async def look_once(self, phase: Phase) -> None:  # noqa: ARG002 - for sources with several phases
        """Look without a loop, in one of :attr:`phases`. Background work is done before this returns."""
        await self.poll()

    def samples(self, state: State) -> Iterable[Sample]:  # noqa: ARG002 - for sources with facts in the state
        """What is published of this source, as samples."""
        return ()

    async def close(self) -> None:  # noqa: B027 - many have nothing to do
        """Write down what is not yet, and let go of threads, processes and connections."""
