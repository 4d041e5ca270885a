"""The source that keeps the page ready."""

import asyncio
from datetime import timedelta

from immich_backup_exporter.poller.page import PageSource


def test_each_poll_refreshes_and_the_next_is_a_second_later() -> None:
    refreshed: list[str] = []
    source = PageSource(lambda: refreshed.append("refreshed"), asyncio.Event())
    assert asyncio.run(source.poll()) == timedelta(seconds=1)
    assert refreshed == ["refreshed"]


def test_it_sleeps_until_the_page_is_viewed() -> None:
    async def work() -> tuple[bool, bool]:
        viewed = asyncio.Event()
        pause = asyncio.create_task(PageSource(lambda: None, viewed).pause(0))
        for _ in range(10):
            await asyncio.sleep(0)
        before = pause.done()
        viewed.set()
        await pause
        return before, pause.done()

    assert asyncio.run(work()) == (False, True)
