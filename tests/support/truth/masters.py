"""Worlds that scenarios begin with: each is lived through once for each process of the test run, then copied.

All lie at the same place while they are used, so that what the state store and the snapshots say of places stays true.
"""

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from support.repositories import PASSWORD, make_repository, shared_folder

from .world import TOKEN, World

FIRST_NIGHT = datetime(2036, 3, 1, 2, 0, tzinfo=UTC)
"""Ahead of any clock of today: when a file was last changed nobody can set, and here all of them were there before."""
NIGHTS = 16
DUMPS_KEPT = 14
POLLED_EVERY = timedelta(minutes=5)
"""How often an agent looks that is told nothing: more steps would show it nothing more."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    folder: Path
    now: datetime
    snapshots: tuple[str, ...]
    assets: dict[str, str] | None


Master = Callable[[World], Awaitable[None]]
_prepared: dict[str, _Prepared] = {}
_place: Path | None = None


def live_in(folder: Path) -> None:
    """Where all worlds of this process are from now on: each is hundreds of folders, made and taken away again."""
    global _place  # noqa: PLW0603 - scenarios are played plainly, and a process plays all of them in one place
    _place = folder


def place() -> Path:
    return _place or shared_folder() / f"worlds-{os.getpid()}"


def empty_world() -> World:
    """A world without anything, where all worlds are."""
    folder = place() / "world"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return World(folder, FIRST_NIGHT)


async def become(world: World, name: str) -> None:
    """Make of an empty world a copy of that master."""
    if name not in _prepared:
        await MASTERS[name](world)
        await world.close()
        folder = place() / name
        shutil.copytree(world.folder, folder, symlinks=True)
        _prepared[name] = _Prepared(folder, world.now, tuple(world.snapshots), copy(world.assets))
    else:
        shutil.copytree(_prepared[name].folder, world.folder, symlinks=True, dirs_exist_ok=True)
        world.clock.jump(seconds=(_prepared[name].now - world.now).total_seconds())
        world.snapshots = list(_prepared[name].snapshots)
        world.assets = copy(_prepared[name].assets)
    world.segments.clear()


def configuration(world: World) -> Mapping[str, Any]:
    """What most people have: one library, one repository, a nightly job that reports."""
    return {
        "immich": {"upload_location": str(world.library), "timezone": "UTC"},
        "repositories": {
            "nas": {
                "repository": str(world.repository("nas")),
                "password": PASSWORD,
                "stats_interval": 0,
                "inspect": {"enabled": False},
                "plans": {"immich": {"host": "photos"}},
            }
        },
        "jobs": {
            "nightly": {
                "kind": "backup",
                "repository": "nas",
                "plan": "immich",
                "max_age": "26h",
                "max_duration": "6h",
            }
        },
        "push": {"token": TOKEN},
        "state_dir": str(world.state),
    }


async def fresh(world: World) -> None:
    """The first moment: a library, an empty repository, an agent that was never started."""
    world.make_library()
    make_repository(world.repository("nas"))
    world.config_file.write_text(yaml.safe_dump(dict(configuration(world))))


async def settled(world: World) -> None:
    """Sixteen nights, each with a dump at 02:00 and a backup from 02:30 that is reported; watched all along."""
    await fresh(world)
    await _live(world, NIGHTS)


async def settled_014(world: World) -> None:
    """The same for six nights by restic 0.14, whose snapshots tell no sizes."""
    world.restic_version = "0.14"
    await fresh(world)
    await _live(world, 6)


async def settled_019(world: World) -> None:
    """The same for six nights by restic 0.19."""
    world.restic_version = "0.19"
    await fresh(world)
    await _live(world, 6)


async def fresh_inside(world: World) -> None:
    """The first moment of an installation whose dumps hold Immich's rows and whose snapshots are looked into."""
    world.assets = {}
    await fresh(world)
    world.configure({"repositories.nas.inspect": {}})


async def settled_inside(world: World) -> None:
    """Six nights of it."""
    await fresh_inside(world)
    await _live(world, 6)


async def _live(world: World, nights: int) -> None:
    await world.start()
    for night in range(nights):
        await world.pass_time(FIRST_NIGHT + timedelta(days=night) - world.now)
        world.add_photos(1)
        world.write_dump()
        world.keep_dumps(DUMPS_KEPT)
        await world.pass_time(timedelta(minutes=40), POLLED_EVERY)
        world.run_backup()
        await world.pass_time(timedelta(minutes=20), POLLED_EVERY)


MASTERS: Mapping[str, Master] = {
    "fresh": fresh,
    "settled": settled,
    "settled_014": settled_014,
    "settled_019": settled_019,
    "fresh_inside": fresh_inside,
    "settled_inside": settled_inside,
}
