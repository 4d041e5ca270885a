"""Database dumps and the folders of the upload location."""

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from support.dumps import dump_text, gzipped
from support.truth.scenario import Step, scenario
from support.truth.steps import (
    accept,
    act,
    calm,
    fires,
    fresh,
    hide,
    keep_dumps,
    passes,
    quiet,
    reload,
    restart,
    run_backup,
    settled,
    show,
    steps,
    write_dump,
)
from support.truth.world import World

GONE = "UploadLocationMissing critical"
MISSING = "DumpMissing critical"
STALE = "DumpStale critical"
INVALID = "DumpInvalid critical"
UNVERIFIED = "DumpUnverified warning"
SMALL = "DumpSuspiciouslySmall warning"
UNFINISHED = "DumpUnfinished warning"

CALM_PLAN = {"repositories.nas.plans.immich.max_age": "30d", "jobs.nightly.max_age": "30d"}
"""Only the dumps are at stake."""
BERLIN = {**CALM_PLAN, "immich.timezone": "Europe/Berlin"}

WHOLE = gzipped(dump_text(str(row) for row in range(2000)))


def slow_disk(seconds: float) -> Step:
    """So much time goes by whenever the thread that reads dumps looks at the clock."""
    return act(lambda world: setattr(world.clock, "reading_takes", seconds))


def berlin(moment: datetime) -> Step:
    """The machine's zone is Berlin's, and it is `moment` there."""

    def step(world: World) -> None:
        world.zone = ZoneInfo("Europe/Berlin")
        world.clock.jump(seconds=(moment - world.now).total_seconds())

    return act(step)


def grow(world: World) -> None:
    """The dump that is being written grows."""
    file = next(world.backups.glob("*.tmp"))
    with file.open("ab") as more:
        more.write(b"-- more\n")
    os.utime(file, (world.now.timestamp(), world.now.timestamp()))


SCENARIOS = (
    # --- the upload location
    scenario(
        "a_folder_whose_disk_is_gone_for_a_quarter_of_an_hour_is_critical_and_one_alert",
        settled("2h"),
        hide("immich/library"),
        hide("immich/thumbs"),
        quiet(14),
        fires(GONE),
        show("immich/library"),
        show("immich/thumbs"),
        calm(),
    ),
    scenario(
        "a_marker_that_somebody_deleted_is_a_missing_folder",
        settled("2h"),
        act(lambda world: (world.library / "upload" / ".immich").unlink()),
        fires(GONE, after=30),
        act(lambda world: (world.library / "upload" / ".immich").write_text("1")),
        calm(),
    ),
    scenario(
        "an_upload_location_that_is_gone_for_a_day_is_one_alert_and_no_stale_dump",
        settled("2h", config=CALM_PLAN),
        hide("immich"),
        passes("26h"),
        fires(GONE, after=40),
        show("immich"),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_dump_folder_that_was_never_there_is_a_missing_folder_and_no_missing_dump",
        fresh(config=CALM_PLAN, before=hide("immich/backups")),
        run_backup(),
        passes("26h"),
        fires(GONE, after=40),
        show("immich/backups"),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_missing_thumbnail_disk_explains_no_stale_dump_and_no_missing_one",
        settled("25h50m", config=CALM_PLAN),
        hide("immich/thumbs"),
        fires(GONE, STALE, after=40),
        show("immich/thumbs"),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_missing_thumbnail_disk_explains_no_dump_that_never_was",
        fresh(config=CALM_PLAN, before=hide("immich/thumbs")),
        run_backup(),
        passes("26h"),
        fires(GONE, MISSING, after=40),
        show("immich/thumbs"),
        write_dump(),
        calm(),
    ),
    # --- missing and stale
    scenario(
        "no_dump_on_the_first_day_is_fine_and_after_26_hours_it_is_not",
        fresh(config=CALM_PLAN),
        run_backup(),
        quiet(),
        passes("25h"),
        quiet(30),
        quiet(18),
        fires(MISSING, after=20),
        write_dump(),
        calm(),
    ),
    scenario(
        "dumps_that_are_not_routine_are_none",
        fresh(config=CALM_PLAN),
        run_backup(),
        write_dump(name="uploaded-immich-db-backup-20360301T020000-v2.7.5-pg14.19.sql.gz"),
        passes("26h"),
        fires(MISSING, after=30),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_dump_is_stale_after_26_hours_and_not_before",
        settled("25h", config=CALM_PLAN),
        quiet(25),
        quiet(18),
        fires(STALE, after=20),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_copied_old_dump_is_as_old_as_its_name_says",
        settled("26h30m", config=CALM_PLAN),
        write_dump(age="3d", mtime_age="1m"),
        fires(STALE),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_paused_dump_is_silent_until_its_pause_ends",
        settled("3d12h", config={**CALM_PLAN, "immich.dump": {"paused_until": "2036-03-20"}}),
        quiet(40),
        passes("8h30m"),
        quiet(),
        fires(STALE, after=20),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_paused_dump_that_is_missing_is_silent",
        fresh(config={**CALM_PLAN, "immich.dump": {"paused_until": "2036-03-05"}}),
        run_backup(),
        passes("26h"),
        quiet(40),
        reload({"immich.dump": {}}),
        fires(MISSING),
        write_dump(),
        calm(),
    ),
    scenario(
        "dumps_that_are_turned_off_are_not_missed",
        fresh(config={**CALM_PLAN, "immich.dump": {"enabled": False}}),
        run_backup(),
        passes("30h"),
        quiet(40),
    ),
    scenario(
        "a_weekly_dump_has_its_own_age",
        settled("6d", config={**CALM_PLAN, "immich.dump": {"max_age": "8d"}}),
        quiet(40),
    ),
    scenario(
        "the_night_on_which_summer_begins_makes_no_dump_stale",
        fresh(config=BERLIN, before=berlin(datetime(2036, 3, 28, 12, tzinfo=UTC))),
        run_backup(),
        act(lambda world: world.clock.jump(seconds=13 * 3600)),  # 29 March, 02:00 in Berlin
        write_dump(),
        passes("23h"),
        quiet(),
        write_dump(age="25m"),  # 30 March, 03:00 in Berlin: 02:00 does not exist
        passes("23h25m"),
        quiet(),
    ),
    scenario(
        "the_night_on_which_summer_ends_makes_no_dump_stale",
        fresh(config=BERLIN, before=berlin(datetime(2036, 10, 24, 12, tzinfo=UTC))),
        run_backup(),
        act(lambda world: world.clock.jump(seconds=12 * 3600)),  # 25 October, 02:00 in Berlin
        write_dump(),
        passes("24h30m"),
        quiet(29),
        passes("1m"),
        write_dump(),  # 26 October, 02:00 for the second time, 25 hours later
        quiet(),
        passes("23h"),
        quiet(),
    ),
    # --- whole or not
    scenario(
        "a_dump_that_is_cut_off_is_invalid_and_neither_stale_nor_small",
        settled("23h30m"),
        run_backup(),
        write_dump(content=WHOLE[: len(WHOLE) // 2]),
        fires(INVALID, after=15),
        passes("6h"),
        fires(INVALID),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_dump_that_holds_something_else_is_invalid_after_a_restart_too",
        settled("23h30m"),
        run_backup(),
        write_dump(content=gzipped(b"pg_dump: error: connection to server failed\n")),
        fires(INVALID, after=15),
        restart(),
        fires(INVALID),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_dump_that_is_invalid_while_dumps_are_paused_is_silent",
        settled("23h30m", config={"immich.dump": {"paused_until": "2036-04-01"}}),
        run_backup(),
        write_dump(content=WHOLE[:100]),
        quiet(),
        reload({"immich.dump": {}}),
        fires(INVALID, after=15),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_dump_that_takes_too_long_to_read_is_unverified_after_an_hour",
        settled("23h30m"),
        run_backup(),
        slow_disk(3 * 3600),
        write_dump(),
        quiet(58),
        fires(UNVERIFIED, after=30),
        slow_disk(0),
        write_dump(rows=301),
        calm(),
    ),
    scenario(
        "unverified_dumps_are_no_news_while_the_disk_is_gone_or_dumps_are_paused",
        settled("20h"),
        run_backup(),
        slow_disk(3 * 3600),
        write_dump(),
        passes("50m"),
        fires(UNVERIFIED),
        hide("immich/backups"),
        fires(GONE, after=40),
        show("immich/backups"),
        hide("immich/thumbs"),
        fires(GONE, UNVERIFIED, after=30),
        show("immich/thumbs"),
        fires(UNVERIFIED, after=30),
        reload({"immich.dump": {"paused_until": "2036-04-01"}}),
        calm(),
    ),
    scenario(
        "dumps_that_were_never_verified_go_stale_by_their_time",
        fresh(config=CALM_PLAN, before=slow_disk(3 * 3600)),
        run_backup(),
        write_dump(),
        passes("25h30m"),
        fires(UNVERIFIED),
        fires(STALE, UNVERIFIED, after=40),
        slow_disk(0),
        write_dump(),
        calm(),
    ),
    # --- small
    scenario(
        "a_dump_of_less_than_half_the_usual_size_is_suspicious",
        settled("23h30m"),
        run_backup(),
        write_dump(rows=60),
        fires(SMALL, after=15),
        accept(None),
        calm(),
    ),
    scenario(
        "a_dump_of_three_fifths_of_the_usual_size_is_fine",
        settled("23h30m"),
        run_backup(),
        write_dump(rows=180),
        quiet(),
    ),
    scenario(
        "a_small_dump_is_no_news_while_dumps_are_paused",
        settled("23h30m", config={"immich.dump": {"paused_until": "2036-04-01"}}),
        run_backup(),
        write_dump(rows=60),
        quiet(),
        reload({"immich.dump": {}}),
        fires(SMALL, after=15),
        write_dump(),
        calm(),
    ),
    # --- unfinished
    scenario(
        "a_dump_that_was_never_finished_is_told_after_two_hours",
        settled("2h"),
        write_dump(suffix=".tmp", age="1h30m"),
        quiet(25),
        fires(UNFINISHED, after=20),
        act(lambda world: next(world.backups.glob("*.tmp")).unlink()),
        calm(),
    ),
    scenario(
        "a_dump_that_takes_three_hours_is_no_trouble_while_it_grows",
        settled("2h"),
        write_dump(suffix=".tmp"),
        *([passes("45m"), act(grow)] * 4),
        quiet(40),
    ),
    scenario(
        "an_unfinished_dump_is_no_news_while_dumps_are_paused",
        settled("2h", config={"immich.dump": {"paused_until": "2036-04-01"}}),
        write_dump(suffix=".tmp", age="3h"),
        quiet(),
        reload({"immich.dump": {}}),
        fires(UNFINISHED, after=15),
        act(lambda world: next(world.backups.glob("*.tmp")).unlink()),
        calm(),
    ),
    scenario(
        "a_dump_that_another_job_makes_counts_by_its_pattern",
        fresh(config={**CALM_PLAN, "immich.dump": {"also": ["pg/*.sql.gz"]}}),
        run_backup(),
        *(
            [
                act(
                    lambda world: world.write_dump(name=f"../pg/{world.now:%d}.sql.gz")  # one a day, by cron
                ),
                passes("24h"),
            ]
            * 3
        ),
        quiet(),
        passes("2h"),
        fires(STALE),
        act(lambda world: world.write_dump(name=f"../pg/{world.now:%d-%H}.sql.gz")),
        calm(),
    ),
    scenario(
        "dumps_of_a_fortnight_with_a_retention_of_fourteen_are_no_trouble",
        settled("23h30m"),
        *([write_dump(), keep_dumps(14), run_backup(), passes("24h")] * 3),
        steps(write_dump(), run_backup()),
        quiet(),
    ),
)
