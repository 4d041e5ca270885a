"""Ways in which backups go bad in real life, each done to the demo's own library and repositories."""

from datetime import timedelta

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .dumps import dump_name
from .inside import INSIDE
from .scene import NAS, NAS_PLAN, OFFSITE, OFFSITE_PLAN, Break, Scene, dumps, rewrite, set_age
from .settings import quoted
from .watching import Series

NEWEST_AGE = timedelta(days=4)
LOCK_AGE = timedelta(hours=3)
UNFINISHED_AGE = timedelta(hours=5)


def _job_stopped(scene: Scene) -> Message:
    since = scene.now - NEWEST_AGE
    for repository in (scene.layout.nas, scene.layout.offsite):
        made = scene.restic.snapshots(repository)
        scene.restic.forget(repository, [one for one in made[1:] if one.time > since])
        kept = scene.restic.snapshots(repository)[-1]
    return Message("demo_breaks.job_stopped_done", day=kept.time)


def _empty_folder(scene: Scene) -> Message:
    scene.layout.moved_away.mkdir()
    for folder in FOLDERS:
        (scene.layout.upload_location / folder).rename(scene.layout.moved_away / folder)
    scene.backup(scene.now)
    return Message("demo_breaks.empty_folder_done", folder=str(scene.layout.upload_location))


def _corrupt_dump(scene: Scene) -> Message:
    dump = dumps(scene)[-1]
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    rewrite(dump, bytes(content))
    return Message("demo_breaks.corrupt_dump_done", dump=dump.name)


def _truncated_dump(scene: Scene) -> Message:
    dump = dumps(scene)[-1]
    content = dump.read_bytes()
    rewrite(dump, content[: len(content) * 6 // 10])
    return Message("demo_breaks.truncated_dump_done", dump=dump.name)


def _missing_dump(scene: Scene) -> Message:
    gone = dumps(scene)[1:][-3:]
    for dump in gone:
        dump.unlink()
    newest = dumps(scene)[-1]
    return Message("demo_breaks.missing_dump_done", gone=len(gone), newest=newest.name)


def _wrong_password(scene: Scene) -> Message:
    scene.layout.nas.password_file.write_text("not the password\n", encoding="ascii")
    scene.reload()
    return Message("demo_breaks.wrong_password_done")


def _repository_gone(scene: Scene) -> Message:
    scene.layout.moved_away.mkdir()
    scene.layout.nas.path.rename(scene.layout.moved_away / "nas")
    return Message("demo_breaks.repository_gone_done", folder=str(scene.layout.nas.path))


def _stale_lock(scene: Scene) -> Message:
    lock = scene.restic.killed_backup(scene.layout.nas)
    set_age(lock, scene.now, LOCK_AGE)
    return Message("demo_breaks.stale_lock_done", age=LOCK_AGE)


def _small_backup(scene: Scene) -> Message:
    upload_location = scene.layout.upload_location
    excluded = [upload_location / folder for folder in FOLDERS if folder != "profile"]
    scene.backup(scene.now, exclude=excluded)
    return Message("demo_breaks.small_backup_done")


def _clock_wrong(scene: Scene) -> Message:
    moment = scene.now + timedelta(days=7)
    scene.backup(moment)
    return Message("demo_breaks.clock_wrong_done", day=moment)


def _unfinished_dump(scene: Scene) -> Message:
    began = (scene.now - UNFINISHED_AGE).astimezone()
    dump = scene.layout.dumps / f"{dump_name(began)}.tmp"
    content = dumps(scene)[-1].read_bytes()
    dump.write_bytes(content[: len(content) // 3])
    set_age(dump, scene.now, UNFINISHED_AGE)
    return Message("demo_breaks.unfinished_dump_done", dump=dump.name, age=UNFINISHED_AGE)


def _same_repository(scene: Scene) -> Message:
    nas, offsite = scene.layout.nas, scene.layout.offsite
    text = scene.layout.config_file.read_text(encoding="utf-8")
    for other, own in ((offsite.path, nas.path), (offsite.password_file, nas.password_file)):
        text = text.replace(quoted(other), quoted(own))
    scene.layout.config_file.write_text(text, encoding="utf-8")
    scene.reload()
    return Message("demo_breaks.same_repository_done", file=scene.layout.config_file.name)


BREAKS: dict[str, Break] = {
    "job-stopped": Break(
        help=Message("demo_breaks.job_stopped"),
        apply=_job_stopped,
        shows=(
            Series(c.LAST_SUCCESS, NAS_PLAN),
            Series(c.LAST_SUCCESS, OFFSITE_PLAN),
            Series(c.SNAPSHOTS, NAS_PLAN),
            Series(c.SNAPSHOTS, OFFSITE_PLAN),
        ),
    ),
    "empty-folder": Break(
        help=Message("demo_breaks.empty_folder"),
        apply=_empty_folder,
        shows=(
            *(Series(c.UPLOAD_LOCATION_UP, (("folder", folder),)) for folder in FOLDERS),
            Series(c.SNAPSHOT_TIMESTAMP, NAS_PLAN),
            Series(c.SNAPSHOT_SIZE, NAS_PLAN),
        ),
        also=(Series(c.SNAPSHOT_FILES, NAS_PLAN),),
    ),
    "corrupt-dump": Break(
        help=Message("demo_breaks.corrupt_dump"),
        apply=_corrupt_dump,
        shows=(Series(c.DUMP_VALID), Series(c.LAST_VALID_DUMP)),
    ),
    "truncated-dump": Break(
        help=Message("demo_breaks.truncated_dump"),
        apply=_truncated_dump,
        shows=(Series(c.DUMP_VALID), Series(c.LAST_VALID_DUMP), Series(c.DUMP_SIZE), Series(c.DUMP_SIZE_DELTA)),
    ),
    "missing-dump": Break(
        help=Message("demo_breaks.missing_dump"),
        apply=_missing_dump,
        shows=(Series(c.DUMPS), Series(c.DUMP_TIMESTAMP), Series(c.LAST_VALID_DUMP)),
    ),
    "wrong-password": Break(
        help=Message("demo_breaks.wrong_password"),
        apply=_wrong_password,
        shows=(
            Series(c.REPOSITORY_UP, NAS),
            Series(c.REPOSITORY_FAILURE, (*NAS, ("reason", "wrong_password"))),
        ),
    ),
    "repository-gone": Break(
        help=Message("demo_breaks.repository_gone"),
        apply=_repository_gone,
        shows=(
            Series(c.REPOSITORY_UP, NAS),
            Series(c.REPOSITORY_FAILURE, (*NAS, ("reason", "not_found"))),
        ),
    ),
    "stale-lock": Break(
        help=Message("demo_breaks.stale_lock"),
        apply=_stale_lock,
        shows=(Series(c.REPOSITORY_LOCKS, NAS), Series(c.REPOSITORY_OLDEST_LOCK, NAS)),
    ),
    "small-backup": Break(
        help=Message("demo_breaks.small_backup"),
        apply=_small_backup,
        shows=(Series(c.SNAPSHOT_SIZE, NAS_PLAN), Series(c.SNAPSHOT_SIZE_DELTA, NAS_PLAN)),
        also=(Series(c.SNAPSHOT_FILES, NAS_PLAN), Series(c.SNAPSHOT_FILES_DELTA, NAS_PLAN)),
    ),
    "clock-wrong": Break(
        help=Message("demo_breaks.clock_wrong"),
        apply=_clock_wrong,
        shows=(Series(c.SNAPSHOTS_IN_FUTURE, NAS_PLAN), Series(c.SNAPSHOTS, NAS_PLAN)),
    ),
    "unfinished-dump": Break(
        help=Message("demo_breaks.unfinished_dump"),
        apply=_unfinished_dump,
        shows=(Series(c.DUMPS_UNFINISHED), Series(c.OLDEST_UNFINISHED_DUMP)),
    ),
    "same-repository": Break(
        help=Message("demo_breaks.same_repository"),
        apply=_same_repository,
        shows=tuple(
            Series(metric, labels)
            for metric in (c.REPOSITORY_SHARES_ID, c.REPOSITORY_SHARES_PASSWORD)
            for labels in (NAS, OFFSITE)
        ),
    ),
    **INSIDE,
}
