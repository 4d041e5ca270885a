"""The agent itself: away, restarting, refused a configuration, unable to write; and what a Prometheus may miss."""

import sqlite3

from support.truth.scenario import Step, scenario
from support.truth.steps import (
    act,
    calm,
    fires,
    fresh,
    passes,
    prometheus_off,
    quiet,
    reload,
    report,
    restart,
    run_backup,
    scrapes_fail,
    scrapes_work,
    settled,
    start,
    steps,
    stop,
    target_unknown,
    write_dump,
)
from support.truth.world import World

DOWN = "ExporterDown critical"
STALLED = "PollStalled critical repository=nas"
SKEW = "ClockSkew warning"
REFUSED = "ConfigReloadFailed warning"
NOT_WRITABLE = "StateNotWritable warning"
RESTARTING = "ExporterRestarting warning"
STALE = "Stale warning plan=immich repository=nas"
FAILED = "JobFailed critical job_name=nightly plan=immich repository=nas"

_held: list[sqlite3.Connection] = []


def hold_state(world: World) -> None:
    """Another program holds the state file, and nothing can be written."""
    connection = sqlite3.connect(world.state / "state.sqlite3", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    _held.append(connection)


def release_state(world: World) -> None:
    while _held:
        _held.pop().close()


def stalls(now: bool = True) -> Step:
    return act(lambda world: setattr(world, "stalled", now))


def clock_ahead(seconds: float) -> Step:
    """The machine's clock is set; Prometheus keeps its own."""
    return act(lambda world: world.clock.jump(seconds=seconds))


SCENARIOS = (
    scenario("a_settled_installation_is_quiet", settled("2h"), quiet(90)),
    scenario("a_first_quarter_of_an_hour_is_quiet", fresh(), quiet(40)),
    # --- away
    scenario(
        "an_agent_that_is_away_for_eight_minutes_is_no_trouble",
        settled("2h"),
        quiet(5),
        stop(),
        quiet(8),
        start(),
        quiet(),
    ),
    scenario(
        "an_agent_that_does_not_answer_for_ten_minutes_is_down",
        settled("2h"),
        quiet(15),
        stop(),
        quiet(9),
        fires(DOWN, after=5),
        start(),
        calm(),
    ),
    scenario(
        "an_agent_that_vanished_from_discovery_is_down",
        settled("2h"),
        quiet(15),
        target_unknown(),
        quiet(9),
        fires(DOWN, after=5),
        scrapes_work(),
        calm(),
    ),
    scenario(
        "scrapes_that_fail_for_five_minutes_neither_raise_nor_resolve_anything",
        settled("27h"),
        write_dump(),
        fires(STALE),
        scrapes_fail(),
        fires(STALE, after=5),
        scrapes_work(),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    scenario(
        "a_critical_alert_survives_scrapes_that_fail_for_a_quarter_of_an_hour",
        settled("2h"),
        report("--exit-code", "1"),
        fires(FAILED),
        scrapes_fail(),
        fires(DOWN, FAILED, after=13),
        scrapes_work(),
        fires(DOWN, FAILED, after=5),
        run_backup(),
        calm(),
    ),
    scenario(
        "one_missed_scrape_is_no_trouble",
        settled("2h"),
        quiet(10),
        scrapes_fail(),
        quiet(1),
        scrapes_work(),
        quiet(10),
    ),
    scenario(
        "a_prometheus_that_was_off_for_a_quarter_of_an_hour_comes_back_to_quiet",
        settled("2h"),
        quiet(10),
        prometheus_off(),
        quiet(4),
        scrapes_work(),
        quiet(),
    ),
    # --- restarting
    scenario(
        "an_agent_that_restarts_every_half_hour_is_no_trouble",
        settled("2h"),
        *([quiet(29), restart()] * 4),
        quiet(20),
    ),
    scenario(
        "an_agent_that_starts_four_times_within_the_hour_is_told",
        settled("2h"),
        passes("1h"),
        *([quiet(10), restart()] * 3),
        quiet(10),
        restart(),
        fires(RESTARTING, after=10),
        calm(60),
    ),
    scenario(
        "an_agent_that_is_killed_comes_back_with_all_it_knew",
        settled("27h"),
        write_dump(),
        fires(STALE),
        steps(stop(clean=False), start()),
        fires(STALE),
        run_backup(),
        calm(),
    ),
    # --- stalled
    scenario(
        "an_agent_that_answers_and_polls_nothing_is_told_after_several_intervals",
        settled("2h"),
        quiet(5),
        stalls(),
        quiet(38),
        fires(STALLED, after=15),
        stalls(False),
        restart(),
        calm(),
    ),
    scenario(
        "an_agent_that_never_polled_since_it_was_told_to_is_told",
        fresh(before=stalls()),
        quiet(38),
        fires(STALLED, after=15),
        stalls(False),
        restart(),
        write_dump(),
        calm(),
    ),
    scenario(
        "polls_that_are_far_apart_are_not_stalled",
        settled("2h", config={"repositories.nas.poll_interval": "40m"}),
        quiet(100),
    ),
    # --- clocks
    scenario(
        "a_clock_that_is_three_minutes_ahead_is_told_until_it_is_set",
        settled("2h"),
        quiet(10),
        clock_ahead(180),
        fires(SKEW),
        clock_ahead(-180),
        calm(),
    ),
    scenario(
        "a_clock_that_is_three_minutes_behind_is_told",
        settled("2h"),
        quiet(10),
        clock_ahead(-180),
        fires(SKEW),
        clock_ahead(180),
        calm(),
    ),
    scenario(
        "a_clock_that_is_set_right_again_within_minutes_is_no_trouble",
        settled("2h"),
        quiet(10),
        clock_ahead(180),
        quiet(8),
        clock_ahead(-180),
        quiet(5),
    ),
    scenario(
        "clocks_that_differ_by_a_minute_and_a_half_are_fine",
        settled("2h"),
        quiet(10),
        clock_ahead(90),
        quiet(),
    ),
    # --- configuration and state
    scenario(
        "a_configuration_that_is_refused_is_told_until_a_good_one_is_read",
        settled("2h"),
        reload({"repositories.nas.plans.immich.max_age": "soon"}, accepted=False),
        quiet(4),
        fires(REFUSED, after=10),
        reload({"repositories.nas.plans.immich.max_age": "26h"}),
        calm(),
    ),
    scenario(
        "a_state_that_cannot_be_written_for_a_quarter_of_an_hour_is_told",
        settled("2h"),
        quiet(5),
        act(hold_state),
        run_backup(),
        quiet(12),
        fires(NOT_WRITABLE, after=20),
        act(release_state),
        calm(50),
    ),
    scenario(
        "a_state_that_cannot_be_written_for_a_minute_is_no_trouble",
        settled("2h"),
        quiet(5),
        act(hold_state),
        run_backup(),
        quiet(1),
        act(release_state),
        quiet(30),
    ),
)
