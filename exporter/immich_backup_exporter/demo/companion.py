"""Stands beside the served agent: prints what to look at, breaks things, and prints what changed."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.words import ENGLISH

from .backups import Restic
from .breaks import BREAKS
from .errors import DemoError
from .guide import LOOKED, alerts_text, break_text, change_text, guide_text
from .layout import Layout, mark_broken
from .scene import Scene, looked_into
from .watching import LOOK_SECONDS, Agent, Values, changed

T = TypeVar("T")

_READY_SECONDS = 30.0
_NOTICED_SECONDS = 60.0


class Companion:
    """Whatever blocks is done in one thread, so that the agent is never held up."""

    def __init__(self, layout: Layout, restic: Restic, url: str, clock: Clock) -> None:
        self._layout = layout
        self._restic = restic
        self._agent = Agent(url)
        self._clock = clock
        self._worker = Worker("demo")

    def close(self) -> None:
        """End what runs in the thread."""
        self._restic.end()
        self._worker.close()

    async def accompany(self, kind: str | None, break_after: float) -> None:
        """Say what to look at, as soon as there is something; then break it, ``break_after`` seconds later."""
        values = await self._values(lambda values: changed(LOOKED, {}, values), _READY_SECONDS)
        print(guide_text(self._layout, self._agent.url, values, self._clock.now()), flush=True)
        if kind is not None:
            delay = timedelta(seconds=break_after)
            print("\n" + ENGLISH.render(Message("demo.break_follows", kind=kind, delay=delay)), flush=True)
            await asyncio.sleep(break_after)
            try:
                await self._break(kind)
            except DemoError as error:
                print(ENGLISH.render(Message("demo.break_done", kind=kind, done=error.message)), flush=True)
            except OSError as error:
                print(ENGLISH.render(Message("demo.break_failed", kind=kind, reason=str(error))), flush=True)

    async def _break(self, kind: str) -> None:
        one = BREAKS[kind]
        before, alerts = await self._call(self._agent.values), await self._call(self._agent.alerts)
        mark_broken(self._layout, kind)
        scene = Scene(
            layout=self._layout,
            restic=self._restic,
            now=self._clock.now(),
            reload=lambda: os.kill(os.getpid(), signal.SIGHUP),
            looked_into=lambda moment: looked_into(self._agent, moment),
        )
        print(break_text(kind, await self._call(lambda: one.apply(scene))), flush=True)
        after = await self._values(lambda values: changed(one.shows, before, values), _NOTICED_SECONDS)
        print(change_text(one, before, after, self._clock.now()), flush=True)
        print(alerts_text(self._agent.url, alerts, await self._call(self._agent.alerts)), flush=True)

    async def _values(self, satisfied: Callable[[Values], bool], seconds: float) -> Values:
        """What the agent says as soon as it satisfies, or after that many seconds."""
        until = self._clock.monotonic() + seconds
        while True:
            values = await self._call(self._agent.values)
            if satisfied(values) or self._clock.monotonic() > until:
                return values
            await asyncio.sleep(LOOK_SECONDS)

    async def _call(self, function: Callable[[], T]) -> T:
        return await self._worker.call(function)
