"""What is inside of snapshots: the agent lists the newest one and compares its files with the dump in it.

A story begins on the first day with 25 originals each in `library` and `upload`; its dumps have a row for each of them.
An agent that sees the library knows by it which folders must be there; one that does not goes by the database.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from support.dumps import gzipped
from support.immich_database import asset_id, dump_text
from support.truth.scenario import Step, scenario
from support.truth.steps import (
    act,
    backup,
    calm,
    delete_photos,
    fires,
    fresh,
    hide,
    passes,
    quiet,
    reload,
    run_backup,
    show,
    steps,
    write_dump,
)
from support.truth.world import World

PLAN = "plan=immich repository=nas"
LOOKING: Mapping[str, Any] = {"repositories.nas.inspect.enabled": True}
BLIND: Mapping[str, Any] = {**LOOKING, "immich.upload_location": None}
"""An agent that sees nothing but the repository."""
PICTURES = [f"/mnt/pictures/{number}.jpg" for number in range(30)]


def _row(path: str) -> tuple[str, str]:
    return asset_id(int(hashlib.sha256(path.encode()).hexdigest(), 16) % 10**12), path


def _dump(world: World, *, age: str, lost: Iterable[str], external: Iterable[str], share: int) -> None:
    files = [file for name in ("library", "upload") for file in sorted((world.library / name).rglob("*.jpg"))]
    paths = [f"/data/{file.relative_to(world.library)}" for file in files[::share]]
    text = dump_text(map(_row, [*paths, *lost]), external=map(_row, external))
    world.write_dump(age=age, content=gzipped(text))


def dump(age: str = "20m", *, lost: Iterable[str] = (), external: Iterable[str] = (), share: int = 1) -> Step:
    """Immich dumps its database: a row for every original, or for one in `share`; `lost` have no files."""
    return act(lambda world: _dump(world, age=age, lost=lost, external=external, share=share))


def night(*, exclude: Iterable[str] = (), **rows: Any) -> Step:
    """A day later a dump, and a backup after it."""
    return steps(passes("23h"), dump(**rows), run_backup(exclude=tuple(exclude)))


def fill(folder: str) -> Step:
    return act(lambda world: (world.library / folder / "some.webp").write_bytes(bytes(5000)))


def remove_newest_dump(world: World) -> None:
    world.newest_dump().unlink()


def move_to_library(world: World) -> None:
    for file in (world.library / "upload" / "admin").iterdir():
        file.rename(world.library / "library" / "admin" / file.name)


def look_for_itself(world: World) -> None:
    """The agent sees what there is: the library and the repositories of a test lie on one disk."""
    world.independence = None


def require_a_compose_file(world: World) -> None:
    """People keep it beside the photos."""
    (world.library / "compose.yaml").write_text("services: {}")
    world.configure({"repositories.nas.plans.immich.required_paths": [str(world.library / "compose.yaml")]})


def back_up_pictures(world: World) -> None:
    """An external library, mounted into Immich's container as `/mnt/pictures`."""
    (world.folder / "pictures").mkdir()
    for path in PICTURES:
        (world.folder / "pictures" / path.rpartition("/")[2]).write_bytes(bytes(300))
    mapping = {"container": "/mnt/pictures", "backed_up_as": str(world.folder / "pictures")}
    world.configure({"immich.external": [mapping]})


SCENARIOS = (
    scenario(
        "a_backup_that_holds_every_photo_of_the_database_is_no_trouble",
        fresh(config=LOOKING),
        dump(),
        run_backup(),
        quiet(),
        night(),
        quiet(),
    ),
    scenario(
        "a_first_backup_before_the_first_dump_is_no_trouble",
        fresh(config=LOOKING),
        run_backup(),
        quiet(),
    ),
    scenario(
        "an_empty_immich_is_no_trouble",
        fresh(config=LOOKING),
        delete_photos(25),
        delete_photos(25, folder="upload"),
        dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "what_immich_makes_again_may_be_left_out",
        fresh(config=LOOKING),
        fill("thumbs"),
        fill("encoded-video"),
        dump(),
        run_backup(exclude=("thumbs", "encoded-video")),
        quiet(),
    ),
    scenario(
        "a_backup_of_the_database_only_holds_no_photos",
        fresh(config=BLIND),
        dump(),
        run_backup(exclude=("library", "upload")),
        fires(f"MediaNotInSnapshot critical {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_plan_that_is_paused_may_hold_no_photos",
        fresh(config={**BLIND, "repositories.nas.plans.immich.paused_until": "2036-04-01"}),
        dump(),
        run_backup(exclude=("library", "upload")),
        quiet(),
    ),
    scenario(
        "a_plan_that_is_said_to_hold_the_database_needs_no_photos",
        fresh(config={**BLIND, "repositories.nas.plans.immich.holds": ["database"]}),
        dump(),
        run_backup(exclude=("library", "upload")),
        quiet(),
    ),
    scenario(
        "a_folder_that_is_left_out_is_missing_until_it_is_backed_up",
        fresh(config=BLIND),
        dump(),
        run_backup(exclude=("upload",)),
        fires(f"FolderMissing critical folder=upload {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_folder_that_is_required_is_missing_until_it_is_backed_up",
        fresh(config={**LOOKING, "repositories.nas.plans.immich.required_folders": ["library", "upload", "thumbs"]}),
        dump(),
        fill("thumbs"),
        run_backup(exclude=("thumbs",)),
        fires(f"FolderMissing critical folder=thumbs {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_migration_from_upload_to_library_between_dump_and_snapshot_is_no_trouble",
        fresh(config=BLIND),
        dump(),
        act(move_to_library),
        run_backup(),
        quiet(),
        night(),
        quiet(),
    ),
    scenario(
        "only_a_dump_of_two_days_ago_is_in_the_snapshot",
        fresh(config=LOOKING),
        dump("40h"),
        dump(),
        run_backup(exclude=("immich-db-backup-20360301T*",)),
        fires(f"DumpNotInSnapshot critical {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "the_dump_in_the_snapshot_is_broken_while_the_live_one_is_whole",
        fresh(config=LOOKING),
        write_dump(age="20m", content=gzipped(b"no dump at all")),
        run_backup(),
        act(remove_newest_dump),
        dump("5m"),
        fires(f"DumpInSnapshotInvalid critical {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "photos_that_the_backup_leaves_out_under_two_dumps_are_missing",
        fresh(config=LOOKING),
        dump(),
        run_backup(exclude=("upload-3-*",)),
        quiet(),
        night(exclude=("upload-3-*",)),
        fires(f"AssetsMissingFromSnapshot critical {PLAN}"),
        reload({"repositories.nas.plans.immich.max_missing_assets": 1}),
        calm(),
        reload({"repositories.nas.plans.immich.max_missing_assets": 0}),
        fires(f"AssetsMissingFromSnapshot critical {PLAN}"),
        night(),
        calm(),
    ),
    scenario(
        "a_trash_that_is_emptied_between_dump_and_snapshot_is_no_trouble",
        fresh(config=LOOKING),
        dump(),
        run_backup(),
        passes("23h"),
        dump(),
        delete_photos(3),
        run_backup(),
        quiet(),
        night(),
        quiet(),
    ),
    scenario(
        "photos_that_immich_itself_has_lost_are_told_as_such",
        fresh(config=LOOKING),
        dump(lost=("/data/library/admin/lost.jpg",)),
        run_backup(),
        quiet(),
        night(lost=("/data/library/admin/lost.jpg",)),
        fires(f"AssetsMissingInImmich warning {PLAN}"),
        night(),
        calm(),
    ),
    scenario(
        "a_dump_that_is_finished_after_the_snapshot_began_is_in_the_wrong_order",
        fresh(config=LOOKING),
        dump("5m"),
        run_backup(),
        fires(f"BackupOrderWrong warning {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_database_that_knows_half_of_the_photos_is_another_one",
        fresh(config={**LOOKING, "immich.external": "ignore"}),
        dump(external=PICTURES),
        run_backup(),
        *([night(external=PICTURES)] * 3),
        quiet(),
        night(external=[*PICTURES, *(f"{path}.jpg" for path in PICTURES)], share=2),
        fires(f"AssetsDropped warning {PLAN}"),
        night(external=PICTURES),
        calm(),
    ),
    scenario(
        "an_external_library_is_unproven_until_it_is_said_to_be_no_concern",
        fresh(config=LOOKING),
        dump(external=PICTURES),
        run_backup(),
        fires(f"ExternalLibraryUnproven info {PLAN}"),
        reload({"immich.external": "ignore"}),
        calm(),
    ),
    scenario(
        "a_path_that_is_required_is_missing_until_it_is_backed_up",
        fresh(config=LOOKING, before=act(require_a_compose_file)),
        dump(),
        run_backup(exclude=("compose.yaml",)),
        fires(f"RequiredPathMissing warning {PLAN}"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_snapshot_whose_data_is_gone_is_damaged_until_there_is_a_whole_one",
        fresh(config=LOOKING),
        dump(),
        run_backup(),
        hide("repositories/nas/data"),
        fires(f"SnapshotDamaged critical {PLAN}"),
        show("repositories/nas/data"),
        dump(),
        run_backup(),
        calm(),
    ),
    scenario(
        "nobody_looked_into_a_snapshot_for_longer_than_it_may_take",
        fresh(
            config={
                **LOOKING,
                "repositories.nas.inspect.max_lag": "1h",
                "repositories.nas.inspect.hours": "20:00-21:00",
            }
        ),
        dump(),
        run_backup(),
        quiet(),
        passes("40m"),
        fires(f"ContentsUnknown warning {PLAN}"),
        reload({"repositories.nas.inspect.hours": None}),
        calm(),
    ),
    scenario(
        "a_repository_on_the_disk_of_the_library_is_not_independent",
        fresh(config=LOOKING, before=act(look_for_itself)),
        dump(),
        run_backup(),
        fires("NotIndependent warning reason=library_disk repository=nas"),
    ),
    scenario(
        "hourly_snapshots_with_one_dump_a_day_are_no_trouble",
        fresh(config=LOOKING),
        dump(),
        run_backup(),
        quiet(),
        *([passes("1h"), backup()] * 3),
        quiet(),
    ),
    scenario(
        "an_agent_that_sees_only_the_repository_knows_that_all_is_there",
        fresh(config=BLIND),
        dump(),
        run_backup(),
        quiet(),
        night(),
        quiet(),
    ),
    scenario(
        "an_external_library_that_is_backed_up_where_it_is_said_to_be_is_proven",
        fresh(config=LOOKING, before=act(back_up_pictures)),
        dump(external=PICTURES),
        act(lambda world: world.run_backup(paths=[world.library, world.folder / "pictures"])),
        quiet(),
    ),
)
