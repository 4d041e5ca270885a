"""Sizes and numbers of files: what shrinks for a reason, and what shrinks because something is wrong.

After its sixteen nights the library has 66 originals of 2,000 bytes and 14 dumps; a usual snapshot is one of 59 or 60
originals and 9 or 10 dumps, of 76 files.
"""

import os

from support.truth.scenario import scenario
from support.truth.steps import (
    accept,
    act,
    add_photos,
    calm,
    delete_photos,
    fires,
    fresh,
    keep_dumps,
    passes,
    quiet,
    reload,
    restart,
    run_backup,
    settled,
    steps,
    write_dump,
)
from support.truth.world import World

SMALL = "SuspiciouslySmall critical plan=immich repository=nas"


def move_to_library(world: World) -> None:
    """The storage template is switched on: everything moves from `upload` to `library`."""
    for file in (world.library / "upload" / "admin").iterdir():
        file.rename(world.library / "library" / "admin" / file.name)


def link_library(world: World) -> None:
    """The library moves to another disk, and a link to it is left."""
    world.library.rename(world.folder / "disk")
    os.symlink(world.folder / "disk", world.library)


def make_empty_files(world: World) -> None:
    """Every file is there, and nothing is in any of them: a disk that was full."""
    for file in world.library.rglob("*"):
        if file.is_file():
            os.truncate(file, 0)


SCENARIOS = (
    scenario(
        "a_trash_that_is_emptied_makes_a_tenth_less_and_no_trouble",
        settled("23h50m"),
        delete_photos(7),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_snapshot_just_above_four_fifths_of_the_usual_size_is_fine",
        settled("23h50m"),
        delete_photos(24),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_snapshot_below_four_fifths_of_the_usual_size_is_suspicious_until_the_photos_are_back",
        settled("23h50m"),
        delete_photos(27),
        write_dump(),
        run_backup(),
        fires(SMALL, after=15),
        add_photos(27),
        run_backup(),
        calm(),
    ),
    scenario(
        "fewer_files_are_suspicious_although_the_size_is_as_usual",
        settled("23h50m"),
        delete_photos(30),
        add_photos(1, size=60000),
        write_dump(),
        run_backup(),
        fires(SMALL, after=15),
        accept(),
        calm(),
        passes("23h"),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "fewer_files_than_usual_but_more_than_four_fifths_are_fine",
        settled("23h50m"),
        delete_photos(24),
        add_photos(1, size=48000),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_lasting_change_is_usual_after_a_week",
        settled("23h50m"),
        delete_photos(30),
        *([write_dump(), run_backup(), passes("23h50m")] * 5),
        fires(SMALL, after=15),
        *([write_dump(), run_backup(), passes("23h50m")] * 3),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "an_import_that_doubles_the_library_is_no_trouble_and_neither_is_the_next_night",
        settled("23h50m"),
        add_photos(70),
        write_dump(),
        run_backup(),
        quiet(),
        passes("23h"),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_retention_of_dumps_that_is_cut_from_14_to_5_is_no_trouble",
        settled("23h50m"),
        write_dump(),
        keep_dumps(5),
        run_backup(),
        quiet(),
        passes("23h"),
        write_dump(),
        keep_dumps(5),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_migration_from_upload_to_library_is_no_trouble",
        settled("23h50m"),
        act(move_to_library),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_smaller_ratio_that_is_declared_is_taken",
        settled("23h50m", config={"repositories.nas.plans.immich.min_size_ratio": 0.5}),
        delete_photos(27),
        write_dump(),
        run_backup(),
        quiet(),
        reload({"repositories.nas.plans.immich.min_size_ratio": 0.8}),
        fires(SMALL, after=15),
        reload({"repositories.nas.plans.immich.paused_until": "2036-04-01"}),
        calm(),
    ),
    scenario(
        "a_link_to_the_library_is_backed_up_as_a_link_and_that_is_found_on_the_first_day",
        fresh(before=act(link_library)),
        write_dump(),
        run_backup(),
        fires(SMALL, after=15),
        act(lambda world: os.unlink(world.library)),
        act(lambda world: os.rename(world.folder / "disk", world.library)),
        run_backup(),
        calm(),
    ),
    scenario(
        "files_without_anything_in_them_are_found_on_the_first_day",
        fresh(before=act(make_empty_files)),
        run_backup(),
        fires(SMALL, after=15),
        add_photos(3),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_first_backup_of_a_few_photos_is_no_trouble",
        fresh(),
        write_dump(),
        run_backup(),
        quiet(),
        delete_photos(20),
        passes("23h"),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "sizes_that_restic_014_does_not_tell_are_found_out_and_compared",
        settled("23h50m", master="settled_014"),
        delete_photos(20),
        write_dump(),
        run_backup(),
        fires(SMALL, after=15),
        add_photos(20),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_small_snapshot_stays_suspicious_through_a_restart_of_the_agent",
        settled("23h50m"),
        delete_photos(30),
        write_dump(),
        run_backup(),
        fires(SMALL, after=15),
        restart(),
        fires(SMALL, after=15),
        steps(add_photos(30), run_backup()),
        calm(),
    ),
)
