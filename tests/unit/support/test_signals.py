"""Tests start programs that react to signals as anywhere, whatever their own caller ignores."""

import os
import subprocess
import sys

IGNORES_AND_BLOCKS = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
SHOWS_WHAT_IT_STARTS = """
import os, signal, subprocess
from support.signals import set_own
set_own()
os.kill(os.getpid(), signal.SIGHUP)
subprocess.run(["sed", "-nE", "s/^(SigBlk|SigIgn).*(.{7})$/\\\\1 \\\\2/p", "/proc/self/status"], check=True)
"""


def test_what_the_caller_ignores_or_blocks_is_not_handed_on_and_does_not_end_the_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IGNORES_AND_BLOCKS, SHOWS_WHAT_IT_STARTS],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout == b"SigBlk 0000000\nSigIgn 0000000\n"
