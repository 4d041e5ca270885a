"""What stories are made of. Durations are written `26h30m`; alerts `Name severity label=value ...`."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec

from . import masters
from .scenario import Step
from .tape import Failed, Minute, Off, Unseen
from .world import TOKEN, World, duration

P = ParamSpec("P")

LAST_BACKUP = timedelta(hours=2, minutes=30)
"""When a master's last backup began, by the time of day."""

FIRING_MINUTES = 25
"""Longer than any `for` and a poll's interval."""
CALM_MINUTES = 30
"""Longer than any `keep_firing_for` and a poll's interval."""


def _act(method: Callable[Concatenate[World, P], object]) -> Callable[P, Step]:
    def steps(*args: P.args, **kwargs: P.kwargs) -> Step:
        async def step(world: World) -> None:
            method(world, *args, **kwargs)

        return step

    return steps


def act(function: Callable[[World], object]) -> Step:
    """Something that only one story does."""

    async def step(world: World) -> None:
        function(world)

    return step


accept = _act(World.accept)
add_photos = _act(World.add_photos)
backup = _act(World.backup)
begin = _act(World.begin)
configure = _act(World.configure)
delete_photos = _act(World.delete_photos)
end = _act(World.end)
kill_wrapped = _act(World.kill_wrapped)
silence = _act(World.silence)
wrapped_backup = _act(World.wrapped_backup)
forget_rows = _act(World.forget_rows)
lose_photos = _act(World.lose_photos)
hide = _act(World.hide)
hold_lock = _act(World.hold_lock)
keep_dumps = _act(World.keep_dumps)
leave_lock = _act(World.leave_lock)
release_lock = _act(World.release_lock)
report = _act(World.report)
restic = _act(World.restic)
run_backup = _act(World.run_backup)
serve_repositories = _act(World.serve_repositories)
show = _act(World.show)
start_server = _act(World.start_server)
stop_server = _act(World.stop_server)
wrapped = _act(World.wrapped)
write_dump = _act(World.write_dump)


# --- beginnings


def settled(
    age: str = "1h", *, config: Mapping[str, Any] | None = None, master: str = "settled", before: Step | None = None
) -> Step:
    """The prepared world, `age` after its last backup began, under that configuration; the agent starts."""

    async def step(world: World) -> None:
        await masters.become(world, master)
        world.restic_version = {"settled_014": "0.14", "settled_019": "0.19"}.get(master, "0.18")
        world.configure(config or {})
        midnight = world.now.replace(hour=0, minute=0, second=0, microsecond=0)
        world.clock.jump(seconds=(midnight + LAST_BACKUP + duration(age) - world.now).total_seconds())
        if before is not None:
            await before(world)
        await world.start()

    return step


def fresh(*, config: Mapping[str, Any] | None = None, master: str = "fresh", before: Step | None = None) -> Step:
    """The first day of an installation: an empty repository, no dump, an agent that was never there."""

    async def step(world: World) -> None:
        await masters.become(world, master)
        world.configure(config or {})
        if before is not None:
            await before(world)
        await world.start()

    return step


def steps(*several: Step) -> Step:
    async def step(world: World) -> None:
        for one in several:
            await one(world)

    return step


# --- time


def passes(length: str) -> Step:
    """Time that nobody asks about."""

    async def step(world: World) -> None:
        await world.pass_time(duration(length))

    return step


def fires(*alerts: str, after: int = FIRING_MINUTES) -> Step:
    """After so many minutes exactly these alerts fire, and no other fired on the way."""

    async def step(world: World) -> None:
        await world.record(after)
        await world.check(after, alerts)

    return step


def quiet(minutes: int = FIRING_MINUTES) -> Step:
    """For so many minutes nothing fires."""
    return fires(after=minutes)


def calm(minutes: int = CALM_MINUTES) -> Step:
    """After so many minutes what fired has fallen silent, and nothing else fired on the way."""
    return fires(after=minutes)


# --- the agent


def reload(changes: Mapping[str, Any] | None = None, *, accepted: bool = True) -> Step:
    """Change the configuration and tell the agent."""

    async def step(world: World) -> None:
        world.configure(changes or {})
        assert world.agent is not None
        assert await world.agent.reload() is accepted

    return step


def stop(*, clean: bool = True) -> Step:
    async def step(world: World) -> None:
        await world.stop(clean=clean)

    return step


def start() -> Step:
    async def step(world: World) -> None:
        await world.start()

    return step


def restart() -> Step:
    return steps(stop(), start())


def post(path: str) -> Step:
    """A report over HTTP, to `/api/v1/runs` and below."""

    async def step(world: World) -> None:
        assert world.agent is not None
        await world.agent.post(f"/api/v1/runs{path}", TOKEN)

    return step


# --- Prometheus


def _prometheus(state: Minute | None) -> Callable[[], Step]:
    async def step(world: World) -> None:
        world.prometheus = state

    return lambda: step


prometheus_off = _prometheus(Off())
scrapes_fail = _prometheus(Failed())
target_unknown = _prometheus(Unseen())
scrapes_work = _prometheus(None)
