"""How much may be read from each repository in a day, and how much was."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.ports import OnRead
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller

_DAY = timedelta(days=1)


class BudgetSpentError(Exception):
    """More would have to be read than is allowed in a day."""


class Budget:
    """Counts what inspections read, in memory at once and in the state store at the end of each."""

    def __init__(self, known: KnownContents, store: StoreAccess, clock: Clock) -> None:
        self._known = known
        self._store = store
        self._clock = clock
        self._left: dict[str, int] = {}
        self._noted: dict[str, int] = dict(known.read_bytes)

    async def allow(self, poller: RepositoryPoller, size_bytes: int = 0) -> None:
        """Raises :class:`BudgetSpentError` where so much more may not be read today."""
        repository_id, since = poller.repository_id, self._clock.now() - _DAY
        before: Sequence[tuple[datetime, int]] = ()
        if repository_id is not None:
            before = await self._store.call(lambda store: store.read_since(repository_id, since))
        name = poller.settings.name
        self._left[name] = poller.settings.inspect.max_bytes_per_day - sum(size for _, size in before)
        self._left[name] -= self._unnoted(name)
        if self._left[name] <= size_bytes:
            raise BudgetSpentError

    def meter(self, poller: RepositoryPoller, touch: Callable[[], None]) -> OnRead:
        """Counts one stream, and ends it where it becomes too much; ``touch`` is told of every sign of life."""
        name, counted = poller.settings.name, 0

        def on_read(size_bytes: int) -> None:
            nonlocal counted
            touch()
            more, counted = size_bytes - counted, size_bytes
            self._known.read_bytes[name] = self._known.read_bytes.get(name, 0) + more
            self._left[name] = self._left.get(name, 0) - more
            if self._left[name] < 0:
                raise BudgetSpentError

        return on_read

    async def remember(self, pollers: Sequence[RepositoryPoller]) -> None:
        """Write down what was read since the last time."""
        for poller in pollers:
            name, repository_id = poller.settings.name, poller.repository_id
            read = self._unnoted(name)
            if read and repository_id is not None:
                self._noted[name] = self._known.read_bytes[name]
                await self._note(repository_id, read)

    async def _note(self, repository_id: str, size_bytes: int) -> None:
        await self._store.call(lambda store: store.save_reading(repository_id, size_bytes))

    def _unnoted(self, name: str) -> int:
        return self._known.read_bytes.get(name, 0) - self._noted.get(name, 0)
