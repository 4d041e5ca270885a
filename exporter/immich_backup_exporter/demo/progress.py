"""Shows how far the building is: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[str], None]
"""Called at the beginning of each step with what is being done."""

_LINES = 6


@contextmanager
def shown(steps: int) -> Iterator[Step]:
    """Show the progress of that many steps while the block runs."""
    if sys.stdout.isatty():
        with _bar(steps) as step:
            yield step
    else:
        yield _lines(steps)


@contextmanager
def _bar(steps: int) -> Iterator[Step]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), transient=True
    ) as progress:
        task = progress.add_task("", total=steps)
        done = -1

        def step(text: str) -> None:
            nonlocal done
            done += 1
            progress.update(task, completed=done, description=text)

        yield step


def _lines(steps: int) -> Step:
    """The first step, the last one and a few between."""
    every = max(steps // _LINES, 1)
    done = 0

    def step(text: str) -> None:
        nonlocal done
        if done % every == 0:
            print(f"[{done * 100 // steps:3} %] {text}", flush=True)
        done += 1

    return step
