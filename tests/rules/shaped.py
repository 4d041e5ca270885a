"""Cases about Prometheus itself: real scrapes of scenarios, given other labels, cut and put side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rules.scenarios import ALL
from support.truth.scenario import Evidence, evidence_of, tape_of
from support.truth.tape import TARGET, Check, Failed, Minute, Off, Segment, Unseen

QUIET = "a_settled_installation_is_quiet"
FAILING = "a_failure_stays_one_through_restarts_of_the_agent"
STALE = "a_second_missed_night_is_critical_and_one_alert"

OTHER_UP = {'up{job="prometheus",instance="localhost:9090"}': "1x120"}
"""Another target, as every Prometheus has one."""
OTHER_DOWN = {'up{job="node",instance="other:9100"}': "0x120"}
OTHER_RESTARTS = {
    'process_start_time_seconds{job="node",instance="photos:9100"}': "1x5 2x5 3x5 4x5 5x5 6x90",
    'up{job="node",instance="photos:9100"}': "1x120",
}
GO_ON = (
    "immich_backup_exporter_time_seconds",
    "immich_backup_repository_last_poll_timestamp_seconds",
    "immich_backup_repository_last_poll_success_timestamp_seconds",
)
TOLD = ("alertstate", "alertname", "severity", "job")
"""Where two agents are told apart by nothing but their instance."""


@dataclass(frozen=True, slots=True)
class Shaped:
    name: str
    build: Callable[[], Evidence]
    untold: tuple[str, ...] = ("alertstate", "alertname", "severity", "job", "instance")
    whole: bool = False
    """One agent, scraped all along: it can be told beside others."""


def first(name: str) -> Segment:
    """The first stretch of what the scenario recorded."""
    (found,) = [one for one in ALL if one.name == name]
    return tape_of(found)[0]


def cut(segment: Segment, minutes: int) -> Segment:
    return Segment(segment.start, segment.minutes[:minutes])


def then(segment: Segment, state: Minute, minutes: int) -> Segment:
    """And for so many minutes that instead of answers."""
    return Segment(segment.start, [*segment.minutes, *[state] * minutes])


def again(segment: Segment, minutes: Sequence[Minute], version: str | None = None) -> Segment:
    """These minutes once more behind it, by an agent of another version whose clock and polls go on."""
    gone_on = []
    for number, minute in enumerate(minutes, start=len(segment.minutes)):
        assert isinstance(minute, Mapping)
        now = segment.start + 60.0 * number
        time = {series: now for series in minute if series.startswith(GO_ON)}
        gone_on.append({_of_version(series, version): value for series, value in {**minute, **time}.items()})
    return Segment(segment.start, [*segment.minutes, *gone_on])


def _of_version(series: str, version: str | None) -> str:
    if version is None or not series.startswith("immich_backup_exporter_build_info"):
        return series
    return f'immich_backup_exporter_build_info{{version="{version}",revision="new",python="3.13.1"}}'


def first_with(name: str, alert: str) -> tuple[Segment, int]:
    """The stretch of a scenario in which the alert fires first, and at which minute that was asked."""
    (found,) = [one for one in ALL if one.name == name]
    for segment in tape_of(found):
        for check in segment.checks:
            if any(f"{firing} ".startswith(f"{alert} ") for firing in check.firing):
                return segment, check.minute
    raise AssertionError(f"{alert} never fires in {name}")


def changed(segment: Segment, values: Mapping[str, float]) -> Segment:
    """The same scrapes with these series at these values, by their beginnings (names and first labels)."""

    def one(minute: Minute) -> Minute:
        if not isinstance(minute, Mapping):
            return minute
        found = {
            series: next((v for start, v in values.items() if series.startswith(start)), None) for series in minute
        }
        return {series: value if (new := found[series]) is None else new for series, value in minute.items()}

    return Segment(segment.start, [one(minute) for minute in segment.minutes])


def refused(segment: Segment, reason: str) -> Segment:
    """Every look fails for that reason and no other."""
    failure = "immich_backup_repository_failure{reason="
    return changed(segment, {f'{failure}"{reason}"': 1.0, failure: 0.0})


def survives(name: str, alert: str) -> Shaped:
    """Three scrapes fail while it fires: it goes on."""

    def build() -> Evidence:
        segment, minute = first_with(name, alert)
        asked = [(check.minute, check.firing) for check in segment.checks if check.minute <= minute]
        _, firing = asked[-1]
        return case(then(cut(segment, minute + 1), Failed(), 3).series(), *asked, (minute + 3, firing))

    return Shaped(f"{alert.replace(' ', '_')}_goes_on_while_scrapes_fail", build)


def case(series: Mapping[str, str], *checks: tuple[int, tuple[str, ...]]) -> Evidence:
    """What must fire at each minute; within the time before only that and what fired at the check before."""
    told: list[Check] = []
    for minute, firing in checks:
        before = told[-1].firing if told else ()
        since = told[-1].minute if told else 0
        told.append(Check(minute, minute - since, tuple(sorted(firing)), tuple(sorted({*firing, *before}))))
    return evidence_of(series, told)


def cluster(segment: Segment, name: str) -> dict[str, str]:
    return segment.series({**TARGET, "cluster": name})


def instance(segment: Segment, name: str, job: str = "immich-backup") -> dict[str, str]:
    return segment.series({"job": job, "instance": name})


UNREACHABLE_LONG = "a_password_that_is_wrong_is_told_at_once_and_only_that"
AWAY_LONG = "a_server_that_is_down_is_a_warning_after_an_hour_and_critical_after_two"
NEVER_REACHED = "a_plan_without_a_backup_is_no_news_while_its_repository_is_closed"
UNKNOWN_INSIDE = "snapshots_that_nobody_may_look_into_are_unknown_after_the_time_that_they_have"
REASONS = ("wrong_password", "unauthorized", "permission", "not_found")
ON_ONE_DISK = "a_repository_on_the_disk_of_the_library_is_not_independent"
APART = {"immich_backup_not_independent": 0.0}


def denied(name: str, alert: str, reason: str) -> Evidence:
    segment, minute = first_with(name, alert)
    told = (f"RepositoryAccessDenied critical reason={reason} repository=nas",)
    return case(refused(cut(segment, minute + 1), reason).series(), (minute, told))


def lost_together(values: Mapping[str, float], *firing: str) -> Evidence:
    segment, minute = first_with(ON_ONE_DISK, "NotIndependent warning")
    return case(changed(segment, {**APART, **values}).series(), (minute, firing))


FAILED = "JobFailed critical {}job_name=nightly plan=immich repository=nas"
DOWN = "ExporterDown critical"

SURVIVORS = {
    "PollStalled critical": "an_agent_that_answers_and_polls_nothing_is_told_after_several_intervals",
    "RepositoryUnreachable critical": "a_server_that_is_down_is_a_warning_after_an_hour_and_critical_after_two",
    "RepositoryAccessDenied critical": "a_password_that_is_wrong_is_told_at_once_and_only_that",
    "RepositoryCheckFailed critical": "a_check_that_finds_damage_is_critical_until_one_passes",
    "NeverSucceeded critical": "the_first_day_is_quiet_and_a_plan_without_a_backup_after_26_hours_is_not",
    "Stale critical": "a_second_missed_night_is_critical_and_one_alert",
    "SnapshotsVanished critical": "a_forget_that_nobody_reported_is_snapshots_that_vanished",
    "SuspiciouslySmall critical": "fewer_files_are_suspicious_although_the_size_is_as_usual",
    "UploadLocationMissing critical": "a_marker_that_somebody_deleted_is_a_missing_folder",
    "DumpMissing critical": "dumps_that_are_not_routine_are_none",
    "DumpStale critical": "a_copied_old_dump_is_as_old_as_its_name_says",
    "DumpInvalid critical": "a_dump_that_holds_something_else_is_invalid_after_a_restart_too",
    "JobFailed critical": "a_real_run_that_fails_is_critical_until_one_succeeds",
    "JobCrashed critical": "a_run_that_is_killed_has_crashed_after_five_minutes_of_silence",
    "JobSucceededWithoutSnapshot critical": "a_success_that_left_no_snapshot_is_critical_until_one_does",
    "MediaNotInSnapshot critical": "a_backup_of_the_dumps_alone_is_no_backup_of_the_photos",
    "FolderMissing critical": "a_folder_that_was_left_out_is_missing_and_that_is_one_alert",
    "FolderSuspiciouslySmall critical": ("originals_that_are_left_out_by_half_are_a_folder_that_shrank_and_one_alert"),
    "DumpNotInSnapshot critical": "a_snapshot_without_any_dump_is_told",
    "DumpInSnapshotInvalid critical": (
        "a_dump_that_was_cut_off_when_it_was_backed_up_is_told_although_a_whole_one_came_later"
    ),
    "AssetsMissingFromSnapshot critical": "originals_that_are_missing_two_nights_in_a_row_are_told",
    "SnapshotDamaged critical": "a_snapshot_whose_trees_are_gone_is_damaged_and_not_unknown",
}
"""A scenario in which each critical alert fires."""

SHAPED = (
    Shaped(
        "two_clusters_with_equal_jobs_and_instances_are_told_apart",
        lambda: case(
            {**cluster(first(QUIET), "home"), **cluster(first(FAILING), "away")},
            (15, (FAILED.format("cluster=away "),)),
        ),
    ),
    Shaped(
        "two_clusters_that_both_fail_are_two_alerts_and_break_no_rule",
        lambda: case(
            {**cluster(first(FAILING), "home"), **cluster(first(FAILING), "away")},
            (15, (FAILED.format("cluster=away "), FAILED.format("cluster=home "))),
        ),
    ),
    Shaped(
        "two_clusters_with_stale_plans_break_no_rule",
        lambda: case(
            {**cluster(first(STALE), "home"), **cluster(first(STALE), "away"), **cluster(first(QUIET), "third")},
            (
                25,
                (
                    "Stale warning cluster=away plan=immich repository=nas",
                    "Stale warning cluster=home plan=immich repository=nas",
                ),
            ),
        ),
    ),
    Shaped(
        "a_pair_of_agents_that_watch_the_same_tells_everything_twice_and_breaks_no_rule",
        lambda: case(
            {**instance(first(FAILING), "a:10321"), **instance(first(FAILING), "b:10321")},
            (
                15,
                (
                    "JobFailed critical instance=a:10321 job_name=nightly plan=immich repository=nas",
                    "JobFailed critical instance=b:10321 job_name=nightly plan=immich repository=nas",
                ),
            ),
        ),
        TOLD,
    ),
    Shaped(
        "one_of_a_pair_of_agents_that_dies_is_named",
        lambda: case(
            {
                **instance(cut(first(QUIET), 60), "a:10321"),
                **instance(then(cut(first(QUIET), 20), Failed(), 40), "b:10321"),
            },
            (29, ()),
            (32, (f"{DOWN} instance=b:10321",)),
        ),
        TOLD,
    ),
    Shaped(
        "the_last_agent_that_dies_is_named_and_one_alert",
        lambda: case(
            {**instance(then(cut(first(QUIET), 20), Failed(), 60), "a:10321"), **OTHER_UP},
            (29, ()),
            (32, (f"{DOWN} instance=a:10321",)),
            (75, (f"{DOWN} instance=a:10321",)),
        ),
        TOLD,
    ),
    Shaped(
        "the_only_job_of_an_agent_that_leaves_discovery_is_missed_while_another_agent_is_there",
        lambda: case(
            {
                **instance(cut(first(QUIET), 80), "a:10321", job="home"),
                **instance(then(cut(first(QUIET), 20), Unseen(), 60), "b:10321", job="away"),
            },
            (29, ()),
            (36, (f"{DOWN} job=away",)),
        ),
        ("alertstate", "alertname", "severity"),
    ),
    Shaped(
        "an_agent_that_was_never_there_is_missed",
        lambda: case(OTHER_UP, (9, ()), (15, (DOWN,))),
    ),
    Shaped(
        "an_agent_that_is_declared_and_never_answered_is_missed",
        lambda: case(
            {'up{job="immich-backup",instance="photos:10321"}': "0x60", **OTHER_UP},
            (9, ()),
            (15, (DOWN,)),
        ),
    ),
    Shaped(
        "other_targets_that_are_down_or_restart_are_somebody_elses",
        lambda: case({**first(QUIET).series(), **OTHER_UP, **OTHER_DOWN, **OTHER_RESTARTS}, (60, ())),
    ),
    Shaped(
        "a_prometheus_that_restarts_within_minutes_finds_everything_as_it_was",
        lambda: case(
            again(then(cut(first(QUIET), 30), Off(), 4), first(QUIET).minutes[5:40]).series(),
            (30, ()),
            (60, ()),
        ),
    ),
    Shaped(
        "an_agent_that_is_upgraded_and_dies_a_week_of_versions_later_is_one_alert",
        lambda: case(
            then(again(cut(first(QUIET), 20), first(QUIET).minutes[:20], version="99.0.0"), Failed(), 30).series(),
            (39, ()),
            (55, (DOWN,)),
        ),
    ),
    *(
        Shaped(f"a_repository_refused_for_{reason}_is_nothing_else", partial(denied, name, alert, reason), whole=True)
        for name, alert in (
            (UNREACHABLE_LONG, "RepositoryAccessDenied critical"),
            (NEVER_REACHED, "RepositoryAccessDenied critical"),
            (UNKNOWN_INSIDE, "ContentsUnknown warning"),
            (AWAY_LONG, "RepositoryUnreachable critical"),
        )
        for reason in REASONS
    ),
    Shaped("repositories_that_share_nothing_are_independent", partial(lost_together, {}), whole=True),
    *(survives(name, alert) for alert, name in SURVIVORS.items()),
)
