"""When findings began, as a source: what it writes down, publishes, and knows again after a restart."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.checks import findings
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.findings import FindingsSource
from support.facts import NOW
from support.fakes import HandClock
from support.healthy import STATE
from support.memory_store import MemoryStore

STALE = Finding(
    check="Stale",
    about=About.PLAN,
    severity=Severity.WARNING,
    subject=Message("subjects.plan", repository="nas", plan="immich"),
    labels={"repository": "nas", "plan": "immich"},
    message=Message("plans.paused"),
)
ID = "Stale/plan=immich,repository=nas"


class Bench:
    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.clock = HandClock()
        self.found: list[Finding] = []
        self.settled = True
        self.published: list[Mapping[str, datetime]] = []
        self.source = FindingsSource(
            lambda _: self.found,
            lambda: self.settled,
            StoreAccess(self.store, lambda: None),
            self.clock,
            self.published.append,
        )

    def poll(self, *found: Finding) -> timedelta:
        self.found = list(found)
        return asyncio.run(self.source.poll())


def test_what_began_is_written_down_and_published_once() -> None:
    bench = Bench()
    assert bench.poll(STALE) == timedelta(minutes=1)
    bench.clock.advance(minutes=1)
    bench.poll(STALE)
    assert bench.published == [{ID: NOW}]
    assert bench.store.load_beginnings() == {ID: NOW}


def test_what_ended_is_forgotten() -> None:
    bench = Bench()
    bench.poll(STALE)
    bench.poll()
    assert bench.published == [{ID: NOW}, {}]
    assert bench.store.load_beginnings() == {}


def test_a_restart_goes_on_with_what_was_written_down() -> None:
    first = Bench()
    first.poll(STALE)
    second = Bench(first.store)
    second.clock.advance(hours=5)
    second.source.restore(second.store)
    second.settled = False
    second.poll()
    second.settled = True
    second.poll(replace(STALE, severity=Severity.CRITICAL))
    assert second.published == [{ID: NOW}]


def test_findings_say_since_when_and_those_that_are_ok_do_not() -> None:
    state = replace(STATE, since={"DumpStale": NOW, "NoOffsiteCopy": NOW})
    told = {finding.check: finding.since for finding in findings(state, NOW) if finding.since}
    assert told == {}
    stale = replace(STATE, dump=replace(STATE.dump, last_valid=NOW - timedelta(days=9)), since={"DumpStale": NOW})
    assert {one.check: one.since for one in findings(stale, NOW) if one.since} == {"DumpStale": NOW}
