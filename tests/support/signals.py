"""What the caller of the tests does with signals stays the caller's."""

import signal
from types import FrameType

OF_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""Python itself ignores these, and `subprocess` undoes that for the programs that it starts."""


def set_own() -> None:
    """What this process was started with is no longer handed on: no signal is ignored or blocked in what it starts.

    `nohup` and a shell's background ignore SIGHUP or SIGINT for all that they start. This process goes on passing over
    them, by a handler, since a handler is not inherited.
    """
    for number in signal.valid_signals() - OF_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _pass_over)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _pass_over(number: int, frame: FrameType | None) -> None:
    pass
