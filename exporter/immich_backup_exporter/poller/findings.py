"""Notes when findings begin and end, as a source: so that each says since when, after a restart too."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from immich_backup_exporter.analysis.beginnings import beginnings
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.findings import Finding

from .core.storing import StoreAccess
from .ports import Store
from .source import Phase, Source

EVERY = timedelta(minutes=1)


class FindingsSource(Source):
    """``conclude`` gives the findings of a moment.

    ``settled`` tells whether every repository was polled since the start; ``publish`` is handed when each finding that
    is not ok began, by its id.
    """

    name = "findings"
    phases = (Phase.FINDINGS,)

    def __init__(
        self,
        conclude: Callable[[datetime], Iterable[Finding]],
        settled: Callable[[], bool],
        store: StoreAccess,
        clock: Clock,
        publish: Callable[[Mapping[str, datetime]], None],
    ) -> None:
        self._conclude = conclude
        self._settled = settled
        self._store = store
        self._clock = clock
        self._publish = publish
        self._since: Mapping[str, datetime] = {}

    def restore(self, store: Store) -> None:
        self._since = store.load_beginnings()
        self._publish(self._since)

    async def poll(self) -> timedelta:
        now = self._clock.now()
        since = beginnings(self._conclude(now), self._since, now, settled=self._settled())
        if since != self._since:
            self._since = since
            self._publish(since)
            await self._store.call(lambda store: store.save_beginnings(since))
        return EVERY
