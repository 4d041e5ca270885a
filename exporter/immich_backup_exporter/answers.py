"""What the web asks: the state for people and programs, and what becomes of run reports."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Receipt
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.poller.core.publisher import Publisher
from immich_backup_exporter.presentation.page import KeptPage
from immich_backup_exporter.presentation.status import status


class Runs(Protocol):
    """Where run reports go; each is on the disk once the receipt says so."""

    async def take(self, report: RunReport) -> Receipt: ...

    async def begin(self, job: str) -> Receipt: ...

    async def finish(self, job: str, exit_code: int | None) -> Receipt: ...


class Answers:
    """Implements ``web.app.Agent`` and ``web.runs.RunIntake``."""

    def __init__(
        self,
        publisher: Publisher,
        runs: Runs,
        page: KeptPage,
        clock: Clock,
        *,
        ready: Callable[[], bool],
        reload: Callable[[], Awaitable[Sequence[Message]]],
    ) -> None:
        self._publisher = publisher
        self._runs = runs
        self._clock = clock
        self._ready = ready
        self._reload = reload
        self._page = page
        self._log = structlog.get_logger()
        self._token_in_trouble = False

    def ready(self) -> bool:
        return self._ready()

    async def reload(self) -> Sequence[Message]:
        return await self._reload()

    def status(self) -> Mapping[str, object]:
        return status(self._publisher.state, self._clock.now())

    def page(self) -> bytes:
        return self._page.of(self._publisher.state)

    async def push_token(self) -> str | None:
        """What run reports have to bring; ``None``: they are not taken. ``SourceError`` where it cannot be read."""
        push = self._publisher.state.settings.push
        if push.token_file is None:
            return push.token
        try:
            token = await asyncio.to_thread(_read_token, push.token_file)
        except SourceError as error:
            if not self._token_in_trouble:
                self._log.error(Message("log.push_token"), problem=error.message, next_step=error.next_step)
            self._token_in_trouble = True
            raise
        self._token_in_trouble = False
        return token

    async def take_run(self, report: RunReport) -> Receipt:
        return await self._runs.take(report)

    async def begin_run(self, job: str) -> Receipt:
        return await self._runs.begin(job)

    async def finish_run(self, job: str, exit_code: int | None) -> Receipt:
        return await self._runs.finish(job, exit_code)


def _read_token(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            token = file.read(4096).strip()
    except (OSError, ValueError):
        token = ""
    if not token:
        raise SourceError(Message("push_token.unreadable"), Message("push_token.unreadable_step"))
    return token
