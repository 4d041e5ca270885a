"""Ways in which a backup goes bad inside: restic calls it a success, and it would not bring Immich back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.metrics import catalog as c

from .dumps import DUMP_TAKES, keep_dump
from .edited_dump import (
    EXTERNAL_LIBRARY,
    EXTERNAL_PHOTOS,
    of_a_later_immich,
    with_an_external_library,
    with_fewer_assets,
)
from .scene import NAS_PLAN, Break, Scene, dumps, rewrite
from .watching import Series

_MINUTE = timedelta(minutes=1)
_SET_BACK_TO = 2 / 3
"""Share of its assets that a database still knows: few enough for an alert, and a dump that is not small."""
_EVERY_OTHER = ("library/**/*[13579].*", "upload/**/*[0-7].*")
"""Of the originals: files are numbered in the one folder, and have random hexadecimal digits in the other."""


def _files(folder: str) -> Series:
    return Series(c.SNAPSHOT_FOLDER_FILES, (*NAS_PLAN, ("folder", folder)))


def _night(scene: Scene, before: int, exclude: Iterable[str] = (), content: bytes | None = None) -> datetime:
    """A dump, of what the newest one holds where nothing is said, and a backup after it; so many minutes ago.

    The demo's own last backup was over five minutes ago at least. Returns when the backup began.
    """
    began = _ago(scene, before)
    keep_dump(scene.layout.dumps, _local(began - _MINUTE / 2), content or dumps(scene)[-1].read_bytes())
    scene.backup(began, exclude)
    return began


def _two_nights(scene: Scene, exclude: Iterable[str] = ()) -> None:
    """What is missing once may be on its way to the trash; the second dump in a row proves that it is not."""
    scene.looked_into(_night(scene, 3, exclude))
    _night(scene, 1, exclude)


def _learn_what_is_usual(scene: Scene) -> None:
    """Back up twice what was backed up already: after three looks the agent knows what is usual."""
    for before in (3, 2):
        began = _ago(scene, before)
        scene.backup(began)
        scene.looked_into(began)


def _folder_left_out(scene: Scene) -> str:
    folder = scene.layout.upload_location / "library"
    scene.backup(scene.now, [folder])
    return f"A backup into `nas` was made that excludes {folder}; restic calls it a success."


def _library_halved(scene: Scene) -> str:
    _learn_what_is_usual(scene)
    scene.backup(_ago(scene, 1), [scene.layout.upload_location / pattern for pattern in _EVERY_OTHER])
    return (
        "Two backups into `nas` were made of all as it was, so that it is known what is usual; then one that excludes "
        f"{' and '.join(_EVERY_OTHER)}: every folder of Immich's is in it, with half of its photos."
    )


def _database_only(scene: Scene) -> str:
    upload_location = scene.layout.upload_location
    scene.backup(scene.now, [upload_location / folder for folder in FOLDERS if folder != "backups"])
    return "A backup into `nas` was made of the database's dumps alone: it would bring Immich back without any photo."


def _compose_left_out(scene: Scene) -> str:
    scene.backup(scene.now, [scene.layout.stack])
    return (
        f"A backup into `nas` was made without {scene.layout.stack}: photos and database are in it, but not the files "
        "that say how this Immich is run, which the configuration declares as `required_paths`."
    )


def _photos_left_out(scene: Scene) -> str:
    _two_nights(scene, exclude=["*.mp4"])
    return (
        "Two dumps and two backups into `nas` were made, and `*.mp4` was excluded from these, to save space: the "
        "database knows the videos, and the backups lack them. Under one dump that may be a coincidence; under two it "
        "is none."
    )


def _photos_gone(scene: Scene) -> str:
    upload_location = scene.layout.upload_location
    newest = max((upload_location / "library").rglob("*.png")).parent
    scene.layout.moved_away.mkdir()
    newest.rename(scene.layout.moved_away / newest.name)
    _two_nights(scene)
    return (
        f"The folder {newest.relative_to(upload_location)} was moved away behind Immich's back, and two dumps and two "
        "backups into `nas` were made: the database still knows its photos. An older snapshot has them."
    )


def _dump_left_out(scene: Scene) -> str:
    folder = scene.layout.dumps
    scene.backup(scene.now, [folder])
    return f"A backup into `nas` was made that excludes {folder}: the photos are in it, and the database is not."


def _half_dump(scene: Scene) -> str:
    whole, began = dumps(scene)[-1].read_bytes(), _ago(scene, 0)
    # Dated now: the agent lets a dump stand still for ten seconds before it judges it.
    dump = keep_dump(scene.layout.dumps, _local(began - DUMP_TAKES), whole[: len(whole) // 2])
    scene.backup(began)
    rewrite(dump, whole)
    return (
        f"A backup into `nas` took in {dump.name} while it was half written. On the disk it is whole by now, and would "
        "restore; in the backup it would not."
    )


def _wrong_order(scene: Scene) -> str:
    began = _ago(scene, 3)
    keep_dump(scene.layout.dumps, _local(_ago(scene, 1)), dumps(scene)[-1].read_bytes())
    scene.backup(began)
    return (
        "A backup into `nas` began before Immich dumped its database, and was still at work when that was done: photos "
        "that came in between are in the dump, and not among the files."
    )


def _database_set_back(scene: Scene) -> str:
    _learn_what_is_usual(scene)
    _night(scene, 1, content=with_fewer_assets(dumps(scene)[-1].read_bytes(), _SET_BACK_TO))
    return (
        "Two backups into `nas` were made of all as it was, so that it is known what is usual; then a dump and a "
        "backup of a database that was set back to an old state: every file is there, and it knows two thirds of them."
    )


def _external_library(scene: Scene) -> str:
    _night(scene, 1, content=with_an_external_library(dumps(scene)[-1].read_bytes()))
    return (
        f"A dump and a backup into `nas` were made of an Immich that also shows an external library, {EXTERNAL_PHOTOS} "
        f"photos in {EXTERNAL_LIBRARY}. It lies outside of the upload location, and the configuration does not say "
        "which plan backs it up (`immich.external`)."
    )


def _unknown_schema(scene: Scene) -> str:
    _night(scene, 2, content=of_a_later_immich(dumps(scene)[-1].read_bytes()))
    return (
        "A dump and a backup into `nas` were made of a later Immich, which keeps its photos in a table that this agent "
        "does not know. The dump is whole; which photos it refers to is unknown, and told as unknown. (In this demo "
        "after a minute, `inspect.max_lag`; usually after a day.)"
    )


def _ago(scene: Scene, minutes: int) -> datetime:
    return scene.now.replace(microsecond=0) - minutes * _MINUTE


def _local(moment: datetime) -> datetime:
    """As Immich names its dumps."""
    return moment.astimezone()


INSIDE: dict[str, Break] = {
    "folder-left-out": Break(
        help="an exclude too many: a backup without the folder `library`",
        apply=_folder_left_out,
        shows=(_files("library"), Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN)),
    ),
    "library-halved": Break(
        help="an exclude too many: a backup with half of the photos, and with every folder",
        apply=_library_halved,
        shows=(
            Series(c.SNAPSHOT_FOLDER_SIZE, (*NAS_PLAN, ("folder", ORIGINALS))),
            Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN),
        ),
        also=(Series(c.SNAPSHOT_FOLDER_SIZE_BASELINE, (*NAS_PLAN, ("folder", ORIGINALS))),),
    ),
    "database-only": Break(
        help="a backup of nothing but the database's dumps",
        apply=_database_only,
        shows=(_files("library"), _files("upload"), _files("profile")),
    ),
    "compose-left-out": Break(
        help="a backup without Immich's compose file and .env",
        apply=_compose_left_out,
        shows=(Series(c.SNAPSHOT_REQUIRED_PATHS_MISSING, NAS_PLAN),),
    ),
    "photos-left-out": Break(
        help="an exclude pattern leaves the videos out of two backups in a row",
        apply=_photos_left_out,
        shows=(Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN), Series(c.COVERAGE_PERSISTENT_ASSETS, NAS_PLAN)),
    ),
    "photos-gone": Break(
        help="photos vanished from the disk behind Immich's back, and from the backups with it",
        apply=_photos_gone,
        shows=(
            Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN),
            Series(c.COVERAGE_PERSISTENT_ASSETS, NAS_PLAN),
            Series(c.COVERAGE_PERSISTENT_GONE_ASSETS, NAS_PLAN),
        ),
    ),
    "dump-left-out": Break(
        help="an exclude too many: a backup without the database's dumps",
        apply=_dump_left_out,
        shows=(Series(c.SNAPSHOT_DUMPS, NAS_PLAN), _files("backups")),
    ),
    "half-dump": Break(
        help="a backup took in a dump that was being written, and is whole on the disk by now",
        apply=_half_dump,
        shows=(Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN), Series(c.SNAPSHOT_DUMP_VALID, NAS_PLAN)),
    ),
    "wrong-order": Break(
        help="the backup begins before the database's dump is done",
        apply=_wrong_order,
        shows=(Series(c.SNAPSHOT_INSPECTED, NAS_PLAN), Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN)),
    ),
    "database-set-back": Break(
        help="the database forgot a third of the photos, as one that was restored from an old dump",
        apply=_database_set_back,
        shows=(Series(c.COVERAGE_ASSETS, NAS_PLAN), Series(c.COVERAGE_UNKNOWN_FILES, NAS_PLAN)),
        also=(Series(c.COVERAGE_ASSETS_BASELINE, NAS_PLAN),),
    ),
    "external-library": Break(
        help="Immich shows a folder outside of its own, and nobody said who backs it up",
        apply=_external_library,
        shows=(Series(c.COVERAGE_EXTERNAL_ASSETS, (*NAS_PLAN, ("proven", "false"))),),
    ),
    "unknown-schema": Break(
        help="after an update of Immich the agent does not understand its database",
        apply=_unknown_schema,
        shows=(Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN), Series(c.CONTENTS_UNKNOWN_SINCE, NAS_PLAN)),
    ),
}
