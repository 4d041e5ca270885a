"""Plans: how old the newest backup is, who makes it, how many there are."""

from support.repositories import PASSWORD, make_repository
from support.repositories import restic as restic_of
from support.truth.scenario import scenario
from support.truth.steps import (
    accept,
    act,
    add_photos,
    backup,
    begin,
    calm,
    end,
    fires,
    fresh,
    hold_lock,
    passes,
    quiet,
    release_lock,
    reload,
    report,
    restart,
    restic,
    run_backup,
    settled,
    steps,
    wrapped,
    write_dump,
)
from support.truth.world import World, duration

STALE = "Stale warning plan=immich repository=nas"
STALE_CRITICAL = "Stale critical plan=immich repository=nas"
NEVER = "NeverSucceeded critical plan=immich repository=nas"
VANISHED = "SnapshotsVanished critical plan=immich repository=nas"
FUTURE = "SnapshotsInFuture warning plan=immich repository=nas"
SHORT = "HistoryTooShort info plan=immich repository=nas"
AMBIGUOUS = "PlanAmbiguous warning plan=immich repository=nas"
FAILED = "JobFailed critical job_name=nightly plan=immich repository=nas"

CALM = {
    "repositories.nas.plans.immich.max_age": "30d",
    "jobs.nightly.max_age": "30d",
    "immich.dump": {"enabled": False},
}
PAUSED = {"repositories.nas.plans.immich.paused_until": "2036-04-01"}
UNPAUSED = {"repositories.nas.plans.immich.paused_until": None}
NO_JOBS: dict[str, object] = {"jobs": {}}
NO_DUMPS = {"immich.dump": {"enabled": False}}
ANY_HOST = {"repositories.nas.plans.immich.host": None}


def drop_snapshots(world: World, keep: int) -> None:
    """Somebody deletes all snapshots but the newest so many."""
    folder = world.repository("nas") / "snapshots"
    keeping = tuple(world.snapshots[len(world.snapshots) - keep :])
    for file in folder.iterdir():
        if not file.name.startswith(keeping):
            file.unlink()


def foreign(world: World) -> None:
    """Another machine backed up its own folder into the same repository for a while, until ten days ago."""
    home = world.folder / "home"
    home.mkdir()
    (home / "letter").write_text("Dear Ada")
    for age in ("12d", "11d", "10d"):
        world.backup(host="desktop", paths=[home], age=age)


def backup_of_parts(world: World) -> None:
    """The job names Immich's folders one by one from now on, instead of the folder above them."""
    world.run_backup(paths=[world.library / name for name in ("library", "upload", "profile", "backups")])


def replace_repository(world: World) -> None:
    world.hide("repositories/nas")
    make_repository(world.repository("nas"))


def ahead(world: World, by: str) -> None:
    world.clock.jump(seconds=duration(by).total_seconds())
    world.backup()
    world.clock.jump(seconds=-duration(by).total_seconds())


def second_repository(world: World) -> None:
    make_repository(world.repository("away"), password="another")
    copy(world)
    world.configure(
        {
            "repositories.away": {
                "repository": str(world.repository("away")),
                "password": "another",
                "stats_interval": 0,
                "inspect": {"enabled": False},
                "plans": {"immich": {"host": "photos"}},
            }
        }
    )


def copy(world: World) -> None:
    done = restic_of(
        "0.18",
        world.repository("away"),
        "copy",
        "--from-repo",
        world.repository("nas"),
        password="another",
        env={"RESTIC_FROM_PASSWORD": PASSWORD},
    )
    assert done.returncode == 0, done.stderr


SCENARIOS = (
    # --- stale
    scenario(
        "a_missed_night_is_a_warning_after_26_hours_and_a_backup_ends_it",
        settled("25h30m"),
        write_dump(),
        quiet(),
        quiet(18),
        fires(STALE, after=7),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_second_missed_night_is_critical_and_one_alert",
        settled("51h30m"),
        write_dump(),
        fires(STALE),
        fires(STALE, after=18),
        fires(STALE_CRITICAL, after=25),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_missed_night_is_found_without_any_job_that_reports",
        settled("25h30m", config=NO_JOBS),
        write_dump(),
        quiet(),
        fires(STALE),
        backup(),
        calm(),
    ),
    scenario(
        "a_backup_under_way_is_no_missed_one_until_it_fails",
        settled("25h30m"),
        write_dump(),
        begin(),
        quiet(60),
        end(exit_code=1),
        fires(FAILED, STALE, after=20),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_backup_of_nine_hours_after_a_holiday_is_fine_while_it_refreshes_its_lock",
        settled("25h", config={"jobs.nightly.max_duration": None}),
        add_photos(30),
        write_dump(),
        begin(),
        hold_lock(),
        passes("8h30m"),
        quiet(30),
        release_lock(),
        act(lambda world: world.backup(age="9h")),
        end(),
        quiet(),
    ),
    scenario(
        "a_backup_under_way_since_two_days_is_no_excuse_for_a_critical_age",
        settled("51h30m", config=NO_JOBS),
        write_dump(),
        hold_lock(),
        quiet(),
        fires(STALE_CRITICAL, after=40),
        release_lock(),
        backup(),
        calm(),
    ),
    scenario(
        "only_failed_backups_since_two_nights_make_the_plan_stale_although_snapshots_are_new",
        settled("25h30m"),
        write_dump(),
        run_backup(exit_code=1),
        fires(FAILED, after=20),
        fires(FAILED, STALE, after=30),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_weekly_plan_beside_a_nightly_one_keeps_its_own_time",
        settled(
            "1h",
            config={
                **NO_JOBS,
                "repositories.nas.plans.weekly": {"tags": ["weekly"], "max_age": "8d"},
                "repositories.nas.plans.immich.tags": ["nightly"],
            },
            before=steps(backup(tags=["nightly"]), backup(tags=["weekly"])),
        ),
        quiet(),
        passes("6d22h"),
        write_dump(),
        backup(tags=["nightly"]),
        quiet(),
        passes("24h40m"),
        write_dump(),
        backup(tags=["nightly"]),
        quiet(),
        fires("Stale warning plan=weekly repository=nas", after=40),
        backup(tags=["weekly"]),
        calm(),
    ),
    scenario(
        "a_paused_plan_is_silent_until_its_pause_ends",
        settled(
            "3d12h",
            config={
                "repositories.nas.plans.immich.paused_until": "2036-03-20",
                "immich.dump": {"paused_until": "2036-03-20"},
                "jobs.nightly.paused_until": "2036-03-20",
            },
        ),
        quiet(40),
        passes("8h20m"),
        quiet(),
        fires(STALE_CRITICAL, "DumpStale critical", after=20),
        run_backup(),
        write_dump(),
        calm(),
    ),
    scenario(
        "a_pause_that_is_taken_back_by_reload_ends_at_once",
        settled("27h", config={"repositories.nas.plans.immich.paused_until": "2036-04-01"}),
        write_dump(),
        quiet(),
        reload({"repositories.nas.plans.immich.paused_until": None}),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_stale_plan_that_is_removed_by_reload_falls_silent",
        settled(
            "27h",
            config={**NO_JOBS, "repositories.nas.plans.other": {"tags": ["other"], "max_age": "90d"}},
            before=backup(tags=["other"]),
        ),
        write_dump(),
        reload({"repositories.nas.plans.immich.host": "elsewhere"}),
        fires(NEVER),
        reload({"repositories.nas.plans.immich": None}),
        calm(),
    ),
    # --- who makes the snapshots
    scenario(
        "fresh_snapshots_of_another_machine_do_not_hide_that_ours_are_stale",
        settled("25h30m"),
        write_dump(),
        backup(host="desktop"),
        quiet(),
        backup(host="desktop"),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    scenario(
        "fresh_snapshots_of_another_folder_of_the_same_machine_do_not_hide_that_ours_are_stale",
        settled("25h30m"),
        write_dump(),
        act(lambda world: (world.folder / "etc").mkdir()),
        act(lambda world: world.backup(paths=[world.folder / "etc"])),
        quiet(),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    scenario(
        "another_machine_in_the_repository_that_stopped_does_not_disturb_ours",
        settled("2h", config=ANY_HOST, before=act(foreign)),
        quiet(40),
    ),
    scenario(
        "a_renamed_host_whose_old_snapshots_are_kept_is_no_trouble",
        settled("23h50m", config=ANY_HOST),
        write_dump(),
        run_backup(host="photos2"),
        quiet(),
        passes("23h"),
        write_dump(),
        run_backup(host="photos2"),
        quiet(),
    ),
    scenario(
        "a_renamed_host_that_is_backed_up_by_hand_at_once_is_no_trouble",
        settled("1h", config=ANY_HOST),
        run_backup(host="photos2"),
        quiet(40),
        passes("22h"),
        write_dump(),
        run_backup(host="photos2"),
        quiet(40),
    ),
    scenario(
        "a_path_set_that_was_retired_while_its_snapshots_are_kept_is_no_trouble",
        settled("23h50m", config=ANY_HOST),
        write_dump(),
        act(backup_of_parts),
        quiet(),
        passes("23h"),
        write_dump(),
        act(backup_of_parts),
        quiet(),
    ),
    scenario(
        "two_machines_in_one_plan_are_ambiguous_until_one_is_named",
        settled("23h50m", config=ANY_HOST),
        write_dump(),
        backup(host="second"),
        run_backup(),
        passes("23h50m"),
        write_dump(),
        backup(host="second"),
        run_backup(),
        quiet(14),
        fires(AMBIGUOUS, after=11),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(AMBIGUOUS),
        reload({"repositories.nas.plans.immich.host": "photos"}),
        calm(),
    ),
    scenario(
        "a_client_that_is_upgraded_from_014_to_018_starts_nothing_anew",
        settled("23h50m", master="settled_014"),
        write_dump(),
        act(lambda world: setattr(world, "restic_version", "0.18")),
        restart(),
        run_backup(),
        quiet(),
        passes("23h"),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_client_that_is_upgraded_to_019_starts_nothing_anew",
        settled("23h50m"),
        write_dump(),
        act(lambda world: setattr(world, "restic_version", "0.19")),
        restart(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_missed_night_of_restic_014_is_found",
        settled("25h30m", master="settled_014"),
        write_dump(),
        quiet(),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_missed_night_of_restic_019_is_found",
        settled("25h30m", master="settled_019"),
        write_dump(),
        quiet(),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    # --- beginnings
    scenario(
        "the_first_day_is_quiet_and_a_plan_without_a_backup_after_26_hours_is_not",
        fresh(),
        write_dump(),
        quiet(),
        passes("25h"),
        write_dump(),
        quiet(),
        quiet(18),
        fires(NEVER, after=42),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_first_backup_within_the_first_day_is_enough",
        fresh(),
        write_dump(),
        passes("10h"),
        run_backup(),
        quiet(),
        passes("13h"),
        write_dump(),
        run_backup(),
        quiet(),
    ),
    scenario(
        "a_weekly_plan_is_no_trouble_on_its_second_day",
        fresh(
            config={
                "repositories.nas.plans.immich.max_age": "8d",
                "jobs.nightly.max_age": "8d",
            }
        ),
        write_dump(),
        passes("2d"),
        write_dump(),
        quiet(40),
    ),
    scenario(
        "a_first_backup_under_way_for_a_day_never_succeeded_yet",
        fresh(config={"jobs.nightly.max_duration": "3d"}),
        write_dump(),
        passes("10h"),
        begin(),
        passes("15h30m"),
        write_dump(),
        quiet(),
        fires(NEVER),
        act(lambda world: world.backup(age="16h")),
        end(),
        calm(),
    ),
    scenario(
        "a_plan_that_matches_nothing_never_succeeded_although_there_are_fresh_snapshots",
        fresh(config={**NO_JOBS, "repositories.nas.plans.immich.host": "fotos"}),
        write_dump(),
        passes("25h30m"),
        write_dump(),
        backup(),
        quiet(),
        fires(NEVER),
        reload({"repositories.nas.plans.immich.host": "photos"}),
        calm(),
    ),
    scenario(
        "a_plan_that_is_paused_from_its_first_day_on_is_silent",
        fresh(config={"repositories.nas.plans.immich.paused_until": "2036-03-05"}),
        passes("26h"),
        write_dump(),
        quiet(40),
        reload({"repositories.nas.plans.immich.paused_until": None}),
        fires(NEVER),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_new_repository_in_the_place_of_the_old_one_serves_none_of_its_facts",
        settled("2h"),
        quiet(),
        act(replace_repository),
        fires(NEVER),
        run_backup(),
        calm(),
    ),
    # --- vanished
    scenario(
        "snapshots_that_somebody_deleted_are_missed_below_half_of_the_usual_number",
        settled("2h"),
        act(lambda world: drop_snapshots(world, 5)),  # of 8.5, the median of the numbers of its nights
        quiet(),
        act(lambda world: drop_snapshots(world, 4)),
        fires(VANISHED),
        reload({"repositories.nas.plans.immich.paused_until": "2036-04-01"}),
        calm(),
    ),
    scenario(
        "all_snapshots_gone_is_also_no_backup",
        settled("2h"),
        act(lambda world: drop_snapshots(world, 0)),
        fires(NEVER, VANISHED),
        run_backup(),
        fires(VANISHED),
    ),
    scenario(
        "a_forget_at_work_and_reported_takes_snapshots_away_and_nothing_is_missed",
        settled("2h", config={"jobs.tidy": {"kind": "forget", "repository": "nas"}}),
        begin("tidy"),
        restic("forget", "--keep-last", "3", "--prune"),
        quiet(),
        end("tidy", removed_snapshots=13),
        quiet(60),
        passes("21h"),
        write_dump(),
        run_backup(),
        quiet(60),
        act(lambda world: drop_snapshots(world, 1)),
        fires(VANISHED),
    ),
    scenario(
        "a_real_forget_behind_the_wrapper_tells_what_it_removed",
        settled("2h", config={"jobs.tidy": {"kind": "forget", "repository": "nas"}}),
        wrapped("restic", "forget", "--keep-last", "4", "--prune", job="tidy"),
        quiet(60),
    ),
    scenario(
        "a_forget_that_nobody_reported_is_snapshots_that_vanished",
        settled("2h"),
        restic("forget", "--keep-last", "4"),
        fires(VANISHED),
        accept(),
        calm(),
    ),
    scenario(
        "a_run_under_way_since_two_days_is_no_excuse_for_snapshots_that_vanished",
        settled("2h", config={"jobs.tidy": {"kind": "forget", "repository": "nas"}, **CALM}),
        begin("tidy", beats=False),
        passes("23h"),
        act(lambda world: drop_snapshots(world, 4)),
        quiet(30),
        fires(VANISHED, after=60),
    ),
    scenario(
        "a_prune_is_no_trouble",
        settled("2h", config={"jobs.tidy": {"kind": "prune", "repository": "nas"}}),
        begin("tidy"),
        hold_lock(),
        quiet(),
        release_lock(),
        restic("prune", "--max-unused", "0"),
        end("tidy"),
        quiet(),
    ),
    scenario(
        "a_tag_on_every_snapshot_changes_their_ids_and_nothing_else",
        settled("2h"),
        restic("tag", "--add", "kept"),
        quiet(40),
    ),
    scenario(
        "a_rewrite_of_every_snapshot_changes_their_ids_and_nothing_else",
        settled("2h"),
        restic("rewrite", "--forget", "--exclude", "me.jpg"),
        quiet(40),
    ),
    # --- dates
    scenario(
        "a_clock_that_was_two_days_ahead_is_told_and_its_snapshot_is_never_fresh",
        settled("25h30m"),
        write_dump(),
        act(lambda world: ahead(world, "2d")),
        fires(FUTURE),
        fires(FUTURE, STALE),
        run_backup(),
        fires(FUTURE, after=30),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(FUTURE),
        act(lambda world: world.configure({"repositories.nas.plans.immich.ignore_snapshots": [world.snapshots[-2]]})),
        reload(),
        calm(),
    ),
    scenario(
        "a_clock_that_is_nine_minutes_ahead_is_no_trouble",
        settled("20h"),
        act(lambda world: ahead(world, "9m")),
        quiet(40),
    ),
    scenario(
        "a_history_that_is_shorter_than_asked_for_is_told_once_it_could_be_longer",
        settled("2h", config={"repositories.nas.plans.immich.min_history": "14d12h"}),
        quiet(),
        restic("forget", "--keep-last", "14"),
        quiet(14),
        fires(SHORT, after=11),
        reload(PAUSED),
        calm(),
        reload(UNPAUSED),
        fires(SHORT),
        reload({"repositories.nas.plans.immich.min_history": "12d"}),
        calm(),
    ),
    scenario(
        "a_young_installation_cannot_have_a_long_history_yet",
        settled("2h", config={"repositories.nas.plans.immich.min_history": "30d"}),
        quiet(40),
    ),
    # --- nothing new
    scenario(
        "a_fortnight_without_a_new_photo_is_no_trouble",
        settled("23h50m"),
        *([write_dump(), run_backup(), passes("23h50m")] * 13),
        write_dump(),
        run_backup(),
        quiet(40),
    ),
    scenario(
        "a_fortnight_of_unchanged_runs_is_no_trouble_and_their_end_is",
        settled("23h50m", config=NO_DUMPS),
        *([report("--exit-code", "0", "--unchanged"), passes("24h")] * 13),
        report("--exit-code", "0", "--unchanged"),
        quiet(40),
        passes("25h"),
        quiet(20),
        fires(STALE, after=40),
        report("--exit-code", "0", "--unchanged"),
        calm(),
    ),
    # --- several repositories
    scenario(
        "a_copy_in_a_second_repository_is_a_backup_and_goes_stale_by_itself",
        settled("1h", config=NO_JOBS, before=act(second_repository)),
        quiet(),
        passes("22h30m"),
        write_dump(),
        backup(),
        passes("1h30m"),
        quiet(20),
        fires("Stale warning plan=immich repository=away", after=60),
        act(copy),
        calm(),
    ),
)
