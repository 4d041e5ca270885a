"""Takes in what people said is meant: the size or number that there is now becomes what is usual."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import AcceptRequest

from .core.announcer import Announcer
from .ports import Acceptor, LeftRequest, RequestReader
from .source import Phase, Source

LOOK_INTERVAL = timedelta(seconds=2)

_DEADLINE_SECONDS = 30.0


class AcceptWatch(Source):
    """Hands each request to what it is about. A request that nothing can be done with yet is looked at again.

    ``acceptors`` are the repositories by name; ``None`` stands for the dumps.
    """

    name = "accept requests"
    phases = (Phase.ACCEPT,)

    def __init__(self, reader: RequestReader, acceptors: Mapping[str | None, Acceptor]) -> None:
        self._reader = reader
        self._acceptors = acceptors
        self._worker = Worker("accept requests")
        self._announce = Announcer(Message("log.accept_requests"))

    async def close(self) -> None:
        self._worker.close()

    async def poll(self) -> timedelta:
        """Look once, and say when to look again. Never raises but when it is cancelled."""
        try:
            await self.take(await self._look())
        except (SourceError, TimeoutError):
            pass  # a state folder that is gone is reported when something is written to it
        except Exception as error:  # noqa: BLE001 - a defect here must not end the watch over everything else
            self._announce.defect(error)
        return LOOK_INTERVAL

    async def look_once(self, phase: Phase) -> None:  # noqa: ARG002 - there is one
        """Go by the requests that are there, and leave them to the agent."""
        try:
            left = await self._look()
        except (SourceError, TimeoutError):
            return
        for one in left:
            await self._accept(one.request, unseen=True)

    async def take(self, left: Iterable[LeftRequest]) -> None:
        """Take in these requests, and delete those that are done with."""
        for one in left:
            if await self._accept(one.request):
                await self._worker.call(partial(self._reader.remove, one.name), _DEADLINE_SECONDS)

    async def _look(self) -> Iterable[LeftRequest]:
        return await self._worker.call(self._reader.look, _DEADLINE_SECONDS)

    async def _accept(self, request: AcceptRequest, *, unseen: bool = False) -> bool:
        """Returns whether the request is done with. What is not declared accepts nothing."""
        acceptor = self._acceptors.get(request.repository)
        return acceptor is None or await acceptor.accept(request, unseen=unseen)
