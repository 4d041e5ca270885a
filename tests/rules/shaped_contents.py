"""What is in a snapshot, shaped: an agent's own scrapes of a healthy night with a few of their values changed.

These are sides of the rules' conditions that no story of a reasonable length reaches, or only together with others.
"""

from collections.abc import Callable, Mapping
from functools import partial

from rules.scenarios import ALL
from rules.shaped import Shaped, case, changed, first_with
from support.truth.scenario import Evidence, tape_of
from support.truth.tape import Minute, Segment

NIGHT = "snapshots_that_hold_everything_are_quiet_night_after_night"
AWAY = "a_server_that_is_down_is_a_warning_after_an_hour_and_critical_after_two"
MINUTE = 24

OF_PLAN = "plan=immich repository=nas"
SMALL = f"SuspiciouslySmall critical {OF_PLAN}"
NO_MEDIA = f"MediaNotInSnapshot critical {OF_PLAN}"
MISSING_FOLDER = "FolderMissing critical folder={} " + OF_PLAN
ASSETS = f"AssetsMissingFromSnapshot critical {OF_PLAN}"
NO_DUMP = f"DumpNotInSnapshot critical {OF_PLAN}"
ORDER = f"BackupOrderWrong warning {OF_PLAN}"
DUMP_STALE = "DumpStale critical"
DENIED = "RepositoryAccessDenied critical reason=not_found repository=nas"

PLAN = 'plan="immich",repository="nas"}'
SIZE = f"immich_backup_snapshot_size_bytes{{{PLAN}"
FILES = f"immich_backup_snapshot_files{{{PLAN}"
SIZE_BASELINE = f"immich_backup_snapshot_size_baseline_bytes{{{PLAN}"
FILES_BASELINE = f"immich_backup_snapshot_files_baseline{{{PLAN}"
ASSETS_MISSING = f"immich_backup_coverage_persistently_missing_assets{{{PLAN}"
SNAPSHOT_DUMPS = f"immich_backup_snapshot_dumps{{{PLAN}"
SNAPSHOT_DUMP = f"immich_backup_snapshot_dump_timestamp_seconds{{{PLAN}"
INSPECTED = f"immich_backup_snapshot_inspected_timestamp_seconds{{{PLAN}"
COVERAGE_DUMP = f"immich_backup_coverage_dump_timestamp_seconds{{{PLAN}"
COVERAGE = f"immich_backup_coverage_timestamp_seconds{{{PLAN}"
DUMPS = "immich_backup_dumps"
DUMP = "immich_backup_dump_timestamp_seconds"
VALID_DUMP = "immich_backup_last_valid_dump_timestamp_seconds"
UNKNOWN_SINCE = f"immich_backup_contents_unknown_since_timestamp_seconds{{{PLAN}"
LAST_POLL = 'immich_backup_repository_last_poll_success_timestamp_seconds{repository="nas"}'
REPOSITORY_SINCE = 'immich_backup_repository_expected_since_timestamp_seconds{repository="nas"}'
TIMEOUT = 'immich_backup_repository_failure{reason="timeout",repository="nas"}'
SHARES_ID = 'immich_backup_repository_shares_id{repository="nas"}'
UNKNOWN = f"ContentsUnknown warning {OF_PLAN}"
AWAY_NOW = "RepositoryUnreachable warning repository=nas"
DUMPS_PAUSED = "immich_backup_dump_paused_until_timestamp_seconds"

Values = Mapping[str, float | None]
"""By series: a value, or `None` for none at all."""


def in_folder(what: str, folder: str) -> str:
    return f'immich_backup_snapshot_folder_{what}{{folder="{folder}",{PLAN}'


def required(folder: str) -> str:
    return in_folder("required", folder)


def files(folder: str) -> str:
    return in_folder("files", folder)


NO_PROFILE = {files("profile"): 0.0}
SHRUNKEN_PROFILE = {in_folder("size_bytes", "profile"): 10.0}
NO_ORIGINALS = {files("library"): 0.0, files("upload"): 0.0}
NO_DUMP_INSIDE = {SNAPSHOT_DUMPS: 0.0, SNAPSHOT_DUMP: None, COVERAGE_DUMP: None}
NO_BASELINES = {SIZE_BASELINE: None, FILES_BASELINE: None}


def shaped(segment: Segment, values: Values) -> Segment:
    """The same scrapes with these values, also of series that are not in them."""
    minutes = list[Minute]()
    for minute in segment.minutes:
        assert isinstance(minute, Mapping)
        kept = {series: value for series, value in minute.items() if series not in values}
        minutes.append({**kept, **{series: value for series, value in values.items() if value is not None}})
    return Segment(segment.start, minutes)


def healthy() -> Segment:
    """The half hour after a backup that holds everything."""
    (found,) = [one for one in ALL if one.name == NIGHT]
    return tape_of(found)[-1]


def with_values(values: Values, *firing: str) -> Evidence:
    return case(shaped(healthy(), values).series(), (MINUTE, firing))


def at_times(hours: Mapping[str, float], values: Values, *firing: str) -> Evidence:
    """With these series at so many hours after the scrapes began."""
    segment = healthy()
    times = {series: segment.start + 3600 * after for series, after in hours.items()}
    return case(shaped(segment, {**times, **values}).series(), (MINUTE, firing))


def overdue_for(minutes: int) -> Evidence:
    """A job that ends when it was overdue for so long."""
    segment, ended = healthy(), 'immich_backup_job_last_end_timestamp_seconds{job_name="nightly"}'
    long_ago = shaped(segment, {ended: segment.start - 30 * 3600})
    minutes_of_both = [*long_ago.minutes[:minutes], *segment.minutes[minutes:]]
    return case(Segment(segment.start, minutes_of_both).series(), (MINUTE, ()))


def shared_for(minutes: int) -> Evidence:
    """A repository that turned out to be another one's so many minutes ago."""
    segment = healthy()
    since = MINUTE - minutes
    both = [*segment.minutes[:since], *shaped(segment, {SHARES_ID: 1.0}).minutes[since:]]
    return case(Segment(segment.start, both).series(), (MINUTE, ()))


def away_for(patience: float, *firing: str) -> Evidence:
    """A repository in a folder that is not there for more than an hour; it may be away for `patience` seconds."""
    segment, minute = first_with(AWAY, "RepositoryUnreachable warning")
    failure = "immich_backup_repository_failure{reason="
    values = {f'{failure}"not_found"': 1.0, failure: 0.0, "immich_backup_repository_unreachable_after": patience}
    return case(changed(segment, values).series(), (minute, firing))


def whole(name: str, build: Callable[[], Evidence]) -> Shaped:
    return Shaped(name, build, whole=True)


CONTENTS = (
    whole(
        "a_small_snapshot_that_lacks_a_folder_is_one_alert",
        partial(with_values, {SIZE: 10.0, **NO_PROFILE}, MISSING_FOLDER.format("profile")),
    ),
    whole("a_small_snapshot_whose_folders_are_all_there_is_small", partial(with_values, {SIZE: 10.0}, SMALL)),
    whole(
        "a_small_snapshot_with_a_shrunken_folder_of_no_originals_is_small",
        partial(with_values, {SIZE: 10.0, **SHRUNKEN_PROFILE}, SMALL),
    ),
    whole(
        "a_snapshot_without_a_file_is_small_whatever_is_usual",
        partial(with_values, {FILES: 0.0, SIZE: 5.0, **NO_BASELINES}, SMALL),
    ),
    whole("a_snapshot_of_one_file_may_be_usual", partial(with_values, {FILES: 1.0, SIZE: 5.0, **NO_BASELINES})),
    whole(
        "a_snapshot_without_uploads_has_photos",
        partial(with_values, {files("upload"): 0.0}, MISSING_FOLDER.format("upload")),
    ),
    whole(
        "a_snapshot_without_a_library_has_photos",
        partial(with_values, {files("library"): 0.0}, MISSING_FOLDER.format("library")),
    ),
    whole(
        "a_snapshot_without_photos_is_one_alert_where_only_the_library_held_some",
        partial(with_values, {**NO_ORIGINALS, required("upload"): 0.0}, NO_MEDIA),
    ),
    whole(
        "a_snapshot_without_photos_is_one_alert_where_only_uploads_held_some",
        partial(with_values, {**NO_ORIGINALS, required("library"): 0.0}, NO_MEDIA),
    ),
    whole(
        "an_immich_without_photos_misses_another_folder",
        partial(
            with_values,
            {**NO_ORIGINALS, required("upload"): 0.0, required("library"): 0.0, **NO_PROFILE},
            MISSING_FOLDER.format("profile"),
        ),
    ),
    whole(
        "a_folder_of_less_than_ten_megabytes_may_shrink",
        partial(
            with_values, {in_folder("size_bytes", "profile"): 1e6, in_folder("size_baseline_bytes", "profile"): 8e6}
        ),
    ),
    whole(
        "photos_that_are_missing_with_a_folder_are_one_alert",
        partial(with_values, {ASSETS_MISSING: 5.0, **NO_PROFILE}, MISSING_FOLDER.format("profile")),
    ),
    whole(
        "photos_are_missing_whatever_else_shrank",
        partial(with_values, {ASSETS_MISSING: 5.0, **SHRUNKEN_PROFILE}, ASSETS),
    ),
    # --- what nobody knows
    whole(
        "contents_that_nobody_knows_for_longer_than_a_day_are_unknown",
        partial(at_times, {UNKNOWN_SINCE: -30.0}, {}, UNKNOWN),
    ),
    whole(
        "contents_are_unknown_also_where_a_look_at_the_names_took_too_long",
        partial(at_times, {UNKNOWN_SINCE: -30.0}, {TIMEOUT: 1.0}, UNKNOWN),
    ),
    whole(
        "contents_of_a_repository_that_is_away_are_one_alert",
        partial(at_times, {UNKNOWN_SINCE: -30.0, LAST_POLL: -1.2}, {}, AWAY_NOW),
    ),
    whole(
        "contents_of_a_repository_that_never_answered_are_one_alert",
        partial(at_times, {UNKNOWN_SINCE: -30.0, REPOSITORY_SINCE: -1.2}, {LAST_POLL: None}, AWAY_NOW),
    ),
    whole("a_repository_that_turned_out_to_be_another_ones_has_a_quarter_of_an_hour", partial(shared_for, 10)),
    # --- the dump inside
    whole(
        "a_snapshot_without_any_of_many_dumps_is_told_also_when_a_newer_one_came",
        partial(at_times, {INSPECTED: -1.0, DUMP: -0.5}, NO_DUMP_INSIDE, NO_DUMP),
    ),
    whole(
        "a_snapshot_without_the_only_dump_is_told_where_that_was_there_before",
        partial(at_times, {INSPECTED: -0.5, DUMP: -1.0}, {**NO_DUMP_INSIDE, DUMPS: 1.0}, NO_DUMP),
    ),
    whole(
        "a_snapshot_from_before_the_only_dump_lacks_none",
        partial(at_times, {INSPECTED: -1.0, DUMP: -0.5}, {**NO_DUMP_INSIDE, DUMPS: 1.0}),
    ),
    whole(
        "an_old_dump_in_a_snapshot_is_told",
        partial(at_times, {SNAPSHOT_DUMP: -40.0, COVERAGE_DUMP: -40.0}, {}, NO_DUMP),
    ),
    whole(
        "an_old_dump_in_a_snapshot_is_no_news_while_dumps_are_paused",
        partial(at_times, {SNAPSHOT_DUMP: -40.0, COVERAGE_DUMP: -40.0, DUMPS_PAUSED: 48.0}, {}),
    ),
    whole(
        "a_snapshot_without_a_dump_is_no_news_where_none_was_whole_for_long",
        partial(at_times, {VALID_DUMP: -40.0}, NO_DUMP_INSIDE, DUMP_STALE),
    ),
    whole(
        "a_snapshot_without_a_dump_is_no_news_where_none_was_written_for_long",
        partial(at_times, {DUMP: -40.0}, {**NO_DUMP_INSIDE, VALID_DUMP: None}, DUMP_STALE),
    ),
    whole(
        "a_dump_that_was_compared_with_an_earlier_snapshot_is_in_the_wrong_order",
        partial(at_times, {COVERAGE_DUMP: -0.5, COVERAGE: -0.5001, SNAPSHOT_DUMP: -1.0, INSPECTED: -0.5}, {}, ORDER),
    ),
    whole(
        "a_dump_in_a_snapshot_that_began_before_it_is_in_the_wrong_order",
        partial(at_times, {COVERAGE_DUMP: -1.0, COVERAGE: -0.5, SNAPSHOT_DUMP: -0.5, INSPECTED: -0.5001}, {}, ORDER),
    ),
    # --- others
    whole("a_job_that_is_overdue_for_ten_minutes_is_no_news", partial(overdue_for, 10)),
    whole("a_disk_that_may_be_away_for_an_hour_and_a_half_is_no_news_for_less", partial(away_for, 5400.0)),
    whole("a_disk_that_may_be_away_for_an_hour_is_told_at_once", partial(away_for, 3600.0, DENIED)),
)
