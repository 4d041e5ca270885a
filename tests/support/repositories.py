"""Real restic repositories for tests: made quickly, filled by restic itself, copied instead of made again."""

import fcntl
import importlib.resources
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from support import light_repository
from support.tools import tool
from support.waiting import PATIENCE_SECONDS

PASSWORD = "correct horse battery staple"
FOLDERS = ("library", "upload", "profile", "backups", "thumbs", "encoded-video")
PREPARED_TIMES = (
    datetime(2026, 3, 1, 2, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
    datetime(2026, 3, 3, 2, 0, tzinfo=UTC),
)
RepositoryT = TypeVar("RepositoryT", Path, str)

_shared_folder: Path | None = None


def share(folder: Path) -> None:
    """Names the folder that all workers of this test run share; `tests/conftest.py` calls it once per worker."""
    global _shared_folder  # noqa: PLW0603 - functions that tests call plainly need it, and a run has exactly one
    _shared_folder = folder


def shared_folder() -> Path:
    assert _shared_folder is not None, "tests/conftest.py has not run"
    return _shared_folder


def restic(
    version: str,
    repo: str | Path,
    *args: str | Path,
    password: str = PASSWORD,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs restic of `version` (such as "0.18") on `repo`; the exit code is the caller's to judge.

    Its environment holds nothing of ours but PATH; `env` adds to it. Times are UTC unless `env` has a TZ.
    """
    return subprocess.run(
        [tool(f"restic-{version}"), "-r", str(repo), *map(str, args)],
        env=_environment(version, password) | dict(env or {}),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def make_repository(path: RepositoryT, version: str = "0.18", *, password: str = PASSWORD) -> RepositoryT:
    """An empty repository; in a local folder (a rest-server's, too) at once, with a key that costs restic nothing.

    A URL goes through `restic init`. A test that wants a key as in real life calls `restic(version, repo, "init")`.
    """
    if isinstance(path, Path):
        light_repository.make(path, password)
    else:
        _done(restic(version, path, "init", "--quiet", password=password))
    return path


def backup(
    repo: Path | str,
    source: Path | str | Iterable[Path | str],
    *,
    time: datetime | None = None,
    host: str = "photos",
    tags: Iterable[str] = (),
    version: str = "0.18",
    password: str = PASSWORD,
    cwd: Path | None = None,
    exclude: Iterable[str] = (),
) -> str:
    """Backs `source` up (one path or several) and returns the new snapshot's id, which 0.14 gives in its short form.

    A `time` in a named zone (`ZoneInfo("Europe/Berlin")`) is stored with that zone's offset. Exit code 3, some files
    could not be read, counts as done.
    """
    sources = [source] if isinstance(source, str | Path) else list(source)
    command = ["backup", "--json", "--host", host, *(f"--tag={tag}" for tag in tags)]
    command += [f"--exclude={pattern}" for pattern in exclude]
    env = {}
    if time is not None:
        zone = time.tzinfo if isinstance(time.tzinfo, ZoneInfo) else ZoneInfo("UTC")
        env["TZ"] = zone.key
        command += ["--time", time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")]
    result = _done(restic(version, repo, *command, *sources, password=password, env=env, cwd=cwd), codes=(0, 3))
    snapshot_id: str = json.loads(result.stdout.splitlines()[-1])["snapshot_id"]
    return snapshot_id


def make_library(folder: Path) -> Path:
    """A tiny upload location: the six folders with their `.immich` markers, three originals, a thumbnail and a dump."""
    files = {
        "library/admin/2026/IMG_0001.jpg": 3000,
        "library/admin/2026/IMG_0002.jpg": 5000,
        "upload/4f/0c/4f0c2f4e.heic": 2000,
        "profile/4f/me.jpg": 700,
        "thumbs/4f/0c/1_thumbnail.webp": 400,
        "backups/immich-db-backup-20260301T020000-v2.7.5-pg14.19.sql.gz": 1500,
    }
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
        (folder / name / ".immich").write_text("1764000000000")
    for name, size_bytes in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() + bytes(size_bytes - len(name.encode())))
    return folder


def prepared_repository(tmp_path: Path, version: str = "0.18") -> Path:
    """A copy of a repository with three snapshots of one small library, of host `photos`, at `PREPARED_TIMES`.

    The second snapshot has one original of 4,000 bytes more than the first, the third one of 6,000 bytes more. Their
    path is the upload location `prepared_upload_location(version)`. Made once per run, however many tests ask.
    """
    master = shared_folder() / f"prepared-{version}"
    with (shared_folder() / f"prepared-{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (master / "done").exists():
            _prepare(master, version)
            (master / "done").touch()
    copy = tmp_path / f"repository-{version}"
    shutil.copytree(master / "repository", copy)
    return copy


def prepared_upload_location(version: str = "0.18") -> Path:
    """The upload location that the prepared repository's snapshots are of."""
    return shared_folder() / f"prepared-{version}" / "immich"


def _prepare(master: Path, version: str) -> None:
    library = make_library(master / "immich")
    repository = make_repository(master / "repository", version)
    for day, (time, added_bytes) in enumerate(zip(PREPARED_TIMES, (0, 4000, 6000), strict=True), start=1):
        if added_bytes:
            (library / f"library/admin/2026/NEW_{day}.jpg").write_bytes(bytes([day]) * added_bytes)
        backup(repository, library, time=time, version=version)


def _environment(version: str, password: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(shared_folder()),
        "RESTIC_CACHE_DIR": str(shared_folder() / f"restic-cache-{version}"),
        "RESTIC_PASSWORD": password,
        "TZ": "UTC",
        "GOMAXPROCS": "1",  # for a few small files more threads cost more than they do
        "ZONEINFO": str(importlib.resources.files("tzdata") / "zoneinfo"),  # for Go, where the system has no zone files
    }


def _done(
    result: subprocess.CompletedProcess[str], *, codes: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    assert result.returncode in codes, f"restic ended with {result.returncode}: {result.stderr}"
    return result
