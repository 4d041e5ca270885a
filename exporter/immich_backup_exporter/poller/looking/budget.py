"""How much may be read from each repository in a day, and how much was."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.ports import OnRead

_DAY = timedelta(days=1)


class BudgetSpentError(Exception):
    """More would have to be read than is allowed in a day."""


class ReadRepository(Protocol):
    """A repository that data is read from."""

    @property
    def settings(self) -> RepositorySettings: ...

    @property
    def repository_id(self) -> str | None: ...


class BytesRead:
    """How many bytes were read from each repository, by its name, since this process started."""

    def __init__(self) -> None:
        self._by_repository: dict[str, int] = {}

    @property
    def by_repository(self) -> Mapping[str, int]:
        return self._by_repository

    def of(self, repository: str) -> int:
        return self._by_repository.get(repository, 0)

    def add(self, repository: str, size_bytes: int) -> None:
        self._by_repository[repository] = self.of(repository) + size_bytes


class Budget:
    """Counts what inspections read, in memory at once and in the state store at the end of each."""

    def __init__(self, read: BytesRead, store: StoreAccess, clock: Clock) -> None:
        self._read = read
        self._store = store
        self._clock = clock
        self._left: dict[str, int] = {}
        self._noted: dict[str, int] = dict(read.by_repository)

    async def allow(self, repository: ReadRepository, size_bytes: int = 0) -> None:
        """Raises :class:`BudgetSpentError` where so much more may not be read today."""
        repository_id, since = repository.repository_id, self._clock.now() - _DAY
        before: Sequence[tuple[datetime, int]] = ()
        if repository_id is not None:
            before = await self._store.call(lambda store: store.read_since(repository_id, since))
        name = repository.settings.name
        self._left[name] = repository.settings.inspect.max_bytes_per_day - sum(size for _, size in before)
        self._left[name] -= self._unnoted(name)
        if self._left[name] <= size_bytes:
            raise BudgetSpentError

    def meter(self, repository: ReadRepository, touch: Callable[[], None]) -> OnRead:
        """Counts one stream, and ends it where it becomes too much; ``touch`` is told of every sign of life."""
        name, counted = repository.settings.name, 0

        def on_read(size_bytes: int) -> None:
            nonlocal counted
            touch()
            more, counted = size_bytes - counted, size_bytes
            self._read.add(name, more)
            self._left[name] = self._left.get(name, 0) - more
            if self._left[name] < 0:
                raise BudgetSpentError

        return on_read

    async def remember(self, repositories: Iterable[ReadRepository]) -> None:
        """Write down what was read since the last time."""
        for repository in repositories:
            name, repository_id = repository.settings.name, repository.repository_id
            read = self._unnoted(name)
            if read and repository_id is not None:
                self._noted[name] = self._read.of(name)
                await self._note(repository_id, read)

    async def _note(self, repository_id: str, size_bytes: int) -> None:
        await self._store.call(lambda store: store.save_reading(repository_id, size_bytes))

    def _unnoted(self, name: str) -> int:
        return self._read.of(name) - self._noted.get(name, 0)
