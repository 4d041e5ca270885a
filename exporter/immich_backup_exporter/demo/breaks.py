"""Ways in which backups go bad in real life, each done to the demo's own library and repositories."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.metrics import catalog as c

from .backups import Restic
from .dumps import dump_name
from .layout import Layout
from .watching import Series

NEWEST_AGE = timedelta(days=4)
LOCK_AGE = timedelta(hours=3)
UNFINISHED_AGE = timedelta(hours=5)

_NAS = (("repository", "nas"),)
_NAS_PLAN = (*_NAS, ("plan", "immich"))
_OFFSITE_PLAN = (("repository", "offsite"), ("plan", "immich"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a break can get at."""

    layout: Layout
    restic: Restic
    now: datetime
    reload: Callable[[], None]
    """Lets the agent read its configuration again, and open every repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One way to go bad. ``apply`` does it, blocking, and says in a sentence what it did."""

    help: str
    apply: Callable[[Scene], str]
    shows: tuple[Series, ...]
    """All of these change, when the agent has noticed."""
    also: tuple[Series, ...] = ()
    """These too, where restic is new enough to tell."""


def _job_stopped(scene: Scene) -> str:
    since = scene.now - NEWEST_AGE
    for repository in (scene.layout.nas, scene.layout.offsite):
        made = scene.restic.snapshots(repository)
        scene.restic.forget(repository, [one for one in made[1:] if one.time > since])
        kept = scene.restic.snapshots(repository)[-1]
    return f"The newest snapshots of both repositories were forgotten, as if no backup had run since {_day(kept.time)}."


def _empty_folder(scene: Scene) -> str:
    scene.layout.moved_away.mkdir()
    for folder in FOLDERS:
        (scene.layout.upload_location / folder).rename(scene.layout.moved_away / folder)
    scene.restic.backup(scene.layout.nas, scene.layout.upload_location, scene.now)
    return (
        f"Everything in {scene.layout.upload_location} was moved away, as if its disk was not mounted, and the backup "
        "ran all the same: restic found nothing wrong."
    )


def _corrupt_dump(scene: Scene) -> str:
    dump = _dumps(scene)[-1]
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    _rewrite(dump, bytes(content))
    return f"One bit in the middle of {dump.name} was flipped; its size and time are as before."


def _truncated_dump(scene: Scene) -> str:
    dump = _dumps(scene)[-1]
    content = dump.read_bytes()
    _rewrite(dump, content[: len(content) * 6 // 10])
    return f"{dump.name} lost its last 40 %, as after a power cut or on a full disk."


def _missing_dump(scene: Scene) -> str:
    gone = _dumps(scene)[1:][-3:]
    for dump in gone:
        dump.unlink()
    newest = _dumps(scene)[-1]
    return f"The newest dumps ({len(gone)}) were removed, as if Immich had made none since {newest.name}."


def _wrong_password(scene: Scene) -> str:
    scene.layout.nas.password_file.write_text("not the password\n", encoding="ascii")
    scene.reload()
    return (
        "Another password was written into the password file of `nas`, and the agent was told to read its "
        "configuration again (SIGHUP). Without that it would have noticed within a day: listing a repository needs no "
        "password."
    )


def _repository_gone(scene: Scene) -> str:
    scene.layout.moved_away.mkdir()
    scene.layout.nas.path.rename(scene.layout.moved_away / "nas")
    return f"The folder of the repository `nas` was moved away from {scene.layout.nas.path}."


def _stale_lock(scene: Scene) -> str:
    lock = scene.restic.killed_backup(scene.layout.nas)
    _set_age(lock, scene.now, LOCK_AGE)
    return (
        f"A backup into `nas` was killed and left its lock behind; the lock was dated {_hours(LOCK_AGE)} back. "
        "`restic unlock` would remove it; until then no `forget` or `prune` can run."
    )


def _small_backup(scene: Scene) -> str:
    upload_location = scene.layout.upload_location
    excluded = [upload_location / folder for folder in FOLDERS if folder != "profile"]
    scene.restic.backup(scene.layout.nas, upload_location, scene.now, exclude=excluded)
    return "A backup into `nas` was made that excludes every folder but `profile`; restic calls it a success."


def _clock_wrong(scene: Scene) -> str:
    moment = scene.now + timedelta(days=7)
    scene.restic.backup(scene.layout.nas, scene.layout.upload_location, moment)
    return f"A backup into `nas` was made with a clock that was a week fast: it is dated {_day(moment)}."


def _unfinished_dump(scene: Scene) -> str:
    began = (scene.now - UNFINISHED_AGE).astimezone()
    dump = scene.layout.dumps / f"{dump_name(began)}.tmp"
    content = _dumps(scene)[-1].read_bytes()
    dump.write_bytes(content[: len(content) // 3])
    _set_age(dump, scene.now, UNFINISHED_AGE)
    return f"{dump.name} was left behind, as by an Immich that was killed {_hours(UNFINISHED_AGE)} ago."


BREAKS: dict[str, Break] = {
    "job-stopped": Break(
        help="no backup ran for four days, in neither repository",
        apply=_job_stopped,
        shows=(
            Series(c.LAST_SUCCESS, _NAS_PLAN),
            Series(c.LAST_SUCCESS, _OFFSITE_PLAN),
            Series(c.SNAPSHOTS, _NAS_PLAN),
            Series(c.SNAPSHOTS, _OFFSITE_PLAN),
        ),
    ),
    "empty-folder": Break(
        help="the library's disk is not mounted, and the backup saved an empty folder",
        apply=_empty_folder,
        shows=(
            *(Series(c.UPLOAD_LOCATION_UP, (("folder", folder),)) for folder in FOLDERS),
            Series(c.SNAPSHOT_TIMESTAMP, _NAS_PLAN),
            Series(c.SNAPSHOT_SIZE, _NAS_PLAN),
        ),
        also=(Series(c.SNAPSHOT_FILES, _NAS_PLAN),),
    ),
    "corrupt-dump": Break(
        help="a bit in the newest dump flipped: it unpacks to garbage",
        apply=_corrupt_dump,
        shows=(Series(c.DUMP_VALID), Series(c.LAST_VALID_DUMP)),
    ),
    "truncated-dump": Break(
        help="the newest dump is cut off",
        apply=_truncated_dump,
        shows=(Series(c.DUMP_VALID), Series(c.LAST_VALID_DUMP), Series(c.DUMP_SIZE), Series(c.DUMP_SIZE_DELTA)),
    ),
    "missing-dump": Break(
        help="Immich made no dump for three nights",
        apply=_missing_dump,
        shows=(Series(c.DUMPS), Series(c.DUMP_TIMESTAMP), Series(c.LAST_VALID_DUMP)),
    ),
    "wrong-password": Break(
        help="a repository's password changed and nobody told the agent",
        apply=_wrong_password,
        shows=(
            Series(c.REPOSITORY_UP, _NAS),
            Series(c.REPOSITORY_FAILURE, (*_NAS, ("reason", "wrong_password"))),
        ),
    ),
    "repository-gone": Break(
        help="a repository is not where it was",
        apply=_repository_gone,
        shows=(
            Series(c.REPOSITORY_UP, _NAS),
            Series(c.REPOSITORY_FAILURE, (*_NAS, ("reason", "not_found"))),
        ),
    ),
    "stale-lock": Break(
        help="a killed backup left its lock in the repository",
        apply=_stale_lock,
        shows=(Series(c.REPOSITORY_LOCKS, _NAS), Series(c.REPOSITORY_OLDEST_LOCK, _NAS)),
    ),
    "small-backup": Break(
        help="an exclude too many: a backup without the photos, and no error",
        apply=_small_backup,
        shows=(Series(c.SNAPSHOT_SIZE, _NAS_PLAN), Series(c.SNAPSHOT_SIZE_DELTA, _NAS_PLAN)),
        also=(Series(c.SNAPSHOT_FILES, _NAS_PLAN), Series(c.SNAPSHOT_FILES_DELTA, _NAS_PLAN)),
    ),
    "clock-wrong": Break(
        help="a backup is dated next week; it must not count as a fresh one for ever",
        apply=_clock_wrong,
        shows=(Series(c.SNAPSHOTS_IN_FUTURE, _NAS_PLAN), Series(c.SNAPSHOTS, _NAS_PLAN)),
    ),
    "unfinished-dump": Break(
        help="a dump that was never finished lies in the folder",
        apply=_unfinished_dump,
        shows=(Series(c.DUMPS_UNFINISHED), Series(c.OLDEST_UNFINISHED_DUMP)),
    ),
}


def _dumps(scene: Scene) -> list[Path]:
    """The dumps, oldest first."""
    return sorted(scene.layout.dumps.glob("immich-db-backup-*.sql.gz"))


def _rewrite(path: Path, content: bytes) -> None:
    """Give the file these contents and leave its time."""
    state = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def _set_age(path: Path, now: datetime, age: timedelta) -> None:
    moment = (now - age).timestamp()
    os.utime(path, (moment, moment))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%A, %Y-%m-%d}"


def _hours(duration: timedelta) -> str:
    return f"{duration // timedelta(hours=1)} hours"
