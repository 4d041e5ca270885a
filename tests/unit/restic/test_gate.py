import asyncio

from immich_backup_exporter.restic.gate import Gate
from support.waiting import PATIENCE_SECONDS


def test_no_more_than_the_limit_are_inside_at_once() -> None:
    async def run() -> int:
        gate = Gate(2)
        inside, most = 0, 0

        async def visit() -> None:
            nonlocal inside, most
            async with gate.place():
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.01)
                inside -= 1

        await asyncio.gather(*(visit() for _ in range(6)))
        return most

    assert asyncio.run(run()) == 2


def test_nobody_waits_longer_than_the_longest_wait_and_a_late_guest_frees_no_place_of_another() -> None:
    async def run() -> bool:
        gate = Gate(1, longest_wait=0.05)
        async with asyncio.timeout(PATIENCE_SECONDS), gate.place():
            async with gate.place():
                pass
            return gate._places.locked()

    assert asyncio.run(run())


def test_a_place_is_free_again_after_a_failure() -> None:
    async def run() -> bool:
        gate = Gate(1)
        try:
            async with gate.place():
                raise KeyError
        except KeyError:
            return gate._places.locked()

    assert not asyncio.run(run())
