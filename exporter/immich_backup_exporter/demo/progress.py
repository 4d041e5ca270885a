"""Shows how far the building is: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.words import ENGLISH

Step = Callable[[Message], None]
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

        def step(doing: Message) -> None:
            nonlocal done
            done += 1
            progress.update(task, completed=done, description=ENGLISH.render(doing))

        yield step


def _lines(steps: int) -> Step:
    """The first step, the last one and a few between."""
    every = max(steps // _LINES, 1)
    done = 0

    def step(doing: Message) -> None:
        nonlocal done
        if done % every == 0:
            print(f"[{done * 100 // steps:3} %] {ENGLISH.render(doing)}", flush=True)
        done += 1

    return step
