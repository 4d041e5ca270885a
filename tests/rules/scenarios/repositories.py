"""Repositories: out of reach, closed, locked, damaged, all in one place."""

import os
import shutil

from support.repositories import PASSWORD, backup
from support.truth.scenario import scenario
from support.truth.steps import (
    act,
    calm,
    fires,
    fresh,
    hide,
    hold_lock,
    leave_lock,
    passes,
    quiet,
    release_lock,
    reload,
    report,
    restart,
    restic,
    run_backup,
    serve_repositories,
    settled,
    show,
    start_server,
    steps,
    stop_server,
    wrapped,
    write_dump,
)
from support.truth.world import World

from .plans import second_repository

UNREACHABLE = "RepositoryUnreachable warning repository=nas"
UNREACHABLE_CRITICAL = "RepositoryUnreachable critical repository=nas"
DENIED = "RepositoryAccessDenied critical reason={} repository=nas"
NEVER = "NeverSucceeded critical plan=immich repository=nas"
LOCKED = "RepositoryLockStale warning repository=nas"
DAMAGED = "RepositoryCheckFailed critical repository=nas scope={}"
OVERDUE = "RepositoryCheckOverdue warning repository=nas"
NO_OFFSITE = "NoOffsiteCopy info"
CHECK_FAILED = "JobFailed critical job_name=monthly repository=nas"

EVERY_20_MINUTES = {"repositories.nas.poll_interval": "20m"}
CHECKED = {"jobs.monthly": {"kind": "check", "repository": "nas"}}
DISK_THAT_ROTATES = {
    "repositories.nas.unreachable_after": "3d",
    "repositories.nas.plans.immich.max_age": "8d",
    "jobs.nightly.max_age": "8d",
    "immich.dump": {"enabled": False},
}


def change_password(world: World) -> None:
    file = world.folder / "new-password"
    file.write_text("another")
    world.restic("key", "passwd", "--new-password-file", str(file))


def damage(world: World) -> None:
    pack = max((world.repository("nas") / "data").glob("*/*"), key=lambda file: file.stat().st_size)
    shutil.copy(pack, world.folder / "pack")
    pack.chmod(0o600)
    pack.write_bytes(bytes(pack.stat().st_size))


def mend(world: World) -> None:
    pack = max((world.repository("nas") / "data").glob("*/*"), key=lambda file: file.stat().st_size)
    shutil.copy(world.folder / "pack", pack)


def other_users(world: World) -> None:
    """The server's password for the agent is another one from now on."""
    assert world.server is not None
    world.server.stop()
    world.server._users = {"agent": "changed"}
    world.server.start()


SCENARIOS = (
    # --- out of reach
    scenario(
        "a_server_that_is_down_is_a_warning_after_an_hour_and_critical_after_two",
        settled("2h", config=EVERY_20_MINUTES, before=serve_repositories()),
        quiet(21),
        stop_server(),
        quiet(55),
        fires(UNREACHABLE),
        fires(UNREACHABLE_CRITICAL, after=70),
        start_server(),
        calm(40),
    ),
    scenario(
        "a_network_failure_of_five_minutes_is_no_trouble",
        settled("2h", before=serve_repositories()),
        quiet(5),
        stop_server(),
        quiet(5),
        start_server(),
        quiet(),
    ),
    scenario(
        "restarts_every_half_hour_hide_no_outage_and_are_no_trouble_themselves",
        settled("2h", config=EVERY_20_MINUTES, before=serve_repositories()),
        quiet(21),
        stop_server(),
        *([quiet(29), restart()] * 2),
        fires(UNREACHABLE, after=29),
        restart(),
        fires(UNREACHABLE, after=15),
        start_server(),
        calm(40),
    ),
    scenario(
        "a_repository_that_was_never_reached_since_it_is_declared_is_unreachable",
        fresh(config=EVERY_20_MINUTES, before=steps(serve_repositories(), stop_server())),
        write_dump(),
        quiet(55),
        fires(UNREACHABLE),
        fires(UNREACHABLE_CRITICAL, after=70),
        start_server(),
        calm(40),
    ),
    scenario(
        "a_repository_that_was_never_reached_for_longer_than_max_age_is_one_alert",
        fresh(
            config={**EVERY_20_MINUTES, "repositories.nas.plans.immich.max_age": "150m"},
            before=steps(serve_repositories(), stop_server()),
        ),
        write_dump(),
        passes("80m"),
        fires(UNREACHABLE, after=20),
        fires(UNREACHABLE_CRITICAL, after=80),
        start_server(),
        run_backup(),
        calm(60),
    ),
    scenario(
        "a_plan_without_a_backup_is_told_while_its_repository_is_away_for_a_short_time_only",
        fresh(config=EVERY_20_MINUTES, before=serve_repositories()),
        write_dump(),
        passes("26h"),
        write_dump(),
        fires(NEVER),
        stop_server(),
        fires(NEVER, UNREACHABLE, after=95),
        fires(UNREACHABLE_CRITICAL, after=70),
        start_server(),
        run_backup(),
        calm(40),
    ),
    scenario(
        "a_plan_without_a_backup_is_no_news_while_its_repository_is_closed",
        fresh(),
        write_dump(),
        passes("25h40m"),
        write_dump(),
        quiet(5),
        reload({"repositories.nas.password": "wrong"}),
        fires(DENIED.format("wrong_password"), after=50),
        reload({"repositories.nas.password": PASSWORD}),
        fires(NEVER, after=30),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_disk_that_rotates_and_was_never_there_has_its_time_too",
        fresh(config=DISK_THAT_ROTATES, before=hide("repositories/nas")),
        passes("2d23h"),
        quiet(40),
        fires(DENIED.format("not_found"), after=60),
        show("repositories/nas"),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_disk_that_rotates_has_the_time_that_it_was_given",
        settled("2h", config=DISK_THAT_ROTATES),
        hide("repositories/nas"),
        passes("2d23h"),
        quiet(40),
        fires(DENIED.format("not_found"), after=60),
        show("repositories/nas"),
        calm(),
    ),
    scenario(
        "a_nas_that_reboots_for_eight_minutes_is_no_trouble",
        settled("2h"),
        quiet(5),
        hide("repositories/nas"),
        hide("immich"),
        quiet(8),
        show("immich"),
        show("repositories/nas"),
        quiet(),
    ),
    # --- closed
    scenario(
        "a_local_repository_that_is_gone_for_a_quarter_of_an_hour_is_critical",
        settled("2h"),
        hide("repositories/nas"),
        quiet(12),
        fires(DENIED.format("not_found"), after=20),
        fires(DENIED.format("not_found"), after=100),
        show("repositories/nas"),
        calm(),
    ),
    scenario(
        "a_password_that_is_wrong_is_told_at_once_and_only_that",
        settled("2h"),
        reload({"repositories.nas.password": "wrong"}),
        quiet(12),
        fires(DENIED.format("wrong_password")),
        fires(DENIED.format("wrong_password"), after=150),
        reload({"repositories.nas.password": PASSWORD}),
        calm(),
    ),
    scenario(
        "a_password_that_was_changed_shows_with_the_next_snapshot",
        settled("23h50m"),
        act(change_password),
        write_dump(),
        quiet(),
        act(lambda world: backup(world.repository("nas"), world.library, time=world.now, password="another")),
        report("--exit-code", "0"),
        fires(DENIED.format("wrong_password"), after=30),
        reload({"repositories.nas.password": "another"}),
        calm(),
    ),
    scenario(
        "a_server_that_wants_another_password_is_told_at_once",
        settled("2h", config=EVERY_20_MINUTES, before=serve_repositories(agent="known")),
        quiet(5),
        act(other_users),
        fires(DENIED.format("unauthorized"), after=40),
        act(lambda world: world.log_in_as("agent")),
        reload(),
        calm(),
    ),
    scenario(
        "a_password_file_that_is_gone_is_told_at_once",
        settled(
            "2h",
            before=steps(
                act(lambda world: (world.folder / "password").write_text(PASSWORD)),
                act(
                    lambda world: world.configure(
                        {
                            "repositories.nas.password": None,
                            "repositories.nas.password_file": str(world.folder / "password"),
                        }
                    )
                ),
            ),
        ),
        quiet(5),
        act(lambda world: os.rename(world.folder / "password", world.folder / "elsewhere")),
        reload(),
        fires(DENIED.format("permission"), after=30),
        act(lambda world: os.rename(world.folder / "elsewhere", world.folder / "password")),
        reload(),
        calm(),
    ),
    scenario(
        "a_closed_repository_that_never_had_a_backup_is_one_alert",
        fresh(config={"repositories.nas.password": "wrong"}),
        write_dump(),
        passes("26h"),
        write_dump(),
        fires(DENIED.format("wrong_password"), after=40),
        reload({"repositories.nas.password": PASSWORD}),
        run_backup(),
        calm(),
    ),
    # --- locked
    scenario(
        "a_lock_that_nobody_refreshes_is_stale_after_half_an_hour",
        settled("2h"),
        leave_lock(),
        quiet(30),
        fires(LOCKED, after=20),
        restic("unlock"),
        calm(),
    ),
    scenario(
        "a_lock_that_is_refreshed_for_hours_is_no_trouble",
        settled("2h"),
        hold_lock(),
        quiet(90),
        release_lock(),
        quiet(5),
    ),
    scenario(
        "an_outage_makes_no_fresh_lock_stale",
        settled("2h", config=EVERY_20_MINUTES, before=serve_repositories()),
        leave_lock(),
        quiet(5),
        stop_server(),
        quiet(50),
        fires(UNREACHABLE, after=30),
        restic("unlock"),
        start_server(),
        calm(40),
    ),
    # --- damaged
    scenario(
        "a_check_that_finds_damage_is_critical_until_one_passes",
        settled("2h", config=CHECKED),
        report("--exit-code", "1", "--damaged", job="monthly"),
        fires(CHECK_FAILED, DAMAGED.format("structure")),
        report("--exit-code", "0", job="monthly"),
        calm(),
    ),
    scenario(
        "damage_in_the_data_that_a_real_check_finds_is_cleared_only_by_reading_it_all_again",
        settled("2h", config=CHECKED),
        act(damage),
        wrapped("restic", "check", "--read-data", job="monthly"),
        fires(CHECK_FAILED, DAMAGED.format("data")),
        act(mend),
        wrapped("restic", "check", job="monthly"),
        fires(DAMAGED.format("data"), after=30),
        wrapped("restic", "check", "--read-data", job="monthly"),
        calm(),
    ),
    scenario(
        "a_check_that_could_not_lock_is_a_failed_job_and_no_damage",
        settled("2h", config=CHECKED),
        report("--exit-code", "11", job="monthly"),
        fires(CHECK_FAILED),
        report("--exit-code", "0", job="monthly"),
        calm(),
    ),
    scenario(
        "a_check_that_is_asked_for_is_overdue_after_its_age_and_not_before",
        settled("1h", config={**CHECKED, "repositories.nas.check": {"max_age": "15d2h"}}),
        quiet(25),
        fires(OVERDUE, after=40),
        report("--exit-code", "0", job="monthly"),
        calm(),
    ),
    scenario(
        "a_check_that_passed_long_ago_is_overdue_again",
        settled(
            "2h",
            config={
                **CHECKED,
                "repositories.nas.check": {"max_age": "3d"},
                "repositories.nas.plans.immich.max_age": "30d",
                "jobs.nightly.max_age": "30d",
                "immich.dump": {"enabled": False},
            },
        ),
        report("--exit-code", "0", "--read-data", job="monthly"),
        quiet(),
        passes("2d23h"),
        quiet(30),
        fires(OVERDUE),
        report("--exit-code", "0", job="monthly"),
        calm(),
    ),
    # --- all in one place
    scenario(
        "a_copy_off_site_that_is_required_is_missed_until_a_repository_is_marked",
        settled("2h", config={"offsite_required": True}),
        quiet(14),
        fires(NO_OFFSITE, after=11),
        reload({"repositories.nas.offsite": True}),
        calm(),
    ),
    scenario(
        "one_repository_off_site_of_two_is_enough",
        settled(
            "2h",
            config={"offsite_required": True, "repositories.nas.offsite": True},
            before=act(second_repository),
        ),
        quiet(40),
    ),
)
