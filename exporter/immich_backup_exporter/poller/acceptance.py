"""Takes in what people said is meant: the size or number that there is now becomes what is usual."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.records import AcceptRequest

from .core.announcer import Announcer
from .dumps import DumpPoller
from .ports import LeftRequest, RequestReader
from .repositories.poller import RepositoryPoller

LOOK_INTERVAL = timedelta(seconds=2)

_DEADLINE_SECONDS = 30.0


class AcceptWatch:
    """Hands each request to whom it is about. A request that nothing can be done with yet is looked at again."""

    def __init__(
        self, reader: RequestReader, repositories: Sequence[RepositoryPoller], immich: DumpPoller | None
    ) -> None:
        self._reader = reader
        self._repositories = tuple(repositories)
        self._immich = immich
        self._worker = Worker("accept requests")
        self._announce = Announcer("accept requests")

    def close(self) -> None:
        self._worker.close()

    async def poll(self) -> timedelta:
        """Look once, and say when to look again. Never raises but when it is cancelled."""
        try:
            left = await self._worker.call(self._reader.look, _DEADLINE_SECONDS)
            await self.take(left)
        except (SourceError, TimeoutError):
            pass  # a state folder that is gone is told by whoever writes to it
        except Exception as error:  # noqa: BLE001 - a defect here must not end the watch over everything else
            self._announce.defect(error)
        return LOOK_INTERVAL

    async def take(self, left: Iterable[LeftRequest]) -> None:
        """Take in these requests, and delete those that are done with."""
        for one in left:
            if await accept(one.request, self._repositories, self._immich):
                await self._worker.call(partial(self._reader.remove, one.name), _DEADLINE_SECONDS)


async def accept(
    request: AcceptRequest,
    repositories: Iterable[RepositoryPoller],
    immich: DumpPoller | None,
    *,
    unseen: bool = False,
) -> bool:
    """Hand the request to whom it is about; returns whether it is done with. What is not declared accepts nothing.

    ``unseen``: without looking at the repository once more.
    """
    if request.repository is None:
        return immich is None or await immich.accept(request)
    poller = next((poller for poller in repositories if poller.settings.name == request.repository), None)
    return poller is None or await poller.accept(request, unseen=unseen)
