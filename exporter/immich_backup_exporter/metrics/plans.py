"""Metrics of plans and their snapshots."""

from datetime import timedelta
from typing import NamedTuple

from immich_backup_exporter.domain.settings import PARTS, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts

from .subject import Subject


class PlanOf(NamedTuple):
    """A plan, and the repository that it is a plan of."""

    repository: RepositorySettings
    plan: PlanFacts


PLAN = Subject[PlanOf]("repository", "plan")
_PARTS = PLAN.each(("part",), lambda facts: (((part,), part in facts.plan.settings.holds) for part in PARTS))
_NEWEST = PLAN.part(lambda facts: facts.plan.newest)
AGE = Subject[timedelta]("repository", "plan")
"""Of the newest complete backup, at the scrape."""

PLAN_EXPECTED_SINCE = PLAN.gauge(
    "plan_expected_since_timestamp_seconds",
    "When this agent first saw the plan declared.",
    lambda facts: facts.plan.expected_since,
)
PLAN_MAX_AGE = PLAN.gauge(
    "plan_max_age_seconds",
    "How old the newest recovery point may be, as configured.",
    lambda facts: facts.plan.settings.max_age,
)
PLAN_MIN_SIZE_RATIO = PLAN.gauge(
    "plan_min_size_ratio",
    "The least share of its baseline that a size or count may have, as configured.",
    lambda facts: facts.plan.settings.min_size_ratio,
)
PLAN_MAX_MISSING_ASSETS = PLAN.gauge(
    "plan_max_missing_assets",
    "How many originals may be missing from a snapshot, as configured.",
    lambda facts: facts.plan.settings.max_missing_assets,
)
PLAN_MAX_UNREADABLE_FILES = PLAN.gauge(
    "plan_max_unreadable_files",
    "How many files a partial run may have left out for its snapshot to count as complete, as configured.",
    lambda facts: facts.plan.settings.max_unreadable_files,
)
PLAN_MIN_HISTORY = PLAN.gauge(
    "plan_min_history_seconds",
    "How far back complete backups should reach, where configured.",
    lambda facts: facts.plan.settings.min_history,
)
PLAN_PAUSED_UNTIL = PLAN.gauge(
    "plan_paused_until_timestamp_seconds",
    "Until when the plan is paused, where configured.",
    lambda facts: facts.plan.settings.paused_until,
)
PLAN_HOLDS = _PARTS.gauge(
    "plan_holds",
    "1 if the plan is meant to protect this part of Immich, else 0.",
    lambda holds: holds,
)
PLAN_HOSTS = PLAN.gauge(
    "plan_hosts",
    "Machines that write into the plan today; one that was renamed or retired and whose snapshots are kept is none.",
    lambda facts: facts.plan.hosts,
)
PLAN_CONTAINER_HOSTS = PLAN.gauge(
    "plan_container_hosts",
    "Ids of containers that the plan's snapshots have as host names; 0 where the newest has another host name.",
    lambda facts: facts.plan.container_hosts,
)
PLAN_RUN_IN_PROGRESS = PLAN.gauge(
    "plan_run_in_progress",
    (
        "1 if a job of the plan is at work, for no longer than it may or ever did, or the repository holds a lock "
        "that is being refreshed, for a day at most."
    ),
    lambda facts: facts.plan.run_in_progress,
)
LAST_SUCCESS = PLAN.gauge(
    "last_success_timestamp_seconds",
    (
        "Recovery point (start) of the newest complete backup: a listed snapshot that no report calls failed, or a "
        "run that found nothing changed since one."
    ),
    lambda facts: facts.plan.last_success,
)
LAST_SUCCESS_AGE = AGE.gauge(
    "last_success_age_seconds",
    "The age of the newest complete backup at the scrape; for people, not for rules.",
    lambda age: age,
)
SNAPSHOTS = PLAN.gauge(
    "snapshots",
    "Snapshots of the plan that are listed, each rewritten one once.",
    lambda facts: facts.plan.snapshots,
)
SNAPSHOT_TIMESTAMP = _NEWEST.gauge(
    "snapshot_timestamp_seconds",
    "Start of the plan's newest snapshot, complete or not.",
    lambda facts: facts.time,
)
SNAPSHOT_OLDEST = PLAN.gauge(
    "snapshot_oldest_timestamp_seconds",
    "Start of the plan's oldest snapshot.",
    lambda facts: facts.plan.oldest,
)
SNAPSHOT_SIZE = PLAN.gauge(
    "snapshot_size_bytes",
    "What the newest snapshot would restore.",
    lambda facts: facts.plan.size_bytes,
)
SNAPSHOT_FILES = PLAN.gauge(
    "snapshot_files",
    "Regular files in the newest snapshot.",
    lambda facts: facts.plan.files,
)
SNAPSHOT_SIZE_DELTA = PLAN.gauge(
    "snapshot_size_delta_bytes",
    "Size of the newest snapshot minus that of the one before.",
    lambda facts: facts.plan.size_delta_bytes,
)
SNAPSHOT_FILES_DELTA = PLAN.gauge(
    "snapshot_files_delta",
    "Files of the newest snapshot minus those of the one before.",
    lambda facts: facts.plan.files_delta,
)
SNAPSHOT_SIZE_BASELINE = PLAN.gauge(
    "snapshot_size_baseline_bytes",
    "Median size of up to 14 snapshots before the newest, forgotten ones too.",
    lambda facts: facts.plan.size_baseline_bytes,
)
SNAPSHOT_FILES_BASELINE = PLAN.gauge(
    "snapshot_files_baseline",
    "Median number of files of up to 14 snapshots before the newest.",
    lambda facts: facts.plan.files_baseline,
)
SNAPSHOTS_BASELINE = PLAN.gauge(
    "snapshots_baseline",
    (
        "Median number of snapshots when each of up to 14 before the newest was the newest, less what runs reported "
        "to have forgotten since."
    ),
    lambda facts: facts.plan.snapshots_baseline,
)
SNAPSHOT_ADDED = _NEWEST.gauge(
    "snapshot_added_bytes",
    "What the newest snapshot added, after deduplication and compression.",
    lambda facts: facts.added_bytes,
)
SNAPSHOT_DURATION = _NEWEST.gauge(
    "snapshot_duration_seconds",
    "How long making the newest snapshot took.",
    lambda facts: facts.duration_seconds,
)
SNAPSHOTS_IN_FUTURE = PLAN.gauge(
    "snapshots_in_future",
    "Snapshots dated more than 10 minutes ahead of now; they never count as fresh.",
    lambda facts: facts.plan.in_future,
)
SNAPSHOT_INFO = _NEWEST.info(
    "snapshot_info",
    "The plan's newest snapshot.",
    ("snapshot", "hostname", "restic_version"),
    lambda facts: (facts.id, facts.hostname, (facts.program_version or "").removeprefix("restic ")),
)
