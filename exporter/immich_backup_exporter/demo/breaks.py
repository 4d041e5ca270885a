"""Ways in which backups go bad in real life, each done to the demo's own library and repositories."""

from datetime import timedelta

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.metrics import catalog as c

from .dumps import dump_name
from .inside import INSIDE
from .scene import NAS, NAS_PLAN, OFFSITE, OFFSITE_PLAN, Break, Scene, day, dumps, hours, rewrite, set_age
from .settings import quoted
from .watching import Series

NEWEST_AGE = timedelta(days=4)
LOCK_AGE = timedelta(hours=3)
UNFINISHED_AGE = timedelta(hours=5)


def _job_stopped(scene: Scene) -> str:
    since = scene.now - NEWEST_AGE
    for repository in (scene.layout.nas, scene.layout.offsite):
        made = scene.restic.snapshots(repository)
        scene.restic.forget(repository, [one for one in made[1:] if one.time > since])
        kept = scene.restic.snapshots(repository)[-1]
    return f"The newest snapshots of both repositories were forgotten, as if no backup had run since {day(kept.time)}."


def _empty_folder(scene: Scene) -> str:
    scene.layout.moved_away.mkdir()
    for folder in FOLDERS:
        (scene.layout.upload_location / folder).rename(scene.layout.moved_away / folder)
    scene.backup(scene.now)
    return (
        f"Everything in {scene.layout.upload_location} was moved away, as if its disk was not mounted, and the backup "
        "ran all the same: restic found nothing wrong."
    )


def _corrupt_dump(scene: Scene) -> str:
    dump = dumps(scene)[-1]
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    rewrite(dump, bytes(content))
    return f"One bit in the middle of {dump.name} was flipped; its size and time are as before."


def _truncated_dump(scene: Scene) -> str:
    dump = dumps(scene)[-1]
    content = dump.read_bytes()
    rewrite(dump, content[: len(content) * 6 // 10])
    return f"{dump.name} lost its last 40 %, as after a power cut or on a full disk."


def _missing_dump(scene: Scene) -> str:
    gone = dumps(scene)[1:][-3:]
    for dump in gone:
        dump.unlink()
    newest = dumps(scene)[-1]
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
    set_age(lock, scene.now, LOCK_AGE)
    return (
        f"A backup into `nas` was killed and left its lock behind; the lock was dated {hours(LOCK_AGE)} back. "
        "`restic unlock` would remove it; until then no `forget` or `prune` can run."
    )


def _small_backup(scene: Scene) -> str:
    upload_location = scene.layout.upload_location
    excluded = [upload_location / folder for folder in FOLDERS if folder != "profile"]
    scene.backup(scene.now, exclude=excluded)
    return "A backup into `nas` was made that excludes every folder but `profile`; restic calls it a success."


def _clock_wrong(scene: Scene) -> str:
    moment = scene.now + timedelta(days=7)
    scene.backup(moment)
    return f"A backup into `nas` was made with a clock that was a week fast: it is dated {day(moment)}."


def _unfinished_dump(scene: Scene) -> str:
    began = (scene.now - UNFINISHED_AGE).astimezone()
    dump = scene.layout.dumps / f"{dump_name(began)}.tmp"
    content = dumps(scene)[-1].read_bytes()
    dump.write_bytes(content[: len(content) // 3])
    set_age(dump, scene.now, UNFINISHED_AGE)
    return f"{dump.name} was left behind, as by an Immich that was killed {hours(UNFINISHED_AGE)} ago."


def _same_repository(scene: Scene) -> str:
    nas, offsite = scene.layout.nas, scene.layout.offsite
    text = scene.layout.config_file.read_text(encoding="utf-8")
    for other, own in ((offsite.path, nas.path), (offsite.password_file, nas.password_file)):
        text = text.replace(quoted(other), quoted(own))
    scene.layout.config_file.write_text(text, encoding="utf-8")
    scene.reload()
    return (
        f"In {scene.layout.config_file.name} the repository `offsite` was given the folder of `nas`, as by a line that "
        "was copied and not changed: every backup seems to be there twice, and is there once."
    )


BREAKS: dict[str, Break] = {
    "job-stopped": Break(
        help="no backup ran for four days, in neither repository",
        apply=_job_stopped,
        shows=(
            Series(c.LAST_SUCCESS, NAS_PLAN),
            Series(c.LAST_SUCCESS, OFFSITE_PLAN),
            Series(c.SNAPSHOTS, NAS_PLAN),
            Series(c.SNAPSHOTS, OFFSITE_PLAN),
        ),
    ),
    "empty-folder": Break(
        help="the library's disk is not mounted, and the backup saved an empty folder",
        apply=_empty_folder,
        shows=(
            *(Series(c.UPLOAD_LOCATION_UP, (("folder", folder),)) for folder in FOLDERS),
            Series(c.SNAPSHOT_TIMESTAMP, NAS_PLAN),
            Series(c.SNAPSHOT_SIZE, NAS_PLAN),
        ),
        also=(Series(c.SNAPSHOT_FILES, NAS_PLAN),),
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
            Series(c.REPOSITORY_UP, NAS),
            Series(c.REPOSITORY_FAILURE, (*NAS, ("reason", "wrong_password"))),
        ),
    ),
    "repository-gone": Break(
        help="a repository is not where it was",
        apply=_repository_gone,
        shows=(
            Series(c.REPOSITORY_UP, NAS),
            Series(c.REPOSITORY_FAILURE, (*NAS, ("reason", "not_found"))),
        ),
    ),
    "stale-lock": Break(
        help="a killed backup left its lock in the repository",
        apply=_stale_lock,
        shows=(Series(c.REPOSITORY_LOCKS, NAS), Series(c.REPOSITORY_OLDEST_LOCK, NAS)),
    ),
    "small-backup": Break(
        help="an exclude too many: a backup without the photos, and no error",
        apply=_small_backup,
        shows=(Series(c.SNAPSHOT_SIZE, NAS_PLAN), Series(c.SNAPSHOT_SIZE_DELTA, NAS_PLAN)),
        also=(Series(c.SNAPSHOT_FILES, NAS_PLAN), Series(c.SNAPSHOT_FILES_DELTA, NAS_PLAN)),
    ),
    "clock-wrong": Break(
        help="a backup is dated next week; it must not count as a fresh one for ever",
        apply=_clock_wrong,
        shows=(Series(c.SNAPSHOTS_IN_FUTURE, NAS_PLAN), Series(c.SNAPSHOTS, NAS_PLAN)),
    ),
    "unfinished-dump": Break(
        help="a dump that was never finished lies in the folder",
        apply=_unfinished_dump,
        shows=(Series(c.DUMPS_UNFINISHED), Series(c.OLDEST_UNFINISHED_DUMP)),
    ),
    "same-repository": Break(
        help="the copy off-site is by mistake the very same repository",
        apply=_same_repository,
        shows=tuple(
            Series(metric, labels)
            for metric in (c.REPOSITORY_SHARES_ID, c.REPOSITORY_SHARES_PASSWORD)
            for labels in (NAS, OFFSITE)
        ),
    ),
    **INSIDE,
}
