"""What the `run` wrapper costs: its own time around a command that does nothing, its throughput and its memory.

    .venv/bin/python benchmarks/run_wrapper.py

Everything is taken in one run, the bare command and the wrapped one in turns. "Before the start" is from the start of
the process to the command's first instruction, beside that of the bare interpreter.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.wrapped import environment, wrapped

ROUNDS = 25
BYTES = 1_000_000_000
TELLS_THE_TIME = "import time; print(time.monotonic())"


def seconds(command: list[str], **popen: object) -> float:
    began = time.monotonic()
    subprocess.run(command, env=environment(), check=True, **popen)  # type: ignore[call-overload]
    return time.monotonic() - began


def started_after(command: list[str]) -> float:
    """From our start of the process to the command's own first look at the clock."""
    began = time.monotonic()
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    return float(done.stdout) - began


def print_overhead(spool: Path) -> None:
    bare, ours, python = [], [], []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    for _ in range(ROUNDS):
        bare.append(seconds(["true"], **pipes))
        ours.append(seconds(wrapped(spool, "true"), **pipes))
        python.append(seconds([sys.executable, "-c", "pass"], **pipes))
    own = statistics.median(ours) - statistics.median(bare)
    print(
        f"own time around `true`: {own * 1000:.0f} ms (of it `python -c pass`: {statistics.median(python) * 1000:.0f})"
    )
    tells = [sys.executable, "-S", "-c", TELLS_THE_TIME]
    alone = statistics.median(started_after(tells) for _ in range(ROUNDS))
    behind = statistics.median(started_after(wrapped(spool, *tells)) for _ in range(ROUNDS))
    print(f"of it before the command starts: {(behind - alone) * 1000:.0f} ms")


def print_throughput(spool: Path) -> None:
    for name, text in (
        ("lines of restic's status", '{"message_type":"status","percent_done":0}'),
        ("short lines", "y"),
    ):
        script = f"yes '{text}' | head -c {BYTES}"
        bare = seconds(["sh", "-c", f"{script} | cat >/dev/null"])
        behind = seconds(["sh", "-c", '"$@" | cat >/dev/null', "sh", *wrapped(spool, "sh", "-c", script)])
        print(f"1 GB of {name}: {bare:.1f} s bare, {behind:.1f} s wrapped, ratio {behind / bare:.1f}")


def print_memory(spool: Path) -> None:
    for size in (1_000, BYTES):
        process = subprocess.Popen(
            wrapped(spool, "sh", "-c", f"yes 'some words' | head -c {size}"),
            env=environment(),
            stdout=subprocess.DEVNULL,
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        print(f"peak memory of the wrapper, {size:,} bytes of output: {usage.ru_maxrss // 1024} MB")


def main() -> None:
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, pages of {resource.getpagesize()} bytes")
    with tempfile.TemporaryDirectory() as folder:
        print_overhead(Path(folder) / "spool")
        print_throughput(Path(folder) / "spool")
        print_memory(Path(folder) / "spool")


if __name__ == "__main__":
    main()
