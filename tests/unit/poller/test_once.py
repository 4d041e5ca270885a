"""One look at everything goes in phases; what is in the same phase is looked at all at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from immich_backup_exporter.poller.once import look_once
from immich_backup_exporter.poller.source import Phase, Source


class Fake(Source):
    def __init__(self, name: str, log: list[str], phases: Sequence[Phase]) -> None:
        self.name, self._log, self.phases = name, log, phases

    async def poll(self) -> timedelta:
        self._log.append(f"{self.name} polls")
        return timedelta(hours=1)

    async def look_once(self, phase: Phase) -> None:
        self._log.append(f"{self.name} begins {phase.name}")
        await asyncio.sleep(0)
        self._log.append(f"{self.name} ends {phase.name}")


class Plain(Source):
    name = "plain"

    def __init__(self, log: list[str]) -> None:
        self._log = log

    async def poll(self) -> timedelta:
        self._log.append("plain polls")
        return timedelta(hours=1)


def test_phases_go_one_after_the_other_and_sources_of_a_phase_together() -> None:
    log: list[str] = []
    jobs = Fake("jobs", log, (Phase.REPORTS, Phase.CONCLUDE))
    nas = Fake("nas", log, (Phase.LOOK, Phase.SIZES))
    dumps = Fake("dumps", log, (Phase.LOOK,))
    asyncio.run(look_once([nas, dumps, jobs]))
    assert log == [
        "jobs begins REPORTS",
        "jobs ends REPORTS",
        "nas begins LOOK",
        "dumps begins LOOK",
        "nas ends LOOK",
        "dumps ends LOOK",
        "nas begins SIZES",
        "nas ends SIZES",
        "jobs begins CONCLUDE",
        "jobs ends CONCLUDE",
    ]


def test_only_the_phases_that_are_asked_for_take_place() -> None:
    log: list[str] = []
    nas = Fake("nas", log, (Phase.LOOK, Phase.SIZES))
    requests = Fake("requests", log, (Phase.ACCEPT,))
    asyncio.run(look_once([nas, requests], (Phase.ACCEPT,)))
    assert log == ["requests begins ACCEPT", "requests ends ACCEPT"]


def test_a_source_that_says_nothing_of_phases_is_polled_once() -> None:
    log: list[str] = []
    asyncio.run(look_once([Plain(log)]))
    assert log == ["plain polls"]
