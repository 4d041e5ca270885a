"""Leaves out the polls that find nothing new: a year has 100,000 of them for each source.

Such a poll does nothing but move the times of the last poll on. That this is so is not taken on trust: now and then one
is made all the same, and must have changed nothing else.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.metrics import catalog
from immich_backup_exporter.poller.core.schedule import OPEN_INTERVAL, jittered
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.poller.repositories.source import repository_source

if TYPE_CHECKING:
    from .agent import SimulatedAgent
    from .site import Site

_PROBED_EVERY = timedelta(hours=7).total_seconds()
"""So often one is made that could have been left out."""

_MOVES = (catalog.REPOSITORY_LAST_POLL.full_name, catalog.REPOSITORY_LAST_POLL_SUCCESS.full_name)


def spare_repository(site: "Site", agent: "SimulatedAgent", poller: RepositoryPoller) -> None:
    """Let the poller look at its repository only where something may have changed."""
    if "poll" in vars(poller):
        return
    look = poller.poll
    source = repository_source(poller.settings.name)
    seen: object = None

    def appearance() -> object:
        outside = site.repositories[poller.settings.name]
        facts = poller.facts
        ages = any(plan.in_future or plan.last_success_unchanged for plan in facts.plans)
        opens = poller._learner.open_due(Listing(snapshot_ids=outside._ids, locks=()))
        if ages or opens or not facts.up or poller.record.unreadable or site.at_work or agent.jobs._store.waiting:
            return object()
        return outside.appearance, poller.record, site.clock.ahead

    async def poll() -> None:
        nonlocal seen
        before = appearance()
        quiet = before == seen
        if quiet and not await leave_out():
            return
        was = site.recorder.served(source, besides=_MOVES)
        before = appearance()
        quiet = before == seen
        await look()
        assert not quiet or appearance() != before or was == site.recorder.served(source, besides=_MOVES), source
        seen = before
        agent.poke()

    async def leave_out() -> bool:
        """Say of all polls until something happens that they found nothing new; ``False``: something cut that short."""
        outside, interval = site.repositories[poller.settings.name], poller.settings.poll_interval
        loop, clock = asyncio.get_running_loop(), site.clock
        begin, truth = loop.time(), clock.truth().timestamp()
        opened_at = poller._learner._opened_at
        opens = opened_at + OPEN_INTERVAL.total_seconds() if opened_at is not None else begin
        end = min(begin + clock.seconds_until(site.next_happening), opens, begin + _PROBED_EVERY)
        at, moments = begin, []
        while at + outside.list_seconds < end:
            at += outside.list_seconds
            moments.append((truth + at - begin, truth + at - begin + clock.ahead))
            at += jittered(interval, agent.random.random())
        if not moments:
            return True
        site.recorder.touch(source, _MOVES, moments)
        last = datetime.fromtimestamp(moments[-1][1], UTC)
        poller._success_began = begin + moments[-1][0] - truth - outside.list_seconds
        poller._conclusions._facts = replace(
            poller.facts, last_poll=last, last_poll_success=last, polls=poller.facts.polls + len(moments)
        )
        try:
            async with asyncio.timeout(at - begin):
                await poller.hurried.wait()
            return False
        except TimeoutError:
            return True

    poller.poll = poll  # type: ignore[method-assign]


def spare_immich(site: "Site", agent: "SimulatedAgent", poller: DumpPoller) -> None:
    """The same for the upload location, where such a poll does nothing at all."""
    if "poll" in vars(poller):
        return
    look = poller.poll
    seen: object = None

    def appearance() -> object:
        if poller._settings is None or agent.jobs._store.waiting or poller._pause() < poller._settings.poll_interval:
            return object()
        return site.dumps.appearance, site.clock.ahead

    async def poll() -> timedelta:
        nonlocal seen
        if appearance() == seen:
            interval = poller._pause().total_seconds()
            seconds = min(site.clock.seconds_until(site.next_happening), _PROBED_EVERY)
            await asyncio.sleep(max(0.0, seconds // interval * interval))
        before = appearance()
        quiet = before == seen
        was = site.recorder.served(DumpPoller.name)
        pause = await look()
        assert not quiet or appearance() != before or was == site.recorder.served(DumpPoller.name), "dumps"
        seen = before if quiet or before == appearance() else None
        agent.poke()
        return pause

    poller.poll = poll  # type: ignore[method-assign]
