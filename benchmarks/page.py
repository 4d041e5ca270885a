"""What a view of the page costs: processor time at 1, 100 and 500 repositories.

    .venv/bin/python benchmarks/page.py [--rounds 5]

Each repository has a plan whose newest snapshot was looked into. The first view after facts changed makes the page;
others are handed the same bytes for a minute, or until facts change again. The best of the rounds counts.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.page import KeptPage
from support.fakes import HandClock
from support.insides import with_contents

SIZES = tuple(range(30_000, 60_000, 1_000))
VIEWS = 1_000


def state_of(repositories: int) -> State:
    state = with_contents()
    (facts,) = state.repositories
    facts = replace(facts, plans=tuple(replace(plan, sizes=SIZES) for plan in facts.plans))
    named = (
        replace(facts.settings, access=replace(facts.settings.access, name=f"r{number}"))
        for number in range(repositories)
    )
    return replace(state, repositories=tuple(replace(facts, settings=settings) for settings in named))


def first_view(repositories: int, rounds: int) -> float:
    """Milliseconds of the best round; each shows a state of its own."""
    page, best = KeptPage(HandClock()), float("inf")
    for _ in range(rounds):
        state = state_of(repositories)
        started = time.process_time()
        page.of(state)
        best = min(best, time.process_time() - started)
    return 1000 * best


def other_views(repositories: int) -> tuple[float, int]:
    """Milliseconds of a view of a page that was made already, and the page's length."""
    page, state = KeptPage(HandClock()), state_of(repositories)
    length = len(page.of(state))
    started = time.process_time()
    for _ in range(VIEWS):
        page.of(state)
    return 1000 * (time.process_time() - started) / VIEWS, length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    made = {repositories: first_view(repositories, rounds) for repositories in (1, 100, 500)}
    for repositories, first in made.items():
        other, length = other_views(repositories)
        print(
            f"{repositories} repositories: {first:.1f} ms for the first view after a change (bar: below 50), "
            f"{other:.4f} ms for others; {length / 1000:.0f} kB"
        )
    print(f"500 repositories against 100, first view: {made[500] / made[100]:.1f} times (linear: 5)")


if __name__ == "__main__":
    main()
