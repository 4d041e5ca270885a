"""restic, as the demo uses it: makes the repositories and the backups that the agent then watches."""

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from immich_backup_exporter.domain.repository import OLDEST_RESTIC

from .errors import DemoError
from .layout import Repository

HOST = "demo-nas"

_DEADLINE_SECONDS = 300.0
_VERSION = re.compile(r"restic (\d+)\.(\d+)")
_INSTALL = "Install it (such as `apt install restic` or `brew install restic`), or name it with --restic."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A snapshot that is in a repository."""

    id: str
    time: datetime


class Restic:
    """Runs restic, one process per call, without a cache. Every call blocks and raises ``DemoError``."""

    def __init__(self, program: str, environ: Mapping[str, str]) -> None:
        self.program = program
        # Nothing that means something to restic is inherited; times are handed to it in UTC.
        self._environment = {name: environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in environ}
        self._environment["TZ"] = "UTC"
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._ended = False

    def init(self, repository: Repository, like: Repository | None = None) -> None:
        """Make an empty repository; ``like`` another one, so that what is copied deduplicates."""
        origin = ["--copy-chunker-params", *_origin(like)] if like else []
        self._run(repository, "init", *origin)

    def backup(
        self, repository: Repository, sources: Iterable[Path], moment: datetime, exclude: Iterable[Path | str] = ()
    ) -> None:
        """Back ``sources`` up as if it were that ``moment``, in whole seconds. ``exclude``: paths and patterns."""
        when = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        excluded = [f"--exclude={one}" for one in exclude]
        self._run(repository, "backup", "--host", HOST, "--time", when, *excluded, *map(str, sources))

    def copy(self, origin: Repository, target: Repository) -> None:
        """Copy every snapshot that ``target`` does not have."""
        self._run(target, "copy", *_origin(origin))

    def snapshots(self, repository: Repository) -> list[Made]:
        """All of them, oldest first."""
        found = json.loads(self._run(repository, "snapshots", "--json", "--no-lock") or "[]")
        made = [Made(id=entry["id"], time=datetime.fromisoformat(entry["time"])) for entry in found]
        return sorted(made, key=lambda one: one.time)

    def forget(self, repository: Repository, snapshots: Sequence[Made]) -> None:
        if snapshots:
            self._run(repository, "forget", *(one.id for one in snapshots))

    def killed_backup(self, repository: Repository) -> Path:
        """Kill a backup as soon as it has locked the repository, and return the lock that it leaves behind."""
        locks = repository.path / "locks"
        before = set(locks.iterdir())
        process = self._start(repository, "backup", "--host", HOST, "--stdin", stdin=subprocess.PIPE)
        try:
            while process.poll() is None:
                new = [
                    path for path in locks.iterdir() if path not in before and re.fullmatch("[0-9a-f]{64}", path.name)
                ]
                if new:
                    return new[0]
                time.sleep(0.02)
            raise DemoError("`restic backup` ended before it had locked the repository; try again.")
        finally:
            self._end(process)

    def end(self) -> None:
        """Kill what still runs, in whatever thread; nothing is started any more."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            process.kill()

    def _run(self, repository: Repository, *arguments: str) -> str:
        process = self._start(repository, *arguments)
        try:
            output, _ = process.communicate(timeout=_DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            raise DemoError(f"`restic {arguments[0]}` did not end within {_DEADLINE_SECONDS:.0f} seconds.") from None
        finally:
            self._end(process)
        if process.returncode != 0:
            raise DemoError(
                f"`restic {arguments[0]}` failed with exit code {process.returncode} on {repository.path}; "
                "run it there by hand (with --folder or --keep the folder stays) to see what it says."
            )
        return output

    def _start(self, repository: Repository, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        password = ["--password-file", str(repository.password_file)]
        command = [self.program, "-r", str(repository.path), *password, "--no-cache", "--quiet", *arguments]
        with self._lock:
            if self._ended:
                raise DemoError("The demo was ended.")
            try:
                process = subprocess.Popen(
                    command,
                    env=self._environment,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError as error:
                raise DemoError(f"{self.program} could not be run ({error.strerror}). {_INSTALL}") from None
            self._running.add(process)
        return process

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        with self._lock:
            self._running.discard(process)


def find_restic(name: str, environ: Mapping[str, str]) -> Restic:
    """The program of that name or path, if it is restic and new enough. Raises ``DemoError``."""
    program = shutil.which(name, path=environ.get("PATH"))
    if program is None:
        raise DemoError(f"restic was not found ({name}). {_INSTALL}")
    program = str(Path(program).absolute())
    try:
        said = subprocess.run(
            [program, "version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired, ValueError):
        said = ""
    version = _VERSION.match(said)
    if version is None:
        raise DemoError(f"{program} does not answer as restic does. {_INSTALL}")
    if (int(version[1]), int(version[2])) < OLDEST_RESTIC:
        raise DemoError(f"{program} is restic {version[1]}.{version[2]}; the demo needs 0.14 or later. {_INSTALL}")
    return Restic(program, environ)


def _origin(repository: Repository) -> list[str]:
    return ["--from-repo", str(repository.path), "--from-password-file", str(repository.password_file)]
