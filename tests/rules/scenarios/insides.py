"""What is inside of snapshots: folders, dumps, every original that Immich knows.

After its six nights the library has 31 originals in `library` and 25 in `upload`, and every dump knows exactly those.
"""

import json
import os
import shutil
from pathlib import Path

from support.immich_database import asset_id
from support.repositories import restic
from support.truth.scenario import Step, scenario
from support.truth.steps import (
    act,
    add_photos,
    calm,
    delete_photos,
    fires,
    forget_rows,
    fresh,
    lose_photos,
    passes,
    quiet,
    reload,
    run_backup,
    settled,
    steps,
    write_dump,
)
from support.truth.world import World

PLAN = "plan=immich repository=nas"
NO_MEDIA = f"MediaNotInSnapshot critical {PLAN}"
FOLDER = "FolderMissing critical folder={} plan=immich repository=nas"
FOLDER_SMALL = "FolderSuspiciouslySmall critical folder={} plan=immich repository=nas"
NO_DUMP = f"DumpNotInSnapshot critical {PLAN}"
BAD_DUMP = f"DumpInSnapshotInvalid critical {PLAN}"
MISSING = f"AssetsMissingFromSnapshot critical {PLAN}"
MISSING_IN_IMMICH = f"AssetsMissingInImmich warning {PLAN}"
ORDER = f"BackupOrderWrong warning {PLAN}"
DROPPED = f"AssetsDropped warning {PLAN}"
UNPROVEN = f"ExternalLibraryUnproven info {PLAN}"
PATH = f"RequiredPathMissing warning {PLAN}"
DAMAGED = f"SnapshotDamaged critical {PLAN}"
UNKNOWN = f"ContentsUnknown warning {PLAN}"
DUMP_INVALID = "DumpInvalid critical"
DUMP_STALE = "DumpStale critical"

PAUSED = {"repositories.nas.plans.immich.paused_until": "2036-04-01"}
LONG = {"repositories.nas.plans.immich.max_age": "40h", "jobs.nightly.max_age": "40h"}
UNPAUSED = {"repositories.nas.plans.immich.paused_until": None}


def inside(age: str = "23h50m", **more: object) -> Step:
    return settled(age, master="settled_inside", **more)  # type: ignore[arg-type]  # `settled` says what it takes


def backup_without(*patterns: str) -> Step:
    """The job leaves these out, below the upload location."""
    return act(lambda world: world.run_backup(exclude=[str(world.library / pattern) for pattern in patterns]))


def backup_of(*folders: str) -> Step:
    """The job backs up these folders only."""
    return act(lambda world: world.run_backup(paths=[world.library / folder for folder in folders]))


def big_thumbs(size: int) -> Step:
    def step(world: World) -> None:
        (world.library / "thumbs" / "big.webp").write_bytes(bytes(size))

    return act(step)


def compose_file(world: World) -> None:
    (world.folder / "compose.yaml").write_text("services: {}\n")
    world.configure({"repositories.nas.plans.immich.required_paths": [str(world.folder / "compose.yaml")]})


def out_of_sight(world: World) -> None:
    """The agent runs where the library is not."""
    world.configure(
        {
            "immich.upload_location": None,
            "repositories.nas.plans.immich.backed_up_as": str(world.library),
        }
    )


def lose_trees(world: World) -> None:
    """The files that say what is where in the newest snapshots are gone from the repository's disk."""
    repository = world.repository("nas")
    for name in restic("0.18", repository, "list", "index", "--no-lock").stdout.split():
        index = json.loads(restic("0.18", repository, "cat", "index", name, "--no-lock").stdout)
        for pack in index["packs"]:
            if {blob["type"] for blob in pack["blobs"]} == {"tree"}:
                file = repository / "data" / pack["id"][:2] / pack["id"]
                file.rename(world.folder / pack["id"])
    shutil.rmtree(world.state / "cache", ignore_errors=True)


def migrate(world: World) -> None:
    """Everything moves from `upload` to `library`, and Immich knows."""
    assert world.assets is not None
    for file in (world.library / "upload" / "admin").iterdir():
        file.rename(world.library / "library" / "admin" / file.name)
        world.assets[f"library/admin/{file.name}"] = world.assets.pop(f"upload/admin/{file.name}")


def backup_with_dumps_until(world: World, left_out: int) -> None:
    """The job backs up a state of the disk from before the newest dumps."""
    newest = sorted(world.backups.glob("immich-db-*.sql.gz"))[-left_out:]
    world.run_backup(exclude=[str(file) for file in newest])


def cut_off(dump: Path) -> None:
    """The disk was full."""
    written = dump.stat().st_mtime
    dump.write_bytes(dump.read_bytes()[:-60])
    os.utime(dump, (written, written))


NIGHT = steps(passes("23h20m"), write_dump(), passes("10m"), run_backup())

SCENARIOS = (
    scenario(
        "snapshots_that_hold_everything_are_quiet_night_after_night",
        inside(),
        quiet(5),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
        NIGHT,
        quiet(),
    ),
    # --- folders
    scenario(
        "a_backup_of_the_dumps_alone_is_no_backup_of_the_photos",
        fresh(master="fresh_inside", config={"repositories.nas.plans.immich.backed_up_as": None}),
        write_dump(),
        passes("10m"),
        backup_of("backups"),
        fires(NO_MEDIA),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(NO_MEDIA),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_plan_that_holds_the_database_alone_needs_no_photos",
        fresh(master="fresh_inside", config={"repositories.nas.plans.immich.holds": ["database"]}),
        write_dump(),
        passes("10m"),
        backup_of("backups"),
        quiet(),
    ),
    scenario(
        "a_folder_that_was_left_out_is_missing_and_that_is_one_alert",
        inside(),
        write_dump(),
        passes("10m"),
        backup_without("library"),
        fires(FOLDER.format("library")),
        passes("23h"),
        write_dump(),
        passes("10m"),
        backup_without("library"),
        fires(FOLDER.format("library")),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(FOLDER.format("library")),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_profile_folder_that_was_left_out_is_missing_until_nobody_asks_for_it",
        inside(),
        write_dump(),
        passes("10m"),
        backup_without("profile"),
        fires(FOLDER.format("profile")),
        reload({"repositories.nas.plans.immich.required_folders": ["library", "upload", "backups"]}),
        calm(),
    ),
    scenario(
        "originals_that_are_left_out_by_half_are_a_folder_that_shrank_and_one_alert",
        inside(),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-[12]*"),
        fires(FOLDER_SMALL.format("originals")),
        passes("23h"),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-[12]*"),
        fires(FOLDER_SMALL.format("originals")),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(FOLDER_SMALL.format("originals")),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_tenth_of_the_originals_less_is_a_trash_that_was_emptied",
        inside(),
        delete_photos(5),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
    ),
    scenario(
        "thumbnails_that_shrink_are_nobodys_loss_unless_somebody_asks_for_them",
        fresh(master="fresh_inside", before=big_thumbs(12_000_000)),
        *([write_dump(), passes("10m"), run_backup(), passes("23h40m")] * 4),
        big_thumbs(5_000_000),
        add_photos(35, size=200_000),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
        reload(
            {"repositories.nas.plans.immich.required_folders": ["library", "upload", "profile", "backups", "thumbs"]}
        ),
        fires(FOLDER_SMALL.format("thumbs")),
        big_thumbs(12_000_000),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_small_folder_may_shrink",
        inside(before=act(lambda world: (world.library / "profile" / "old.jpg").write_bytes(bytes(3000)))),
        *([write_dump(), passes("10m"), run_backup(), passes("23h40m")] * 4),
        act(lambda world: (world.library / "profile" / "old.jpg").unlink()),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_migration_to_the_library_folder_leaves_every_original_found",
        inside(),
        act(migrate),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
        NIGHT,
        quiet(),
    ),
    scenario(
        "an_installation_without_any_photo_yet_lacks_none",
        fresh(master="fresh_inside", before=steps(delete_photos(25), delete_photos(25, folder="upload"))),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_plan_for_the_database_that_is_asked_for_photos_lacks_the_folder",
        fresh(
            master="fresh_inside",
            config={
                "repositories.nas.plans.immich.holds": ["database"],
                "repositories.nas.plans.immich.required_folders": ["library", "backups"],
            },
        ),
        write_dump(),
        passes("10m"),
        backup_of("backups"),
        fires(FOLDER.format("library")),
        reload({"repositories.nas.plans.immich.required_folders": ["backups"]}),
        calm(),
    ),
    # --- the dump inside
    scenario(
        "a_snapshot_without_any_dump_is_told",
        inside(),
        write_dump(),
        passes("10m"),
        backup_without("backups/immich-db-*"),
        fires(NO_DUMP, FOLDER.format("backups")),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(NO_DUMP, FOLDER.format("backups")),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_snapshot_with_yesterdays_dump_is_fine_and_one_with_an_older_is_not",
        inside(),
        write_dump(),
        passes("10m"),
        act(lambda world: backup_with_dumps_until(world, 1)),
        quiet(),
        passes("5h"),
        act(lambda world: backup_with_dumps_until(world, 1)),
        fires(NO_DUMP),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_snapshot_with_an_old_dump_is_no_news_where_dumps_stopped",
        inside("26h30m", config={"repositories.nas.plans.immich.max_age": "40h", "jobs.nightly.max_age": "40h"}),
        run_backup(),
        fires(DUMP_STALE),
        write_dump(),
        passes("10m"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_dump_that_was_cut_off_when_it_was_backed_up_is_told_although_a_whole_one_came_later",
        inside(),
        act(lambda world: cut_off(world.write_dump())),
        passes("10m"),
        run_backup(),
        fires(DUMP_INVALID),
        write_dump(),
        fires(BAD_DUMP, after=40),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(BAD_DUMP),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_dump_that_was_finished_after_the_snapshot_began_is_in_the_wrong_order",
        inside(),
        write_dump(age="5m"),
        act(lambda world: world.run_backup(took="20m")),
        fires(ORDER),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(ORDER),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_snapshot_of_before_the_very_first_dump_lacks_none",
        fresh(master="fresh_inside"),
        run_backup(),
        quiet(),
        write_dump(),
        quiet(),
        passes("20h"),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_snapshot_with_an_old_dump_is_no_news_while_dumps_are_paused",
        inside("30h", config={**LONG, "immich.dump": {"paused_until": "2036-03-20"}}),
        run_backup(),
        quiet(),
        reload({"immich.dump": {"max_age": "20h"}}),
        fires(DUMP_STALE),
        write_dump(),
        passes("10m"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_plan_that_holds_the_originals_alone_needs_no_dump_and_no_whole_one",
        inside(config={"repositories.nas.plans.immich.holds": ["originals"]}),
        write_dump(),
        passes("10m"),
        backup_without("backups/immich-db-*"),
        quiet(),
        act(lambda world: cut_off(world.write_dump())),
        passes("10m"),
        run_backup(),
        fires(DUMP_INVALID),
        write_dump(),
        calm(),
        reload({"repositories.nas.plans.immich.holds": ["originals", "database"]}),
        fires(BAD_DUMP),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_plan_for_the_database_alone_has_an_order_too",
        fresh(master="fresh_inside", config={"repositories.nas.plans.immich.holds": ["database"]}),
        passes("1h"),
        write_dump(age="5m"),
        act(lambda world: world.run_backup(paths=[world.backups], took="20m")),
        fires(ORDER),
        backup_of("backups"),
        calm(),
    ),
    # --- every original
    scenario(
        "originals_that_are_missing_two_nights_in_a_row_are_told",
        inside(),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-1-*", "library/admin/library-2-*"),
        quiet(),
        passes("23h"),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-1-*", "library/admin/library-2-*"),
        fires(MISSING),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(MISSING),
        reload({"repositories.nas.plans.immich.max_missing_assets": 2}),
        calm(),
    ),
    scenario(
        "originals_that_are_gone_from_the_live_disk_too_are_immichs_trouble",
        inside(),
        lose_photos(2),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
        NIGHT,
        fires(MISSING_IN_IMMICH),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(MISSING_IN_IMMICH),
        act(lambda world: world.accept()),
        calm(),
    ),
    scenario(
        "rows_that_fell_by_a_third_are_told_while_the_files_are_all_there",
        inside(),
        forget_rows(20),
        write_dump(),
        passes("10m"),
        run_backup(),
        fires(DROPPED),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(DROPPED),
        act(lambda world: world.accept()),
        calm(),
    ),
    scenario(
        "a_tenth_of_the_rows_less_is_no_trouble",
        inside(),
        forget_rows(5),
        write_dump(),
        passes("10m"),
        run_backup(),
        quiet(),
    ),
    scenario(
        "originals_that_are_missing_are_told_where_the_live_disk_is_not_seen",
        inside(before=act(out_of_sight)),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-1-*"),
        passes("23h"),
        write_dump(),
        passes("10m"),
        backup_without("library/admin/library-1-*"),
        fires(MISSING),
        reload({"repositories.nas.plans.immich.max_missing_assets": 1}),
        calm(),
    ),
    scenario(
        "external_assets_that_no_plan_is_said_to_hold_are_told_unless_they_are_ignored",
        inside(before=act(lambda world: world.external.append((asset_id(1), "/mnt/photos/1.jpg")))),
        write_dump(),
        passes("10m"),
        run_backup(),
        fires(UNPROVEN),
        reload({"immich.external": [{"container": "/mnt/other", "backed_up_as": "/srv/other"}]}),
        write_dump(),
        passes("10m"),
        run_backup(),
        fires(UNPROVEN),
        reload(PAUSED),
        calm(),
        reload({**UNPAUSED, "immich.external": "ignore"}),
        calm(),
    ),
    # --- other things
    scenario(
        "a_compose_file_that_is_in_no_snapshot_is_told",
        inside("1h", before=act(compose_file)),
        fires(PATH),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(PATH),
        act(lambda world: world.run_backup(paths=[world.library, world.folder / "compose.yaml"])),
        calm(),
    ),
    scenario(
        "a_snapshot_whose_trees_are_gone_is_damaged_and_not_unknown",
        inside(config={**LONG, "repositories.nas.inspect": {"max_lag": "3h"}}),
        write_dump(),
        passes("10m"),
        act(lambda world: world.backup()),
        act(lose_trees),
        passes("4h"),
        fires(DAMAGED, after=40),
        reload(PAUSED),
        calm(),
    ),
    scenario(
        "snapshots_that_nobody_may_look_into_are_unknown_after_the_time_that_they_have",
        inside("1h", config={"repositories.nas.inspect": {"max_bytes_per_day": "1B", "max_lag": "3h"}}),
        add_photos(1),
        write_dump(),
        passes("10m"),
        run_backup(),
        passes("2h20m"),
        quiet(),
        quiet(18),
        fires(UNKNOWN, after=22),
        reload(PAUSED),
        calm(),
        reload({**UNPAUSED, "repositories.nas.inspect": {}}),
        calm(),
    ),
)
