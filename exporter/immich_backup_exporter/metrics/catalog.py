"""Every metric that this agent can emit, named once.

The collector can emit nothing else; the reference page is generated from this list, and tests hold rules and dashboards
to it. Names, labels and meanings are a promise to users: changing one is a breaking change.
"""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "immich_backup_"


class Kind(StrEnum):
    """The type of a metric in the exposition format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is there once: identity is equality, and fast
class Metric:
    """One metric. ``name`` is without the prefix and, as written in queries, with its suffix."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str

    @property
    def full_name(self) -> str:
        return PREFIX + self.name


_REPOSITORY = ("repository",)
_PLAN = ("repository", "plan")
_FOLDER = ("repository", "plan", "folder")
_JOB = ("job_name",)


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, labels=labels, help=text)


def _counter(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, labels=labels, help=text)


def _info(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=name, kind=Kind.INFO, labels=labels, help=text)


REPOSITORY_EXPECTED_SINCE = _gauge(
    "repository_expected_since_timestamp_seconds", _REPOSITORY, "When this agent first saw the repository declared."
)
REPOSITORY_UP = _gauge(
    "repository_up",
    _REPOSITORY,
    "1 if the last poll listed the repository and restic opened it when last asked (at start, at reload, daily).",
)
REPOSITORY_LAST_POLL = _gauge(
    "repository_last_poll_timestamp_seconds", _REPOSITORY, "When the last poll ended, well or badly."
)
REPOSITORY_LAST_POLL_SUCCESS = _gauge(
    "repository_last_poll_success_timestamp_seconds", _REPOSITORY, "When the last successful poll ended."
)
REPOSITORY_LAST_OPEN_SUCCESS = _gauge(
    "repository_last_open_success_timestamp_seconds",
    _REPOSITORY,
    "When restic last opened the repository with its password.",
)
REPOSITORY_POLL_INTERVAL = _gauge(
    "repository_poll_interval_seconds", _REPOSITORY, "How often the repository is polled, as configured."
)
REPOSITORY_UNREACHABLE_AFTER = _gauge(
    "repository_unreachable_after_seconds",
    _REPOSITORY,
    "How long the repository may be out of reach before that is worth an alert, as configured.",
)
REPOSITORY_POLL_DURATION = _gauge("repository_poll_duration_seconds", _REPOSITORY, "How long the last poll took.")
REPOSITORY_POLLS = _counter("repository_polls_total", _REPOSITORY, "Polls since the agent started.")
REPOSITORY_POLL_FAILURES = _counter(
    "repository_poll_failures_total", _REPOSITORY, "Failed polls since the agent started."
)
REPOSITORY_FAILURE = _gauge(
    "repository_failure", ("repository", "reason"), "1 for the reason why the last poll failed, 0 for every other."
)
REPOSITORY_SNAPSHOTS = _gauge(
    "repository_snapshots", _REPOSITORY, "Snapshots in the repository at the last successful poll."
)
REPOSITORY_UNREADABLE_SNAPSHOTS = _gauge(
    "repository_unreadable_snapshots",
    _REPOSITORY,
    "Snapshots that are listed and that restic did not return: damaged files, or ones that it may not read.",
)
REPOSITORY_LOCKS = _gauge("repository_locks", _REPOSITORY, "Locks in the repository at the last poll.")
REPOSITORY_OLDEST_LOCK = _gauge(
    "repository_oldest_lock_timestamp_seconds",
    _REPOSITORY,
    "When the lock that was not refreshed for longest was last refreshed; a living restic does so every 5 minutes.",
)
REPOSITORY_SIZE = _gauge(
    "repository_size_bytes",
    _REPOSITORY,
    "What the repository stores (restic stats --mode raw-data), asked once a day at most.",
)
REPOSITORY_UNCOMPRESSED_SIZE = _gauge(
    "repository_uncompressed_size_bytes",
    _REPOSITORY,
    "What the repository stores, before compression (restic stats --mode raw-data), asked once a day at most.",
)
REPOSITORY_OFFSITE = _gauge("repository_offsite", _REPOSITORY, "1 if the repository is declared to be off-site.")
REPOSITORY_LOCAL = _gauge(
    "repository_local", _REPOSITORY, "1 if the repository is at a path of this machine, 0 if it is reached otherwise."
)
REPOSITORY_SHARES_LIBRARY_DISK = _gauge(
    "repository_shares_library_disk",
    _REPOSITORY,
    "1 if the repository is on the disk that the upload location is on; absent where that cannot be told.",
)
REPOSITORY_SHARES_ID = _gauge(
    "repository_shares_id",
    _REPOSITORY,
    "1 if another declared repository has the same id: it is the same one, or a copy of its files.",
)
REPOSITORY_SHARES_PASSWORD = _gauge(
    "repository_shares_password", _REPOSITORY, "1 if another declared repository has the same password."
)
REPOSITORY_CHECK_TIMESTAMP = _gauge(
    "repository_check_timestamp_seconds",
    ("repository", "scope"),
    "When the last restic check of this scope that passed or found damage ended, as reported.",
)
REPOSITORY_CHECK_SUCCESS = _gauge(
    "repository_check_success",
    ("repository", "scope"),
    "1 if that check passed, 0 if it found damage; cleared only by a pass of the same or a deeper scope.",
)
REPOSITORY_CHECK_MAX_AGE = _gauge(
    "repository_check_max_age_seconds", _REPOSITORY, "How old the last restic check may be, where one is expected."
)
RESTIC_COMMANDS = _counter(
    "restic_commands_total",
    ("repository", "command", "outcome"),
    "restic processes of this agent by command and outcome (success or a reason of repository_failure).",
)
RESTIC_COMMAND_SECONDS = _counter(
    "restic_command_seconds_total", ("repository", "command"), "Time that restic processes of this agent took."
)
REPOSITORY_READ = _counter(
    "repository_read_bytes_total",
    _REPOSITORY,
    "Bytes that restic handed to inspections of snapshots since the agent started: lists of files, and dumps.",
)
REPOSITORY_READ_BUDGET = _gauge(
    "repository_read_budget_bytes",
    _REPOSITORY,
    "How much of that may be read in a day, as configured; absent where looking into snapshots is turned off.",
)
REPOSITORY_INFO = _info("repository_info", ("repository", "backend"), "What kind of storage the repository is on.")

PLAN_EXPECTED_SINCE = _gauge(
    "plan_expected_since_timestamp_seconds", _PLAN, "When this agent first saw the plan declared."
)
PLAN_MAX_AGE = _gauge("plan_max_age_seconds", _PLAN, "How old the newest recovery point may be, as configured.")
PLAN_MIN_SIZE_RATIO = _gauge(
    "plan_min_size_ratio", _PLAN, "The least share of its baseline that a size or count may have, as configured."
)
PLAN_MAX_MISSING_ASSETS = _gauge(
    "plan_max_missing_assets", _PLAN, "How many originals may be missing from a snapshot, as configured."
)
PLAN_MAX_UNREADABLE_FILES = _gauge(
    "plan_max_unreadable_files",
    _PLAN,
    "How many files a partial run may have left out for its snapshot to count as complete, as configured.",
)
PLAN_MIN_HISTORY = _gauge(
    "plan_min_history_seconds", _PLAN, "How far back complete backups should reach, where configured."
)
PLAN_PAUSED_UNTIL = _gauge(
    "plan_paused_until_timestamp_seconds", _PLAN, "Until when the plan is paused, where configured."
)
PLAN_HOLDS = _gauge(
    "plan_holds", ("repository", "plan", "part"), "1 if the plan is meant to protect this part of Immich, else 0."
)
PLAN_HOSTS = _gauge(
    "plan_hosts",
    _PLAN,
    "Machines that write into the plan today; one that was renamed or retired and whose snapshots are kept is none.",
)
PLAN_RUN_IN_PROGRESS = _gauge(
    "plan_run_in_progress",
    _PLAN,
    "1 if a job of the plan is at work, for no longer than it may or ever did, or the repository holds a lock that is "
    "being refreshed, for a day at most.",
)
LAST_SUCCESS = _gauge(
    "last_success_timestamp_seconds",
    _PLAN,
    "Recovery point (start) of the newest complete backup: a listed snapshot that no report calls failed, or a run "
    "that found nothing changed since one.",
)
LAST_SUCCESS_AGE = _gauge(
    "last_success_age_seconds", _PLAN, "The age of the newest complete backup at the scrape; for people, not for rules."
)
SNAPSHOTS = _gauge("snapshots", _PLAN, "Snapshots of the plan that are listed, each rewritten one once.")
SNAPSHOT_TIMESTAMP = _gauge(
    "snapshot_timestamp_seconds", _PLAN, "Start of the plan's newest snapshot, complete or not."
)
SNAPSHOT_OLDEST = _gauge("snapshot_oldest_timestamp_seconds", _PLAN, "Start of the plan's oldest snapshot.")
SNAPSHOT_SIZE = _gauge("snapshot_size_bytes", _PLAN, "What the newest snapshot would restore.")
SNAPSHOT_FILES = _gauge("snapshot_files", _PLAN, "Regular files in the newest snapshot.")
SNAPSHOT_SIZE_DELTA = _gauge(
    "snapshot_size_delta_bytes", _PLAN, "Size of the newest snapshot minus that of the one before."
)
SNAPSHOT_FILES_DELTA = _gauge(
    "snapshot_files_delta", _PLAN, "Files of the newest snapshot minus those of the one before."
)
SNAPSHOT_SIZE_BASELINE = _gauge(
    "snapshot_size_baseline_bytes", _PLAN, "Median size of up to 14 snapshots before the newest, forgotten ones too."
)
SNAPSHOT_FILES_BASELINE = _gauge(
    "snapshot_files_baseline", _PLAN, "Median number of files of up to 14 snapshots before the newest."
)
SNAPSHOTS_BASELINE = _gauge(
    "snapshots_baseline",
    _PLAN,
    "Median number of snapshots when each of up to 14 before the newest was the newest, less what runs reported "
    "to have forgotten since.",
)
SNAPSHOT_ADDED = _gauge(
    "snapshot_added_bytes", _PLAN, "What the newest snapshot added, after deduplication and compression."
)
SNAPSHOT_DURATION = _gauge("snapshot_duration_seconds", _PLAN, "How long making the newest snapshot took.")
SNAPSHOTS_IN_FUTURE = _gauge(
    "snapshots_in_future", _PLAN, "Snapshots dated more than 10 minutes ahead of now; they never count as fresh."
)
SNAPSHOT_INFO = _info(
    "snapshot_info", ("repository", "plan", "snapshot", "hostname", "restic_version"), "The plan's newest snapshot."
)

SNAPSHOT_INSPECTED = _gauge(
    "snapshot_inspected_timestamp_seconds", _PLAN, "Start of the newest snapshot whose contents are known."
)
INSPECTION_MAX_LAG = _gauge(
    "inspection_max_lag_seconds",
    _PLAN,
    "How long the newest snapshot may stay unknown, as configured; absent where looking into snapshots is turned off.",
)
CONTENTS_UNKNOWN_SINCE = _gauge(
    "contents_unknown_since_timestamp_seconds",
    _PLAN,
    "Start of the first snapshot after the newest one whose contents and coverage are known (of the newest, where none "
    "ever were); absent where the newest one's are.",
)
SNAPSHOT_DAMAGED = _gauge(
    "snapshot_damaged",
    _PLAN,
    "1 if restic failed twice, in new processes and with nobody pruning, to read what the newest snapshot refers to.",
)
SNAPSHOT_FOLDER_FILES = _gauge(
    "snapshot_folder_files",
    _FOLDER,
    "Files in Immich's folder in the newest snapshot whose contents are known, without the marker .immich.",
)
SNAPSHOT_FOLDER_SIZE = _gauge(
    "snapshot_folder_size_bytes", _FOLDER, "Size of these files; originals is library and upload together."
)
SNAPSHOT_FOLDER_SIZE_BASELINE = _gauge(
    "snapshot_folder_size_baseline_bytes",
    _FOLDER,
    "Median of that size in up to 14 inspected snapshots before, forgotten ones too; not for backups.",
)
SNAPSHOT_FOLDER_REQUIRED = _gauge(
    "snapshot_folder_required",
    _FOLDER,
    "1 if files have to be in the folder: as configured, else by the live disk, the database or the snapshots before.",
)
SNAPSHOT_REQUIRED_PATHS_MISSING = _gauge(
    "snapshot_required_paths_missing",
    _PLAN,
    "Paths in required_paths that are not in the newest snapshot whose contents are known.",
)
SNAPSHOT_DUMPS = _gauge(
    "snapshot_dumps", _PLAN, "Finished routine database dumps in the newest snapshot whose contents are known."
)
SNAPSHOT_DUMP_TIMESTAMP = _gauge(
    "snapshot_dump_timestamp_seconds", _PLAN, "When the newest of these dumps was finished."
)
SNAPSHOT_DUMP_SIZE = _gauge("snapshot_dump_size_bytes", _PLAN, "Size of that dump, as it is stored.")
SNAPSHOT_DUMP_VALID = _gauge(
    "snapshot_dump_valid", _PLAN, "1 if that dump is whole, 0 if it would not restore; absent before it was read."
)
SNAPSHOT_DUMP_MAX_AGE = _gauge(
    "snapshot_dump_max_age_seconds",
    _PLAN,
    "How old that dump may have been when the snapshot was made, as configured; only for plans that hold the database.",
)
COVERAGE_TIMESTAMP = _gauge(
    "coverage_timestamp_seconds",
    _PLAN,
    "Start of the newest snapshot whose files were compared with the rows of a database dump.",
)
COVERAGE_DUMP_TIMESTAMP = _gauge("coverage_dump_timestamp_seconds", _PLAN, "When that dump was finished.")
COVERAGE_ASSETS = _gauge(
    "coverage_assets",
    _PLAN,
    "Originals that must be there by that dump: not deleted, not of users being removed, not of external libraries.",
)
COVERAGE_ASSETS_BASELINE = _gauge(
    "coverage_assets_baseline", _PLAN, "Median of that number in up to 14 compared snapshots before."
)
COVERAGE_EXTERNAL_ASSETS = _gauge(
    "coverage_external_assets",
    ("repository", "plan", "proven"),
    "Assets of external libraries, by whether a snapshot that is declared to hold them does (true, false).",
)
COVERAGE_MISSING_ASSETS = _gauge(
    "coverage_missing_assets", _PLAN, "Assets whose original is not in the snapshot, mapped external ones included."
)
COVERAGE_PERSISTENT_ASSETS = _gauge(
    "coverage_persistently_missing_assets",
    _PLAN,
    "Of these, the ones that were missing under the dump before, too: each judged with the first snapshot after it.",
)
COVERAGE_GONE_ASSETS = _gauge(
    "coverage_missing_on_disk_assets",
    _PLAN,
    "Of the missing, those that the live upload location does not hold either; absent where the agent cannot see it.",
)
COVERAGE_PERSISTENT_GONE_ASSETS = _gauge(
    "coverage_persistently_missing_on_disk_assets", _PLAN, "The same of the persistently missing."
)
COVERAGE_ACCEPTED_GONE_ASSETS = _gauge(
    "coverage_accepted_missing_on_disk_assets", _PLAN, "How many of those were there when `accept` was last said."
)
COVERAGE_MISSING_SIDECARS = _gauge(
    "coverage_missing_sidecars", _PLAN, "Sidecar files (XMP) in a row of the database that are not in the snapshot."
)
COVERAGE_PERSISTENT_SIDECARS = _gauge(
    "coverage_persistently_missing_sidecars", _PLAN, "Of these, the ones that were missing under the dump before, too."
)
COVERAGE_MISSING_PROFILE_IMAGES = _gauge(
    "coverage_missing_profile_images", _PLAN, "Profile images in a row of the database that are not in the snapshot."
)
COVERAGE_PERSISTENT_PROFILE_IMAGES = _gauge(
    "coverage_persistently_missing_profile_images",
    _PLAN,
    "Of these, the ones that were missing under the dump before, too.",
)
COVERAGE_REGENERABLE = _gauge(
    "coverage_regenerable_missing_assets",
    _PLAN,
    "Videos of motion photos that are not in the snapshot and that Immich extracts again.",
)
COVERAGE_UNKNOWN_FILES = _gauge(
    "coverage_unknown_files", _PLAN, "Files in library and upload that no row knows, litter of systems left out."
)
EXTERNAL_IGNORED = _gauge(
    "external_libraries_ignored", (), "1 if external libraries are declared to be ignored, 0 if nothing was said."
)

UPLOAD_LOCATION_UP = _gauge(
    "upload_location_up", ("folder",), "1 if the folder's marker (.immich) can be read, 0 if the disk is missing."
)
DUMP_EXPECTED_SINCE = _gauge(
    "dump_expected_since_timestamp_seconds", (), "When this agent was first told to expect database dumps."
)
DUMPS = _gauge("dumps", (), "Finished routine database dumps that are there.")
DUMP_TIMESTAMP = _gauge("dump_timestamp_seconds", (), "When the newest finished routine dump was finished.")
DUMP_SIZE = _gauge("dump_size_bytes", (), "Size of the newest finished routine dump, as it is on the disk.")
DUMP_SIZE_DELTA = _gauge(
    "dump_size_delta_bytes", (), "Size of the newest dump minus that of the one of its kind before."
)
DUMP_SIZE_BASELINE = _gauge(
    "dump_size_baseline_bytes",
    (),
    "Median size of up to 14 dumps of the newest one's kind before it, deleted ones too.",
)
DUMP_VALID = _gauge("dump_valid", (), "1 if the newest dump with a verdict is whole, 0 if it would not restore.")
LAST_VALID_DUMP = _gauge(
    "last_valid_dump_timestamp_seconds",
    (),
    "When the newest dump that was found whole, and is still there, was finished.",
)
DUMPS_UNVERIFIED = _gauge(
    "dumps_unverified", (), "Finished routine dumps newer than the last verdict that have had none for an hour."
)
DUMPS_UNFINISHED = _gauge("dumps_unfinished", (), "Dumps still named *.tmp.")
OLDEST_UNFINISHED_DUMP = _gauge(
    "oldest_unfinished_dump_timestamp_seconds", (), "When the dump named *.tmp that is oldest was last written to."
)
DUMPS_IN_FUTURE = _gauge(
    "dumps_in_future", (), "Routine dumps dated more than 10 minutes ahead of now; they never count as fresh."
)
DUMP_MAX_AGE = _gauge("dump_max_age_seconds", (), "How old the newest valid dump may be, as configured.")
DUMP_MIN_SIZE_RATIO = _gauge(
    "dump_min_size_ratio", (), "The least share of its baseline that a dump's size may have, as configured."
)
DUMP_PAUSED_UNTIL = _gauge(
    "dump_paused_until_timestamp_seconds", (), "Until when the dumps are paused, where configured."
)
DUMP_INFO = _info("dump_info", ("file", "immich_version", "postgres_version"), "The newest finished routine dump.")
OFFSITE_REQUIRED = _gauge("offsite_required", (), "1 if a repository marked off-site is required, as configured.")

JOB_EXPECTED_SINCE = _gauge("job_expected_since_timestamp_seconds", _JOB, "When this agent first saw the job declared.")
JOB_LAST_START = _gauge("job_last_start_timestamp_seconds", _JOB, "When the newest run began.")
JOB_LAST_END = _gauge("job_last_end_timestamp_seconds", _JOB, "When the run that ended last did, well or badly.")
JOB_LAST_SUCCESS = _gauge("job_last_success_timestamp_seconds", _JOB, "When the last successful run ended.")
JOB_LAST_EXIT_CODE = _gauge(
    "job_last_exit_code", _JOB, "Exit code of the last run, 128 + n after signal n; absent after a crash."
)
JOB_LAST_DURATION = _gauge("job_last_duration_seconds", _JOB, "How long the last run took; absent after a crash.")
JOB_LAST_UNREADABLE_FILES = _gauge(
    "job_last_unreadable_files", _JOB, "Files that restic could not read in the last run, where it told."
)
JOB_LAST_OUTCOME = _gauge(
    "job_last_outcome", ("job_name", "outcome"), "1 for how the last run ended, 0 for every other way."
)
JOB_LAST_SUCCESS_SNAPSHOT_MISSING = _gauge(
    "job_last_success_snapshot_missing",
    _JOB,
    "1 if the last successful backup left no snapshot and did not say that nothing had changed; known after the first "
    "successful poll that began after it ended.",
)
JOB_RUNNING = _gauge("job_running", _JOB, "1 if a run is at work.")
JOB_RUNNING_SINCE = _gauge(
    "job_running_since_timestamp_seconds",
    _JOB,
    "When the run that has been at work for longest began; absent without one.",
)
JOB_CONSECUTIVE_FAILURES = _gauge(
    "job_consecutive_failures",
    _JOB,
    "Runs that failed or crashed since the last that did not; interrupted ones neither count nor clear.",
)
JOB_MAX_AGE = _gauge("job_max_age_seconds", _JOB, "How long ago the last end may be, where configured.")
JOB_MAX_DURATION = _gauge("job_max_duration_seconds", _JOB, "How long a run may take, where configured.")
JOB_PAUSED_UNTIL = _gauge("job_paused_until_timestamp_seconds", _JOB, "Until when the job is paused, where configured.")
JOB_RUNS = _counter(
    "job_runs_total",
    ("job_name", "outcome"),
    "Runs by outcome; one that was taken for crashed and whose end was reported later counts as both.",
)
SPOOL_REJECTED = _gauge(
    "spool_rejected_reports",
    (),
    "Reports in the spool folder that are not believed (a foreign owner, a link, not whole); the log says why. Absent "
    "while no spool can be read.",
)
JOB_INFO = _info("job_info", ("job_name", "kind", "repository", "plan"), "What the job does, and for which plan.")

BUILD_INFO = _info("exporter_build_info", ("version", "revision", "python"), "This agent.")
RESTIC_INFO = _info("exporter_restic_info", ("version",), "The restic that this agent runs.")
TIME = _gauge("exporter_time_seconds", (), "The agent's own clock at the scrape.")
STATE_CREATED = _gauge(
    "exporter_state_created_timestamp_seconds", (), "When the state store was made; it is new after it was lost."
)
STATE_WRITE_FAILURES = _counter(
    "exporter_state_write_failures_total", (), "Failed attempts to write to the state store since the agent started."
)
RELOAD_SUCCESSFUL = _gauge(
    "exporter_config_last_reload_successful", (), "1 if the last reading of the configuration succeeded."
)
RELOAD_SUCCESS_TIMESTAMP = _gauge(
    "exporter_config_last_reload_success_timestamp_seconds", (), "When the configuration was last read successfully."
)

CATALOG: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""All of them, in the order in which they are exposed."""
