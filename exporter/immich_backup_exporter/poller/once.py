"""Looks at everything one time, for an answer now and without an agent."""

import asyncio
from collections.abc import Iterable, Sequence

from .source import Phase, Source


async def look_once(sources: Sequence[Source], phases: Iterable[Phase] = tuple(Phase)) -> None:
    """Look at every source, phase after phase; what is in the same phase is looked at all at once."""
    for phase in sorted(phases):
        await asyncio.gather(*(source.look_once(phase) for source in sources if phase in source.phases))
