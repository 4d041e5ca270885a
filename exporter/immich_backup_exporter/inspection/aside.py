"""Work on pieces of data in a thread beside the one that produces them, in their order and never far behind."""

import queue
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Piece = TypeVar("Piece")

_WAITING = 8
_SWITCH_SECONDS = 0.0005
"""Unpacking lets go of the interpreter and wants it back after a millisecond; Python's own 5 would be too long."""


class Aside(Generic[Piece]):
    """Calls ``function`` with each piece. What it raises, :meth:`put` or :meth:`finish` raise."""

    def __init__(self, function: Callable[[Piece], None]) -> None:
        self._function = function
        self._pieces: queue.Queue[Piece | None] = queue.Queue(_WAITING)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._thread.start()

    def put(self, piece: Piece) -> None:
        """Hand over the next piece; waits while too many are waiting."""
        if self._error is not None:
            raise self._error
        self._pieces.put(piece)

    def finish(self) -> None:
        """Wait until all is done; after that there is nothing to wait for."""
        if self._thread.is_alive():
            self._pieces.put(None)
            self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._error is None:
                try:
                    self._function(piece)
                except Exception as error:  # noqa: BLE001 - raised where somebody can hear of it
                    self._error = error
