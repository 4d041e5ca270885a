"""Real restic in bad surroundings, and shell scripts in restic's place that behave as no restic should."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.restic import Deadlines, ResticRepository, restic_version
from support import repositories
from support.tools import free_port, tool
from support.unprivileged import open_folder, script_as_nobody
from support.waiting import FOREVER_SECONDS, eventually
from support.words import english

VERSIONS = ("0.14", "0.18", "0.19")
SHORT = Deadlines(opening=1.0, ending=0.5)
NOBODYS_ID = "0" * 64
every_version = pytest.mark.parametrize("version", VERSIONS)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


class ClockOfTheLoop(SystemClock):
    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


async def opening(reader: ResticRepository) -> str:
    return await reader.open()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return repositories.make_repository(tmp_path / "s3cret" / "immich")


# restic itself


@every_version
def test_the_agents_own_restic_variables_change_nothing(reading: Any, tmp_path: Path, version: str) -> None:
    repository = repositories.prepared_repository(tmp_path)
    ids = frozenset(os.listdir(repository / "snapshots"))
    environ = {
        "PATH": os.environ["PATH"],
        "RESTIC_HOST": "other",
        "RESTIC_REPOSITORY_FILE": "/no/such/file",
        "RESTIC_PASSWORD_FILE": "/no/such/file",
        "RESTIC_PASSWORD_COMMAND": "false",
        "RESTIC_CACHE_DIR": "/proc/nowhere",
        "RESTIC_PROGRESS_FPS": "100",
        "RESTIC_KEY_HINT": "0000",
    }
    reader = reading.reader(repository, version=version, environ=environ)
    found = reading.ask(reader, lambda reader: reader.snapshots(ids))
    assert {snapshot.id for snapshot in found} == ids


@every_version
@pytest.mark.parametrize("way", ["password_file", "password_command"])
def test_a_password_can_come_from_a_file_or_a_command(
    reading: Any, repository: Path, tmp_path: Path, version: str, way: str
) -> None:
    (tmp_path / "password").write_text(repositories.PASSWORD + "\n")
    value = {"password_file": str(tmp_path / "password"), "password_command": f"cat {tmp_path}/password"}[way]
    assert len(reading.ask(reading.reader(repository, version=version, **{way: value}), opening)) == 64


@every_version
def test_a_password_command_that_fails_is_named(reading: Any, repository: Path, version: str) -> None:
    command = "sh -c 'echo s3cret >&2; exit 3'"
    error = reading.failure(reading.reader(repository, version=version, password_command=command), opening)
    assert error.reason is FailureReason.WRONG_PASSWORD
    assert "password_command" in english(error.message)


@every_version
def test_an_empty_password_is_named(reading: Any, repository: Path, version: str) -> None:
    error = reading.failure(reading.reader(repository, version=version, password=""), opening)
    assert error.reason is FailureReason.WRONG_PASSWORD
    assert "empty" in english(error.message)


def test_a_password_never_is_on_a_command_line(reading: Any, repository: Path, script: Any, tmp_path: Path) -> None:
    program = script(f'echo "$@" > {tmp_path}/seen; exit 1')
    reader = reading.reader("rest:http://agent:s3cret@127.0.0.1:1/", password="s3cret", restic=program)
    reading.failure(reader, opening)
    assert (tmp_path / "seen").read_text() == "--no-lock --json --quiet cat config\n"


@every_version
def test_host_names_and_tags_with_quotes_newlines_and_other_bytes_come_back_as_text(
    reading: Any, repository: Path, tmp_path: Path, version: str
) -> None:
    (tmp_path / "source").mkdir()
    command = [tool(f"restic-{version}"), "-r", repository, "backup", "--quiet", "--no-cache", tmp_path / "source"]
    command += ["--host", b'ho"st\nname\xff', "--tag", 'qu"ote', "--tag", "new\nline", "--tag", b"by\xfe\xffte"]
    environment = {"PATH": os.environ["PATH"], "RESTIC_PASSWORD": repositories.PASSWORD, "HOME": str(tmp_path)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    ids = os.listdir(repository / "snapshots")
    (snapshot,) = reading.ask(reading.reader(repository, version=version), lambda reader: reader.snapshots(ids))
    assert snapshot.hostname == 'ho"st\nname\ufffd'
    assert snapshot.tags == ('qu"ote', "new\nline", "by\ufffd\ufffdte")


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture
def as_nobody(place: Path) -> Callable[[str], str]:
    """A program that runs a real restic as nobody."""

    def program(version: str) -> str:
        path = place / "restic-as-nobody"
        path.write_text(script_as_nobody(tool(f"restic-{version}"), "--no-cache"))
        path.chmod(0o755)
        said = subprocess.run([path, "version"], capture_output=True, check=True).stdout
        assert said.startswith(f"restic {version}".encode())  # else it would be the program that may not be read
        return str(path)

    return program


@as_root
@every_version
def test_a_repository_of_another_user_is_a_matter_of_permission(
    reading: Any, place: Path, as_nobody: Callable[[str], str], version: str
) -> None:
    repository = repositories.make_repository(place / "s3cret" / "immich")
    repository.chmod(0o700)
    error = reading.failure(reading.reader(repository, restic=as_nobody(version)), opening)
    assert error.reason is FailureReason.PERMISSION
    assert "uid 0" in english(error.next_step)


@as_root
@every_version
def test_unreadable_keys_are_a_matter_of_permission_also_where_restic_tries_forever(
    reading: Any, overheard: Any, place: Path, as_nobody: Callable[[str], str], version: str
) -> None:
    repository = repositories.make_repository(place / "s3cret" / "immich")
    for folder in (repository, repository / "keys"):
        folder.chmod(0o755)
    reader = reading.reader(repository, restic=overheard.of(as_nobody(version)))
    error = reading.failure(reader, opening, overheard.trying_again)
    assert error.reason is FailureReason.PERMISSION


@as_root
@every_version
def test_snapshots_that_may_not_be_read_are_no_empty_repository(
    reading: Any, overheard: Any, place: Path, as_nobody: Callable[[str], str], version: str
) -> None:
    repository = repositories.prepared_repository(place)
    ids = os.listdir(repository / "snapshots")
    for path in (repository, *(repository / name for name in ("keys", "snapshots", "locks", "index"))):
        path.chmod(0o755)
    for path in (repository / "config", *(repository / "keys").iterdir()):
        path.chmod(0o444)
    for path in (repository / "snapshots").iterdir():
        path.chmod(0o400)
    reader = reading.reader(repository, restic=overheard.of(as_nobody(version)))
    error = reading.failure(reader, lambda reader: reader.snapshots(ids), overheard.trying_again)
    assert error.reason is FailureReason.PERMISSION


# other backends go through restic


@every_version
def test_a_backend_without_a_cheap_listing_is_listed_by_restic(
    reading: Any, repository: Path, tmp_path: Path, version: str, script: Any
) -> None:
    """restic is told that the repository is a local one after all: the listing through restic is what is tried."""
    prepared = repositories.prepared_repository(tmp_path)
    ids = frozenset(os.listdir(prepared / "snapshots"))
    program = script(f'RESTIC_REPOSITORY={prepared} exec {tool(f"restic-{version}")} "$@"')
    reader = reading.reader("b2:bucket:immich", restic=program)
    listing = reading.ask(reader, lambda reader: reader.list())
    assert listing.snapshot_ids == ids
    assert listing.locks == ()
    assert [(count.command, count.outcome, count.count) for count in reader.commands()[0]] == [("list", "success", 2)]


@every_version
def test_an_unreachable_store_is_given_up_at_the_deadline_with_its_reason(
    reading: Any, overheard: Any, version: str
) -> None:
    own = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    program = overheard.of(tool(f"restic-{version}"))
    reader = reading.reader(f"s3:http://127.0.0.1:{free_port()}/s3cret", restic=program, environment=own)
    error = reading.failure(reader, lambda reader: reader.list(), overheard.trying_again)
    assert error.reason is FailureReason.UNREACHABLE
    assert error.transient


@every_version
def test_a_black_hole_is_a_timeout(reading: Any, black_hole: str, version: str) -> None:
    error = reading.failure(reading.reader(black_hole, version=version, deadlines=SHORT), opening)
    assert error.reason is FailureReason.TIMEOUT


@every_version
@pytest.mark.parametrize(
    ("status", "reason"), [(401, "unauthorized"), (403, "unauthorized"), (404, "not_found"), (500, "unreachable")]
)
def test_what_a_rest_server_answers_to_restic_has_the_same_reason_as_to_a_listing(
    reading: Any, overheard: Any, answers: Any, status: int, reason: str, version: str
) -> None:
    answers.status = status
    answers.server.RequestHandlerClass.do_HEAD = answers.server.RequestHandlerClass.do_GET
    reader = reading.reader(answers.url, restic=overheard.of(tool(f"restic-{version}")))
    assert reading.failure(reader, opening, overheard.trying_again).reason.value == reason


@every_version
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("me@nas: Permission denied (publickey).", "unauthorized"),
        ("Host key verification failed.", "unauthorized"),
        ("ssh: connect to host nas port 22: Connection refused", "unreachable"),
        ("ssh: Could not resolve hostname s3cret: Name or service not known", "unreachable"),
    ],
)
def test_what_ssh_says_is_the_reason(reading: Any, tmp_path: Path, version: str, said: str, reason: str) -> None:
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\necho "{said}" >&2\nsleep 0.1\nexit 255\n')
    ssh.chmod(0o755)
    environ = {"PATH": f"{ssh.parent}:{os.environ['PATH']}"}
    reader = reading.reader("sftp:me@s3cret:/immich", version=version, environ=environ)
    assert reading.failure(reader, opening).reason.value == reason


@every_version
def test_a_missing_helper_program_is_named(reading: Any, tmp_path: Path, version: str) -> None:
    reader = reading.reader("rclone:s3cret:immich", version=version, environ={"PATH": str(tmp_path)})
    error = reading.failure(reader, opening)
    assert error.reason is FailureReason.RESTIC_MISSING
    assert "rclone" in english(error.message)


# what is no restic


def test_a_missing_restic_is_said_to_be_missing(reading: Any, repository: Path) -> None:
    error = reading.failure(reading.reader(repository, restic="/s3cret/restic"), opening)
    assert error.reason is FailureReason.RESTIC_MISSING
    assert reading.failure(reading.reader(repository, restic="restic", environ={"PATH": "/nowhere"}), opening)


def test_a_restic_that_may_not_be_executed_or_is_no_program_is_missing_too(
    reading: Any, repository: Path, script: Any
) -> None:
    program = Path(script("true"))
    program.chmod(0o644)
    assert reading.failure(reading.reader(repository, restic=str(program)), opening).reason.value == "restic_missing"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    assert reading.failure(reading.reader(repository, restic=str(program)), opening).reason.value == "restic_missing"


@pytest.mark.parametrize(
    "text",
    ["true", "echo nonsense s3cret", 'printf \'[{"id":"0000\'', "head -c 5000 /dev/urandom", "echo '{}'", "echo 7"],
    ids=["nothing", "nonsense", "half a line", "noise", "an empty object", "a number"],
)
@pytest.mark.parametrize(
    "question",
    [
        lambda reader: reader.open(),
        lambda reader: reader.snapshots([NOBODYS_ID]),
        lambda reader: reader.tree_size(NOBODYS_ID),
        lambda reader: reader.size(),
    ],
    ids=["open", "snapshots", "tree_size", "size"],
)
def test_nonsense_from_restic_is_a_protocol_failure(
    reading: Any, repository: Path, script: Any, text: str, question: Callable[[ResticRepository], Any]
) -> None:
    reader = reading.reader(repository, restic=script(text))
    assert reading.failure(reader, question).reason is FailureReason.PROTOCOL
    assert [count.outcome for count in reader.commands()[0]] == ["protocol"]


def test_endless_output_is_a_protocol_failure(reading: Any, repository: Path, script: Any) -> None:
    assert reading.failure(reading.reader(repository, restic=script("yes")), opening).reason is FailureReason.PROTOCOL


def test_a_crash_is_unknown_and_told_by_its_signal(reading: Any, repository: Path, script: Any) -> None:
    error = reading.failure(reading.reader(repository, restic=script("kill -9 $$")), opening)
    assert error.reason is FailureReason.UNKNOWN
    assert "signal 9" in english(error.message)


def test_half_a_line_and_then_a_grandchild_that_hangs_on_the_pipe_ends_at_the_deadline(
    reading: Any, repository: Path, script: Any, tmp_path: Path
) -> None:
    program = script(f"printf '[{{\"id\"'; sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; wait")
    reader = reading.reader(repository, restic=program, clock=ClockOfTheLoop())
    error = reading.failure(reader, lambda reader: reader.snapshots([NOBODYS_ID]), lambda: written(tmp_path / "pid"))
    assert error.reason is FailureReason.TIMEOUT
    assert ends(tmp_path / "pid")
    counts, seconds = reader.commands()
    assert [(count.command, count.outcome, count.count) for count in counts] == [("snapshots", "timeout", 1)]
    assert seconds["snapshots"] > FOREVER_SECONDS


def test_closing_ends_what_runs_and_whoever_waits_for_it_gets_an_error(
    reading: Any, repository: Path, script: Any, tmp_path: Path
) -> None:
    reader = reading.reader(
        repository,
        restic=script(f"sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; wait"),
        deadlines=Deadlines(ending=0.5),
    )

    async def close_meanwhile() -> RepositoryError:
        question = asyncio.create_task(reader.open())
        await asyncio.to_thread(wait_for, tmp_path / "pid")
        await reader.close()
        with pytest.raises(RepositoryError) as raised:
            await question
        return raised.value

    error = asyncio.run(close_meanwhile())
    assert error.transient
    assert ends(tmp_path / "pid")


def test_cancelling_a_question_ends_its_process(reading: Any, repository: Path, script: Any, tmp_path: Path) -> None:
    reader = reading.reader(
        repository,
        restic=script(f"sleep {FOREVER_SECONDS} & echo $! > {tmp_path}/pid; wait"),
        deadlines=Deadlines(ending=0.5),
    )

    async def cancel() -> None:
        question = asyncio.create_task(reader.open())
        await asyncio.to_thread(wait_for, tmp_path / "pid")
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question
        assert ends(tmp_path / "pid")
        await reader.close()

    asyncio.run(cancel())
    assert reader.commands()[0] == []


@every_version
def test_the_version_of_restic_is_found(version: str) -> None:
    found = asyncio.run(restic_version(tool(f"restic-{version}"), os.environ))
    assert found is not None
    assert found.startswith(version)


def test_what_is_no_restic_has_no_version(script: Any) -> None:
    assert asyncio.run(restic_version("/nowhere/restic", os.environ)) is None
    assert asyncio.run(restic_version(script("echo borg 1.4"), os.environ)) is None
    assert asyncio.run(restic_version(script("echo restic 1.0; exit 1"), os.environ)) is None
    assert asyncio.run(restic_version(script(f"sleep {FOREVER_SECONDS}"), os.environ, deadline=0.2)) is None


def ends(pid_file: Path) -> bool:
    """Whether the process is gone, or is within the moment that being killed takes."""
    return eventually(lambda: not is_running(pid_file))


def written(pid_file: Path) -> bool:
    return pid_file.exists() and pid_file.read_text().endswith("\n")


def is_running(pid_file: Path) -> bool:
    try:
        return Path(f"/proc/{int(pid_file.read_text())}/stat").read_text().rpartition(")")[2].split()[0] not in (
            "Z",
            "X",
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(pid_file: Path) -> None:
    eventually(lambda: written(pid_file))
