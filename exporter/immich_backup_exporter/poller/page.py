"""Keeps the page ready while it is viewed, as a source: a little each second instead of everything in one view."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from .source import Phase, Source

EVERY = timedelta(seconds=1)


class PageSource(Source):
    """``refresh`` makes a share of the page anew. While ``viewed`` is not set, nothing happens."""

    name = "page"
    phases = (Phase.FINDINGS,)

    def __init__(self, refresh: Callable[[], None], viewed: asyncio.Event) -> None:
        self._refresh = refresh
        self._viewed = viewed

    async def poll(self) -> timedelta:
        self._refresh()
        return EVERY

    async def pause(self, seconds: float) -> None:
        await self._viewed.wait()
        await super().pause(seconds)
