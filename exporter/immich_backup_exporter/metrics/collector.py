"""The published state as samples of catalog metrics. A value that is not known gives no sample."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import PARTS
from immich_backup_exporter.domain.state import AgentFacts, DumpFacts, JobFacts, PlanFacts, RepositoryFacts, State

from . import catalog as c
from .contents import plan_contents_samples
from .samples import Sample
from .samples import samples as _samples


def repository_samples(facts: RepositoryFacts) -> Iterator[Sample]:
    """Everything about one repository and its plans."""
    settings = facts.settings
    labels = (facts.name,)
    yield from _samples(
        labels,
        (c.REPOSITORY_EXPECTED_SINCE, facts.expected_since),
        (c.REPOSITORY_UP, facts.up),
        (c.REPOSITORY_LAST_POLL, facts.last_poll),
        (c.REPOSITORY_LAST_POLL_SUCCESS, facts.last_poll_success),
        (c.REPOSITORY_LAST_OPEN_SUCCESS, facts.last_open_success),
        (c.REPOSITORY_POLL_INTERVAL, settings.poll_interval),
        (c.REPOSITORY_UNREACHABLE_AFTER, settings.unreachable_after),
        (c.REPOSITORY_POLL_DURATION, facts.poll_duration_seconds),
        (c.REPOSITORY_POLLS, facts.polls),
        (c.REPOSITORY_POLL_FAILURES, facts.poll_failures),
        (c.REPOSITORY_SNAPSHOTS, facts.snapshots),
        (c.REPOSITORY_UNREADABLE_SNAPSHOTS, facts.unreadable_snapshots),
        (c.REPOSITORY_OFFSITE, settings.offsite),
        (c.REPOSITORY_CHECK_MAX_AGE, settings.check_max_age),
    )
    if facts.up is not None:
        for reason in FailureReason:
            yield Sample(c.REPOSITORY_FAILURE, (facts.name, reason.value), float(facts.failure is reason))
    if facts.locks is not None:
        yield from _samples(
            labels, (c.REPOSITORY_LOCKS, facts.locks.count), (c.REPOSITORY_OLDEST_LOCK, facts.locks.oldest)
        )
    if facts.size is not None:
        yield from _samples(
            labels,
            (c.REPOSITORY_SIZE, facts.size.size_bytes),
            (c.REPOSITORY_UNCOMPRESSED_SIZE, facts.size.uncompressed_size_bytes),
        )
    for scope, check in facts.checks.items():
        yield from _samples(
            (facts.name, scope.value),
            (c.REPOSITORY_CHECK_TIMESTAMP, check.time),
            (c.REPOSITORY_CHECK_SUCCESS, check.success),
        )
    for entry in facts.commands:
        yield Sample(c.RESTIC_COMMANDS, (facts.name, entry.command, entry.outcome), float(entry.count))
    for command, seconds in facts.command_seconds.items():
        yield Sample(c.RESTIC_COMMAND_SECONDS, (facts.name, command), seconds)
    yield Sample(c.REPOSITORY_INFO, (facts.name, facts.backend), 1.0)
    inspect = settings.inspect
    yield from _samples(
        labels,
        (c.REPOSITORY_READ, facts.read_bytes),
        (c.REPOSITORY_READ_BUDGET, inspect.max_bytes_per_day if inspect.enabled else None),
    )
    if facts.independence is not None:
        yield from _samples(
            labels,
            (c.REPOSITORY_LOCAL, facts.independence.local),
            (c.REPOSITORY_SHARES_LIBRARY_DISK, facts.independence.shares_library_disk),
            (c.REPOSITORY_SHARES_ID, facts.independence.shares_id),
            (c.REPOSITORY_SHARES_PASSWORD, facts.independence.shares_password),
        )
    for plan in facts.plans:
        yield from _plan_samples(facts.name, plan)
        yield from plan_contents_samples(settings, plan)


def _plan_samples(repository: str, facts: PlanFacts) -> Iterator[Sample]:
    settings = facts.settings
    labels = (repository, settings.name)
    yield from _samples(
        labels,
        (c.PLAN_EXPECTED_SINCE, facts.expected_since),
        (c.PLAN_MAX_AGE, settings.max_age),
        (c.PLAN_MIN_SIZE_RATIO, settings.min_size_ratio),
        (c.PLAN_MAX_MISSING_ASSETS, settings.max_missing_assets),
        (c.PLAN_MAX_UNREADABLE_FILES, settings.max_unreadable_files),
        (c.PLAN_MIN_HISTORY, settings.min_history),
        (c.PLAN_PAUSED_UNTIL, settings.paused_until),
        (c.PLAN_HOSTS, facts.hosts),
        (c.PLAN_RUN_IN_PROGRESS, facts.run_in_progress),
        (c.LAST_SUCCESS, facts.last_success),
        (c.SNAPSHOTS, facts.snapshots),
        (c.SNAPSHOT_OLDEST, facts.oldest),
        (c.SNAPSHOT_SIZE, facts.size_bytes),
        (c.SNAPSHOT_FILES, facts.files),
        (c.SNAPSHOT_SIZE_DELTA, facts.size_delta_bytes),
        (c.SNAPSHOT_FILES_DELTA, facts.files_delta),
        (c.SNAPSHOT_SIZE_BASELINE, facts.size_baseline_bytes),
        (c.SNAPSHOT_FILES_BASELINE, facts.files_baseline),
        (c.SNAPSHOTS_BASELINE, facts.snapshots_baseline),
        (c.SNAPSHOTS_IN_FUTURE, facts.in_future),
    )
    for part in PARTS:
        yield Sample(c.PLAN_HOLDS, (*labels, part), float(part in settings.holds))
    newest = facts.newest
    if newest is not None:
        yield from _samples(
            labels,
            (c.SNAPSHOT_TIMESTAMP, newest.time),
            (c.SNAPSHOT_ADDED, newest.added_bytes),
            (c.SNAPSHOT_DURATION, newest.duration_seconds),
        )
        version = (newest.program_version or "").removeprefix("restic ")
        yield Sample(c.SNAPSHOT_INFO, (*labels, newest.id, newest.hostname, version), 1.0)


def immich_samples(state: State) -> Iterator[Sample]:
    """Everything about the upload location and the dumps."""
    for folder, up in (state.upload_folders or {}).items():
        yield Sample(c.UPLOAD_LOCATION_UP, (folder,), float(up))
    if state.dump is not None:
        yield from _dump_samples(state.dump)


def _dump_samples(facts: DumpFacts) -> Iterator[Sample]:
    settings = facts.settings
    newest = facts.newest
    yield from _samples(
        (),
        (c.DUMP_EXPECTED_SINCE, facts.expected_since),
        (c.DUMPS, facts.routine),
        (c.DUMP_TIMESTAMP, newest.time if newest else None),
        (c.DUMP_SIZE, newest.size_bytes if newest else None),
        (c.DUMP_SIZE_DELTA, facts.size_delta_bytes),
        (c.DUMP_SIZE_BASELINE, facts.size_baseline_bytes),
        (c.DUMP_VALID, facts.valid),
        (c.LAST_VALID_DUMP, facts.last_valid),
        (c.DUMPS_UNVERIFIED, facts.unverified),
        (c.DUMPS_UNFINISHED, facts.unfinished),
        (c.OLDEST_UNFINISHED_DUMP, facts.oldest_unfinished),
        (c.DUMPS_IN_FUTURE, facts.in_future),
        (c.DUMP_MAX_AGE, settings.max_age),
        (c.DUMP_MIN_SIZE_RATIO, settings.min_size_ratio),
        (c.DUMP_PAUSED_UNTIL, settings.paused_until),
    )
    if newest is not None:
        yield Sample(c.DUMP_INFO, (newest.name, newest.immich_version or "", facts.postgres_version or ""), 1.0)


def _job_samples(facts: JobFacts) -> Iterator[Sample]:
    """Everything about one job."""
    settings = facts.settings
    yield from _samples(
        (facts.name,),
        (c.JOB_EXPECTED_SINCE, facts.expected_since),
        (c.JOB_LAST_START, facts.last_start),
        (c.JOB_LAST_END, facts.last_end),
        (c.JOB_LAST_SUCCESS, facts.last_success),
        (c.JOB_LAST_EXIT_CODE, facts.last_exit_code),
        (c.JOB_LAST_DURATION, facts.last_duration_seconds),
        (c.JOB_LAST_UNREADABLE_FILES, facts.last_unreadable_files),
        (c.JOB_LAST_SUCCESS_SNAPSHOT_MISSING, facts.last_success_snapshot_missing),
        (c.JOB_RUNNING, facts.running),
        (c.JOB_RUNNING_SINCE, facts.running_since),
        (c.JOB_CONSECUTIVE_FAILURES, facts.consecutive_failures),
        (c.JOB_MAX_AGE, settings.max_age),
        (c.JOB_MAX_DURATION, settings.max_duration),
        (c.JOB_PAUSED_UNTIL, settings.paused_until),
    )
    for outcome in Outcome:
        if facts.last_outcome is not None:
            yield Sample(c.JOB_LAST_OUTCOME, (facts.name, outcome.value), float(facts.last_outcome is outcome))
        yield Sample(c.JOB_RUNS, (facts.name, outcome.value), float(facts.counts.get(outcome, 0)))
    yield Sample(c.JOB_INFO, (facts.name, settings.kind.value, settings.repository or "", settings.plan or ""), 1.0)


def jobs_samples(state: State) -> Iterator[Sample]:
    """Everything about the jobs, and what was found in the spool beside their reports."""
    for facts in state.jobs:
        yield from _job_samples(facts)
    yield from _samples((), (c.SPOOL_REJECTED, state.spool_rejected))


def agent_samples(
    facts: AgentFacts, *, offsite_required: bool, external_ignored: bool = False, python: str
) -> Iterator[Sample]:
    """Everything that the agent says about itself, but for its clock and its process."""
    yield from _samples((), (c.OFFSITE_REQUIRED, offsite_required), (c.EXTERNAL_IGNORED, external_ignored))
    yield Sample(c.BUILD_INFO, (facts.version, facts.revision, python), 1.0)
    if facts.restic_version is not None:
        yield Sample(c.RESTIC_INFO, (facts.restic_version,), 1.0)
    yield from _samples(
        (),
        (c.STATE_CREATED, facts.state_created),
        (c.STATE_WRITE_FAILURES, facts.state_write_failures),
        (c.RELOAD_SUCCESSFUL, facts.reload_successful),
        (c.RELOAD_SUCCESS_TIMESTAMP, facts.reload_success),
    )


def clock_samples(state: State, now: datetime) -> Iterator[Sample]:
    """What changes with every look at the clock: the only samples that are made at the scrape."""
    yield from _samples((), (c.TIME, now))
    for repository in state.repositories:
        for plan in repository.plans:
            if plan.last_success is not None:
                yield Sample(
                    c.LAST_SUCCESS_AGE,
                    (repository.name, plan.settings.name),
                    (now - plan.last_success).total_seconds(),
                )
