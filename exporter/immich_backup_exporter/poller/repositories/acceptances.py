"""Takes what there is of a plan now for what is usual, where a person said so."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from immich_backup_exporter.domain.clock import Clock, in_future
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Acceptance, AcceptRequest, RepositoryChange
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.poller.core.announcer import Announcer

from .record_keeper import RecordKeeper


class Acceptances:
    """Those of one repository's plans. ``learn`` takes in and publishes one; ``hurry`` asks for a poll soon."""

    def __init__(
        self,
        settings: RepositorySettings,
        keeper: RecordKeeper,
        clock: Clock,
        announce: Announcer,
        learn: Callable[[RepositoryChange], Awaitable[None]],
        hurry: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._keeper = keeper
        self._clock = clock
        self._announce = announce
        self._learn = learn
        self._hurry = hurry
        self._asked: dict[datetime, float] = {}

    async def accept(self, request: AcceptRequest, success_began: float | None, *, unseen: bool = False) -> bool:
        """Take a request in. Returns whether it is done with.

        It waits for a successful poll that began after it was heard of, since the person who asks may know of a
        snapshot that the last poll did not see; ``success_began`` is when the last one began, by the clock that does
        not jump. ``unseen``: do not wait. A request that was taken in before changes nothing.
        """
        plan = next((plan for plan in self._settings.plans if plan.name == request.plan), None)
        if plan is None:
            return True
        before = self._keeper.record.accepted.get(plan.name)
        if before is not None and before.time >= request.time:
            return True
        if in_future(request.time, self._clock.now()):
            return False  # left by a clock that was ahead: it would stand before every later one
        if not (unseen or self._polled_since(request, success_began)) or self._keeper.repository_id is None:
            return False
        history = self._keeper.history(plan, self._clock.now())
        since = history.newest.time if history.newest else request.time
        said = Acceptance(time=request.time, reason=request.reason, since=since, count=len(history.present))
        await self._learn(RepositoryChange(accepted={plan.name: said}))
        self._announce.news(Message("polling.accepted", plan=plan.name), reason=request.reason)
        return True

    def _polled_since(self, request: AcceptRequest, success_began: float | None) -> bool:
        if request.time not in self._asked:
            self._asked[request.time] = self._clock.monotonic()
            self._hurry()
        return success_began is not None and success_began > self._asked[request.time]
