"""What a view of the page costs: processor time at 1, 100, 500 and 1000 repositories.

    .venv/bin/python benchmarks/page.py [--rounds 5]

Each repository has a plan whose newest snapshot was looked into. A view makes anew what changed since the last one and
what is a minute old. While the page is viewed, a little of it is made anew each second. Views of the same state are
handed the same bytes for a minute. The best of the rounds counts.
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


def changed(state: State, number: int) -> State:
    """After a poll of one repository."""
    facts = replace(state.repositories[number], polls=state.repositories[number].polls + 1)
    return replace(state, repositories=(*state.repositories[:number], facts, *state.repositories[number + 1 :]))


class Viewed:
    """A page that is viewed, and how long each step takes the processor, in milliseconds."""

    def __init__(self, repositories: int) -> None:
        self._clock, self.state = HandClock(), state_of(repositories)
        self._page = KeptPage(self._clock)
        self.first = self.view()

    def view(self) -> float:
        started = time.process_time()
        self._page.of(self.state)
        return 1000 * (time.process_time() - started)

    def view_again(self) -> float:
        started = time.process_time()
        for _ in range(VIEWS):
            self._page.of(self.state)
        return 1000 * (time.process_time() - started) / VIEWS

    def view_changed(self) -> float:
        self.state = changed(self.state, 0)
        return self.view()

    def view_after_a_minute(self) -> float:
        self._clock.advance(seconds=60)
        return self.view()

    def minute(self) -> tuple[float, float]:
        """One in which repositories are polled every four minutes: the refresh, by second, and the view at its end."""
        took, polled, number = 0.0, 0.0, len(self.state.repositories)
        for _ in range(60):
            self._clock.advance(seconds=1)
            before, polled = polled, polled + number / 240
            for turn in range(int(before), int(polled)):
                self.state = changed(self.state, turn)
            started = time.process_time()
            self._page.refresh(self.state)
            took += time.process_time() - started
        return 1000 * took / 60, self.view()

    @property
    def length(self) -> int:
        return len(self._page.of(self.state))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = range(parser.parse_args().rounds)
    ready: dict[int, float] = {}
    for repositories in (1, 100, 500, 1000):
        first = min(Viewed(repositories).first for _ in rounds)
        page = Viewed(repositories)
        after_a_change = min(page.view_changed() for _ in rounds)
        without = min(page.view_after_a_minute() for _ in rounds)
        minutes = [page.minute() for _ in rounds]
        refresh, ready[repositories] = (min(values) for values in zip(*minutes, strict=True))
        print(
            f"{repositories} repositories, {page.length / 1000:.0f} kB: {first:.1f} ms for the first view ever; "
            f"{after_a_change:.1f} ms after a repository changed; after a minute {ready[repositories]:.1f} ms "
            f"with the refresh in between, which takes {refresh:.2f} ms a second, and {without:.1f} ms without; "
            f"{page.view_again():.4f} ms for others (bar: below 50)"
        )
    print(f"500 repositories against 100, after a minute: {ready[500] / ready[100]:.1f} times (linear: 5)")


if __name__ == "__main__":
    main()
