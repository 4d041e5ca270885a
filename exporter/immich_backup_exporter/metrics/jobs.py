"""Metrics of jobs and the reports of their runs."""

from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import JobFacts, State

from .subject import Subject

JOB = Subject[JobFacts]("job_name")
_LAST_OUTCOME = JOB.each(
    ("outcome",),
    lambda facts: (
        ()
        if facts.last_outcome is None and not facts.last_skipped
        else (
            ((one.value,), facts.last_skipped if one is Outcome.SKIPPED else facts.last_outcome is one)
            for one in Outcome
        )
    ),
)
_COUNTS = JOB.each(("outcome",), lambda facts: (((one.value,), facts.counts.get(one, 0)) for one in Outcome))
SPOOL = Subject[State]()

JOB_EXPECTED_SINCE = JOB.gauge(
    "job_expected_since_timestamp_seconds",
    "When this agent first saw the job declared.",
    lambda facts: facts.expected_since,
)
JOB_LAST_START = JOB.gauge(
    "job_last_start_timestamp_seconds",
    "When the newest run began.",
    lambda facts: facts.last_start,
)
JOB_LAST_END = JOB.gauge(
    "job_last_end_timestamp_seconds",
    "When the run that ended last did, well or badly.",
    lambda facts: facts.last_end,
)
JOB_LAST_SUCCESS = JOB.gauge(
    "job_last_success_timestamp_seconds",
    "When the last successful run ended.",
    lambda facts: facts.last_success,
)
JOB_LAST_EXIT_CODE = JOB.gauge(
    "job_last_exit_code",
    "Exit code of the last run, 128 + n after signal n; absent after a crash.",
    lambda facts: facts.last_exit_code,
)
JOB_LAST_DURATION = JOB.gauge(
    "job_last_duration_seconds",
    "How long the last run took; absent after a crash.",
    lambda facts: facts.last_duration_seconds,
)
JOB_LAST_UNREADABLE_FILES = JOB.gauge(
    "job_last_unreadable_files",
    "Files that restic could not read in the last run, where it told.",
    lambda facts: facts.last_unreadable_files,
)
JOB_LAST_SKIPPED_PATHS = JOB.gauge(
    "job_last_skipped_paths",
    "Paths that the last run was to back up and that did not exist; restic 0.14 to 0.18 ends with 0 all the same.",
    lambda facts: facts.last_skipped_paths,
)
JOB_LAST_UNREMOVED_SNAPSHOTS = JOB.gauge(
    "job_last_unremoved_snapshots",
    "Snapshots that a `forget` of the last run could not remove; restic ends with 3 since 0.19, with 0 before.",
    lambda facts: facts.last_unremoved_snapshots,
)
JOB_LAST_OUTCOME = _LAST_OUTCOME.gauge(
    "job_last_outcome",
    (
        "1 for how the last run ended that tried something, 0 for every other way; `skipped` is 1 beside it while a "
        "newer run tried nothing."
    ),
    lambda is_it: is_it,
)
JOB_LAST_SUCCESS_SNAPSHOT_MISSING = JOB.gauge(
    "job_last_success_snapshot_missing",
    (
        "1 if the last successful backup left no snapshot and did not say that nothing had changed; known after the "
        "first successful poll that began after it ended."
    ),
    lambda facts: facts.last_success_snapshot_missing,
)
JOB_RUNNING = JOB.gauge(
    "job_running",
    "1 if a run is at work.",
    lambda facts: facts.running,
)
JOB_RUNNING_SINCE = JOB.gauge(
    "job_running_since_timestamp_seconds",
    "When the run that has been at work for longest began; absent without one.",
    lambda facts: facts.running_since,
)
JOB_CONSECUTIVE_FAILURES = JOB.gauge(
    "job_consecutive_failures",
    "Runs that failed or crashed since the last that did not; interrupted and skipped ones do neither.",
    lambda facts: facts.consecutive_failures,
)
JOB_MAX_AGE = JOB.gauge(
    "job_max_age_seconds",
    "How long ago the last end may be, where configured.",
    lambda facts: facts.settings.max_age,
)
JOB_MAX_DURATION = JOB.gauge(
    "job_max_duration_seconds",
    "How long a run may take, where configured.",
    lambda facts: facts.settings.max_duration,
)
JOB_PAUSED_UNTIL = JOB.gauge(
    "job_paused_until_timestamp_seconds",
    "Until when the job is paused, where configured.",
    lambda facts: facts.settings.paused_until,
)
JOB_RUNS = _COUNTS.counter(
    "job_runs_total",
    "Runs by outcome; one that was taken for crashed and whose end was reported later counts as both.",
    lambda runs: runs,
)
SPOOL_REJECTED = SPOOL.gauge(
    "spool_rejected_reports",
    (
        "Reports in the spool folder that are not believed (a foreign owner, a link, not whole); the log says why. "
        "Absent while no spool can be read."
    ),
    lambda state: state.spool_rejected,
)
JOB_INFO = JOB.info(
    "job_info",
    "What the job does, and for which plan.",
    ("kind", "repository", "plan"),
    lambda facts: (
        facts.settings.kind.value,
        facts.settings.repository or "",
        facts.settings.plan or "",
    ),
)
