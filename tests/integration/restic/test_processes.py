"""Processes are bounded and leave nothing behind. Shell scripts stand in for a restic that misbehaves."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from immich_backup_exporter import processes
from immich_backup_exporter.processes import DeadlineReached, Finished, OutputTooLong
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually, late

ENVIRONMENT = {"PATH": os.environ["PATH"]}


async def start(*command: str, deadline: float = PATIENCE_SECONDS, stdout_limit: int = 2**20) -> Finished:
    return await processes.run(
        command, environment=ENVIRONMENT, deadline=deadline, stdout_limit=stdout_limit, grace=0.3
    )


def alive(pid_file: Path) -> bool:
    """Whether the process that wrote its pid there still runs; a zombie that nobody reaps yet does not."""
    pid = int(pid_file.read_text())
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def written(pid_file: Path) -> bool:
    return pid_file.exists() and pid_file.read_text().endswith("\n")


def wait_for(pid_file: Path) -> None:
    eventually(lambda: written(pid_file))


def test_output_exit_code_and_the_end_of_stderr_come_back() -> None:
    finished = asyncio.run(start("sh", "-c", "echo out; echo err >&2; exit 3"))
    assert finished == Finished(code=3, stdout=b"out\n", stderr="err\n")


def test_nothing_is_on_stdin_and_the_environment_is_only_what_it_is_given() -> None:
    finished = asyncio.run(start("sh", "-c", "cat; env | cut -d= -f1 | grep -v -e ^_ -e PWD -e SHLVL"))
    assert finished.stdout == b"PATH\n"


def test_only_the_end_of_a_long_stderr_is_kept() -> None:
    finished = asyncio.run(start("sh", "-c", "yes noise | head -c 200000 >&2; echo reason >&2"))
    assert len(finished.stderr) == processes.STDERR_KEPT_BYTES
    assert finished.stderr.endswith("reason\n")


def test_a_long_line_is_read_whole() -> None:
    finished = asyncio.run(start("sh", "-c", "head -c 900000 /dev/zero"))
    assert len(finished.stdout) == 900_000


def test_endless_output_ends_the_process() -> None:
    with pytest.raises(OutputTooLong):
        asyncio.run(start("yes"))


def test_at_the_deadline_the_process_is_ended_and_its_last_words_are_none_of_the_reason(tmp_path: Path) -> None:
    traps = "trap 'echo ended >&2; exit 1' TERM"
    script = f"{traps}; echo before >&2; sleep {FOREVER_SECONDS} & echo $$ > {tmp_path}/pid; wait"
    with pytest.raises(DeadlineReached) as raised:
        asyncio.run(late(start("sh", "-c", script), lambda: written(tmp_path / "pid")))
    assert raised.value.stderr == "before\n"


def test_at_the_deadline_the_whole_group_dies_even_what_ignores_sigterm(tmp_path: Path) -> None:
    grandchild = f"sh -c 'trap \"\" TERM; echo $$ > {tmp_path}/pid; while :; do sleep 1; done'; true"
    with pytest.raises(DeadlineReached):
        asyncio.run(late(start("sh", "-c", grandchild), lambda: written(tmp_path / "pid")))
    eventually(lambda: not alive(tmp_path / "pid"))


def test_a_grandchild_without_the_pipes_dies_with_the_group_too(tmp_path: Path) -> None:
    grandchild = f"sh -c 'trap \"\" TERM; echo $$ > {tmp_path}/pid; sleep {FOREVER_SECONDS}' >/dev/null 2>&1 & wait"
    with pytest.raises(DeadlineReached):
        asyncio.run(late(start("sh", "-c", grandchild), lambda: written(tmp_path / "pid")))
    eventually(lambda: not alive(tmp_path / "pid"))


def test_a_grandchild_that_holds_the_pipe_does_not_hold_up_a_process_that_has_ended(tmp_path: Path) -> None:
    script = f"sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; echo out; exit 0"
    finished = asyncio.run(start("sh", "-c", script))
    assert finished.stdout == b"out\n"
    eventually(lambda: not alive(tmp_path / "pid"))


def test_a_process_that_left_the_group_does_not_hold_up_either(tmp_path: Path) -> None:
    left = f"setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep {FOREVER_SECONDS}'"
    finished = asyncio.run(start("sh", "-c", f"{left} & while [ ! -s {tmp_path}/pid ]; do sleep 0.02; done; echo out"))
    assert finished.stdout == b"out\n"
    assert alive(tmp_path / "pid")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_cancelling_ends_the_group_before_the_cancellation_is_through(tmp_path: Path) -> None:
    async def run() -> None:
        task = asyncio.create_task(start("sh", "-c", f"sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; wait"))
        await asyncio.to_thread(wait_for, tmp_path / "pid")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not alive(tmp_path / "pid")

    asyncio.run(run())


def test_cancelling_while_it_starts_leaves_nothing_of_it(tmp_path: Path) -> None:
    async def run() -> None:
        task = asyncio.create_task(start("sh", "-c", f"sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; wait"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        wait_for(tmp_path / "pid")  # holds the event loop, so that the start is not through yet
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not alive(tmp_path / "pid")

    asyncio.run(run())


def test_cancelling_twice_takes_the_grace_away_and_still_kills(tmp_path: Path) -> None:
    async def run() -> None:
        command = f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 1; done"
        work = processes.run(
            ("sh", "-c", command),
            environment=ENVIRONMENT,
            deadline=FOREVER_SECONDS,
            stdout_limit=10,
            grace=FOREVER_SECONDS,
        )
        task = asyncio.create_task(work)
        await asyncio.to_thread(wait_for, tmp_path / "pid")
        task.cancel()
        await asyncio.sleep(0.05)
        task.cancel()
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    eventually(lambda: not alive(tmp_path / "pid"))


def test_a_program_that_is_not_there_or_not_executable_is_an_os_error(script: Callable[[str], str]) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(start("/nowhere/restic"))
    path = Path(script("true"))
    path.chmod(0o644)
    with pytest.raises(PermissionError):
        asyncio.run(start(str(path)))


def test_many_processes_at_once_all_come_back() -> None:
    async def run() -> list[Finished]:
        return await asyncio.gather(*(start("sh", "-c", f"echo {number}") for number in range(20)))

    assert [finished.stdout for finished in asyncio.run(run())] == [b"%d\n" % number for number in range(20)]
