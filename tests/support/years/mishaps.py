"""What goes wrong in a healthy year and is no trouble: it must not raise any alert."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.immich import DumpKind

if TYPE_CHECKING:
    from .site import Site
    from .year import Year

_UPGRADES = 4
_REBOOTS = 4
_OUTAGES = 24
_MISSED_SCRAPES = 12
_PROMETHEUS_RESTARTS = 4
_EXTRA_LOCKS = 24
_OTHER_DUMPS = 3
_RETAGS = 2


def add(year: "Year", randomness: random.Random) -> None:
    """Draw them all."""
    _restarts(year, randomness)
    _reboots(year, randomness)
    _outages(year, randomness)
    _scrapes(year, randomness)
    _locks(year, randomness)
    _dumps(year, randomness)
    _tags(year, randomness)
    _holidays(year)


def _some(year: "Year", randomness: random.Random, number: int) -> list[datetime]:
    """So many moments a year, in order, an hour apart at least."""
    share = (year.end - year.start) / timedelta(days=365)
    drawn = sorted(
        year.moment(randomness, year.start + timedelta(hours=2), year.end - timedelta(hours=2))
        for _ in range(max(1, round(number * share)))
    )
    return [one for index, one in enumerate(drawn) if index == 0 or one - drawn[index - 1] > timedelta(hours=1)]


def _restarts(year: "Year", randomness: random.Random) -> None:
    upgrades = set(randomness.sample(range(max(_UPGRADES, year.style.restarts)), _UPGRADES))
    for number, at in enumerate(_some(year, randomness, year.style.restarts)):
        length = timedelta(seconds=randomness.randint(5, 180))
        restart(year, at, length, clean=randomness.random() < 0.7, upgraded=number in upgrades)


def restart(year: "Year", at: datetime, length: timedelta, *, clean: bool = True, upgraded: bool = False) -> None:
    """The agent's process ends, and another begins."""
    year.during(at, length, lambda site: site.stop_agent(clean=clean), lambda site: site.start_agent(upgraded=upgraded))


def outage(year: "Year", name: str, at: datetime, length: timedelta, reason: FailureReason) -> None:
    """A repository cannot be reached for a while."""
    year.during(
        at,
        length,
        lambda site: site.break_repository(name, reason),
        lambda site: site.mend_repository(name, reason),
    )


def _reboots(year: "Year", randomness: random.Random) -> None:
    """The machine that holds the repositories goes down and comes back, with the agent if that runs on it."""
    for _ in _some(year, randomness, _REBOOTS):
        at = year.idle_moment(randomness, year.start + timedelta(hours=2), year.end - timedelta(hours=2), 15)
        length = timedelta(minutes=randomness.uniform(2, 7))
        for repository in year.style.settings.repositories:
            outage(year, repository.name, at, length + timedelta(minutes=1), FailureReason.UNREACHABLE)
        if year.style.same_machine:
            restart(year, at, length)


def _outages(year: "Year", randomness: random.Random) -> None:
    reasons = (FailureReason.UNREACHABLE, FailureReason.TIMEOUT, FailureReason.PROTOCOL)
    for repository in year.style.settings.repositories:
        longest = year.style.ways[repository.name].outage_minutes
        for at in _some(year, randomness, _OUTAGES):
            length = timedelta(minutes=randomness.uniform(1, longest))
            outage(year, repository.name, at, length, randomness.choice(reasons))


def _scrapes(year: "Year", randomness: random.Random) -> None:
    for at in _some(year, randomness, _MISSED_SCRAPES):
        length = timedelta(minutes=randomness.randint(1, 3))
        year.during(at, length, lambda site: site.recorder.fall_silent(), lambda site: site.answer())
    for at in _some(year, randomness, _PROMETHEUS_RESTARTS):
        length = timedelta(minutes=randomness.randint(2, 6))
        year.during(at, length, lambda site: site.recorder.vanish(), lambda site: site.answer())


def _locks(year: "Year", randomness: random.Random) -> None:
    """Somebody looks into the repository, with `restic mount` or `check`."""
    names = [repository.name for repository in year.style.settings.repositories]
    for number, at in enumerate(_some(year, randomness, _EXTRA_LOCKS)):
        _look(year, at, names[number % len(names)], timedelta(minutes=randomness.uniform(2, 180)))


def _look(year: "Year", at: datetime, name: str, length: timedelta) -> None:
    year.do(at, lambda site: site.hold(name, length))


def _dumps(year: "Year", randomness: random.Random) -> None:
    """An administrator uploads a dump, or Immich makes one before it restores another; they may be tiny, and stay."""
    if year.style.dump is None:
        return
    for number, at in enumerate(_some(year, randomness, _OTHER_DUMPS)):
        kind = (DumpKind.UPLOADED, DumpKind.RESTORE_POINT)[number % 2]
        name = f"{kind.value}-immich-db-backup-{at:%Y%m%dT%H%M%S}-v2.4.0-pg14.19.sql.gz"
        put_dump(year, at, name, kind)


def put_dump(year: "Year", at: datetime, name: str, kind: DumpKind) -> None:
    """Somebody puts a file into the dump folder that is cut off."""

    def put(site: "Site") -> None:
        site.dumps.put(name, 1000, named=at, kind=kind)
        site.dumps.bad.add(name)

    year.do(at, put)


def _tags(year: "Year", randomness: random.Random) -> None:
    """Somebody puts a tag on every snapshot."""
    for repository in year.style.settings.repositories:
        for _ in range(_RETAGS):
            at = year.idle_moment(randomness, year.start + timedelta(hours=2), year.end - timedelta(hours=2), 30)
            _tag(year, at, repository.name)


def _tag(year: "Year", at: datetime, name: str) -> None:
    year.do(at, lambda site: site.retag(name))


def _holidays(year: "Year") -> None:
    for since, until in year.style.holidays:
        _pause(year, datetime.combine(since, time(12), UTC), datetime.combine(until, time(12), UTC))


def _pause(year: "Year", at: datetime, back: datetime) -> None:
    year.do(at, lambda site: site.pause(back))
