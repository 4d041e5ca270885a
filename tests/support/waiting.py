"""Waiting for what has to come. How long it takes is never asked: no test knows how busy its machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 120.0
"""A test fails after that rather than hangs. What is right takes a small part of it on a busy machine, too."""

FOREVER_SECONDS = 10 * PATIENCE_SECONDS
"""How long a process sleeps that a test has to end, or that must hold nothing up."""

T = TypeVar("T")


def eventually(look: Callable[[], T], told: Callable[[], str] = lambda: "", *, every: float = 0.02) -> T:
    """What ``look`` returns once that is true. If it never is, the test fails with what ``told`` then says."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"it never came to that:\n{told()}"
        time.sleep(every)
    return found
