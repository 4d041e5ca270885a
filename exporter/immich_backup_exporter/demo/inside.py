"""Ways in which a backup goes bad inside: restic calls it a success, and it would not bring Immich back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.messages import Message
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


def _folder_left_out(scene: Scene) -> Message:
    folder = scene.layout.upload_location / "library"
    scene.backup(scene.now, [folder])
    return Message("demo_inside.folder_left_out_done", folder=str(folder))


def _library_halved(scene: Scene) -> Message:
    _learn_what_is_usual(scene)
    scene.backup(_ago(scene, 1), [scene.layout.upload_location / pattern for pattern in _EVERY_OTHER])
    return Message("demo_inside.library_halved_done", patterns=_EVERY_OTHER)


def _database_only(scene: Scene) -> Message:
    upload_location = scene.layout.upload_location
    scene.backup(scene.now, [upload_location / folder for folder in FOLDERS if folder != "backups"])
    return Message("demo_inside.database_only_done")


def _compose_left_out(scene: Scene) -> Message:
    scene.backup(scene.now, [scene.layout.stack])
    return Message("demo_inside.compose_left_out_done", folder=str(scene.layout.stack))


def _photos_left_out(scene: Scene) -> Message:
    _two_nights(scene, exclude=["*.mp4"])
    return Message("demo_inside.photos_left_out_done")


def _photos_gone(scene: Scene) -> Message:
    upload_location = scene.layout.upload_location
    newest = max((upload_location / "library").rglob("*.png")).parent
    scene.layout.moved_away.mkdir()
    newest.rename(scene.layout.moved_away / newest.name)
    _two_nights(scene)
    return Message("demo_inside.photos_gone_done", folder=str(newest.relative_to(upload_location)))


def _dump_left_out(scene: Scene) -> Message:
    folder = scene.layout.dumps
    scene.backup(scene.now, [folder])
    return Message("demo_inside.dump_left_out_done", folder=str(folder))


def _half_dump(scene: Scene) -> Message:
    whole, began = dumps(scene)[-1].read_bytes(), _ago(scene, 0)
    # Dated now: the agent lets a dump stand still for ten seconds before it judges it.
    dump = keep_dump(scene.layout.dumps, _local(began - DUMP_TAKES), whole[: len(whole) // 2])
    scene.backup(began)
    rewrite(dump, whole)
    return Message("demo_inside.half_dump_done", dump=dump.name)


def _wrong_order(scene: Scene) -> Message:
    began = _ago(scene, 3)
    keep_dump(scene.layout.dumps, _local(_ago(scene, 1)), dumps(scene)[-1].read_bytes())
    scene.backup(began)
    return Message("demo_inside.wrong_order_done")


def _database_set_back(scene: Scene) -> Message:
    _learn_what_is_usual(scene)
    _night(scene, 1, content=with_fewer_assets(dumps(scene)[-1].read_bytes(), _SET_BACK_TO))
    return Message("demo_inside.database_set_back_done")


def _external_library(scene: Scene) -> Message:
    _night(scene, 1, content=with_an_external_library(dumps(scene)[-1].read_bytes()))
    return Message("demo_inside.external_library_done", photos=EXTERNAL_PHOTOS, folder=EXTERNAL_LIBRARY)


def _unknown_schema(scene: Scene) -> Message:
    _night(scene, 2, content=of_a_later_immich(dumps(scene)[-1].read_bytes()))
    return Message("demo_inside.unknown_schema_done")


def _ago(scene: Scene, minutes: int) -> datetime:
    return scene.now.replace(microsecond=0) - minutes * _MINUTE


def _local(moment: datetime) -> datetime:
    """As Immich names its dumps."""
    return moment.astimezone()


INSIDE: dict[str, Break] = {
    "folder-left-out": Break(
        help=Message("demo_inside.folder_left_out"),
        apply=_folder_left_out,
        shows=(_files("library"), Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN)),
    ),
    "library-halved": Break(
        help=Message("demo_inside.library_halved"),
        apply=_library_halved,
        shows=(
            Series(c.SNAPSHOT_FOLDER_SIZE, (*NAS_PLAN, ("folder", ORIGINALS))),
            Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN),
        ),
        also=(Series(c.SNAPSHOT_FOLDER_SIZE_BASELINE, (*NAS_PLAN, ("folder", ORIGINALS))),),
    ),
    "database-only": Break(
        help=Message("demo_inside.database_only"),
        apply=_database_only,
        shows=(_files("library"), _files("upload"), _files("profile")),
    ),
    "compose-left-out": Break(
        help=Message("demo_inside.compose_left_out"),
        apply=_compose_left_out,
        shows=(Series(c.SNAPSHOT_REQUIRED_PATHS_MISSING, NAS_PLAN),),
    ),
    "photos-left-out": Break(
        help=Message("demo_inside.photos_left_out"),
        apply=_photos_left_out,
        shows=(Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN), Series(c.COVERAGE_PERSISTENT_ASSETS, NAS_PLAN)),
    ),
    "photos-gone": Break(
        help=Message("demo_inside.photos_gone"),
        apply=_photos_gone,
        shows=(
            Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN),
            Series(c.COVERAGE_PERSISTENT_ASSETS, NAS_PLAN),
            Series(c.COVERAGE_PERSISTENT_GONE_ASSETS, NAS_PLAN),
        ),
    ),
    "dump-left-out": Break(
        help=Message("demo_inside.dump_left_out"),
        apply=_dump_left_out,
        shows=(Series(c.SNAPSHOT_DUMPS, NAS_PLAN), _files("backups")),
    ),
    "half-dump": Break(
        help=Message("demo_inside.half_dump"),
        apply=_half_dump,
        shows=(Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN), Series(c.SNAPSHOT_DUMP_VALID, NAS_PLAN)),
    ),
    "wrong-order": Break(
        help=Message("demo_inside.wrong_order"),
        apply=_wrong_order,
        shows=(Series(c.SNAPSHOT_INSPECTED, NAS_PLAN), Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN)),
    ),
    "database-set-back": Break(
        help=Message("demo_inside.database_set_back"),
        apply=_database_set_back,
        shows=(Series(c.COVERAGE_ASSETS, NAS_PLAN), Series(c.COVERAGE_UNKNOWN_FILES, NAS_PLAN)),
        also=(Series(c.COVERAGE_ASSETS_BASELINE, NAS_PLAN),),
    ),
    "external-library": Break(
        help=Message("demo_inside.external_library"),
        apply=_external_library,
        shows=(Series(c.COVERAGE_EXTERNAL_ASSETS, (*NAS_PLAN, ("proven", "false"))),),
    ),
    "unknown-schema": Break(
        help=Message("demo_inside.unknown_schema"),
        apply=_unknown_schema,
        shows=(Series(c.SNAPSHOT_DUMP_TIMESTAMP, NAS_PLAN), Series(c.CONTENTS_UNKNOWN_SINCE, NAS_PLAN)),
    ),
}
