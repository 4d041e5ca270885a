"""The `run` wrapper as a process of its own, in front of any command."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.jobs.inbox import read_spool
from support.waiting import PATIENCE_SECONDS

CALL = "import sys; from immich_backup_exporter.jobs.{module} import main; sys.exit(main(sys.argv[1:]))"


def wrapped(spool: Path, *command: str | Path, options: Sequence[str] = (), job: str = "nightly") -> list[str]:
    """The arguments that run `command` behind the wrapper."""
    return [
        *(sys.executable, "-c", CALL.format(module="run"), "--job", job, "--spool-dir", str(spool)),
        *(*options, "--", *map(str, command)),
    ]


def run(
    spool: Path,
    *command: str | Path,
    options: Sequence[str] = (),
    job: str = "nightly",
    env: Mapping[str, str] | None = None,
    **popen: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end, with its output captured."""
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(
        wrapped(spool, *command, options=options, job=job),
        env=environment(env),
        timeout=PATIENCE_SECONDS,
        check=False,
        **popen,
    )


@contextmanager
def started(
    spool: Path, *command: str | Path, options: Sequence[str] = (), env: Mapping[str, str] | None = None, **popen: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """It runs, in a session of its own, with its output in pipes unless said otherwise; all of it is killed after."""
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    popen.setdefault("start_new_session", True)
    with subprocess.Popen(wrapped(spool, *command, options=options), env=environment(env), **popen) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def reading(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Its output and its errors."""
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout, process.stderr


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH and what Python needs to find the package in any setting."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {"PATH": os.environ["PATH"], "PYTHONPATH": paths} | dict(more or {})


def reports(spool: Path) -> list[RunReport]:
    """What the agent would believe; the test fails on anything that it would not."""
    look = read_spool(str(spool))
    assert look.rejected == ()
    return [entry.report for entry in look.entries]


def end(spool: Path) -> RunReport:
    """The one run's end."""
    (report,) = [report for report in reports(spool) if report.event is RunEvent.END]
    return report


def alive(pid: int) -> bool:
    """Whether a process runs, zombies not counted."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
