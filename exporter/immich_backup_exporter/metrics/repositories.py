"""Metrics of repositories."""

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.state import RepositoryFacts, not_independent

from .subject import Subject

REPOSITORY = Subject[RepositoryFacts]("repository")
_REASONS = REPOSITORY.each(
    ("reason",),
    lambda facts: () if facts.up is None else (((one.value,), facts.failure is one) for one in FailureReason),
)
_LOCKS = REPOSITORY.part(lambda facts: facts.locks)
_SIZE = REPOSITORY.part(lambda facts: facts.size)
_INDEPENDENCE = REPOSITORY.part(lambda facts: facts.independence)
_SHARED = REPOSITORY.each(("reason",), lambda facts: (((reason,), holds) for reason, holds in not_independent(facts)))
_CHECKS = REPOSITORY.each(("scope",), lambda facts: (((scope.value,), one) for scope, one in facts.checks.items()))
_COMMANDS = REPOSITORY.each(
    ("command", "outcome"), lambda facts: (((one.command, one.outcome), one) for one in facts.commands)
)
_COMMAND_SECONDS = REPOSITORY.each(
    ("command",), lambda facts: (((command,), seconds) for command, seconds in facts.command_seconds.items())
)

REPOSITORY_EXPECTED_SINCE = REPOSITORY.gauge(
    "repository_expected_since_timestamp_seconds",
    "When this agent first saw the repository declared.",
    lambda facts: facts.expected_since,
)
REPOSITORY_UP = REPOSITORY.gauge(
    "repository_up",
    "1 if the last poll listed the repository and restic opened it when last asked (at start, at reload, daily).",
    lambda facts: facts.up,
)
REPOSITORY_LAST_POLL = REPOSITORY.gauge(
    "repository_last_poll_timestamp_seconds",
    "When the last poll ended, well or badly.",
    lambda facts: facts.last_poll,
)
REPOSITORY_LAST_POLL_SUCCESS = REPOSITORY.gauge(
    "repository_last_poll_success_timestamp_seconds",
    "When the last successful poll ended.",
    lambda facts: facts.last_poll_success,
)
REPOSITORY_LAST_OPEN_SUCCESS = REPOSITORY.gauge(
    "repository_last_open_success_timestamp_seconds",
    "When restic last opened the repository with its password.",
    lambda facts: facts.last_open_success,
)
REPOSITORY_POLL_INTERVAL = REPOSITORY.gauge(
    "repository_poll_interval_seconds",
    "How often the repository is polled, as configured.",
    lambda facts: facts.settings.poll_interval,
)
REPOSITORY_UNREACHABLE_AFTER = REPOSITORY.gauge(
    "repository_unreachable_after_seconds",
    "How long the repository may be out of reach before that is worth an alert, as configured.",
    lambda facts: facts.settings.unreachable_after,
)
REPOSITORY_POLL_DURATION = REPOSITORY.gauge(
    "repository_poll_duration_seconds",
    "How long the last poll took.",
    lambda facts: facts.poll_duration_seconds,
)
REPOSITORY_POLLS = REPOSITORY.counter(
    "repository_polls_total",
    "Polls since the agent started.",
    lambda facts: facts.polls,
)
REPOSITORY_POLL_FAILURES = REPOSITORY.counter(
    "repository_poll_failures_total",
    "Failed polls since the agent started.",
    lambda facts: facts.poll_failures,
)
REPOSITORY_FAILURE = _REASONS.gauge(
    "repository_failure",
    "1 for the reason why the last poll failed, 0 for every other.",
    lambda is_it: is_it,
)
REPOSITORY_SNAPSHOTS = REPOSITORY.gauge(
    "repository_snapshots",
    "Snapshots in the repository at the last successful poll.",
    lambda facts: facts.snapshots,
)
REPOSITORY_UNREADABLE_SNAPSHOTS = REPOSITORY.gauge(
    "repository_unreadable_snapshots",
    "Snapshots that are listed and that restic did not return: damaged files, or ones that it may not read.",
    lambda facts: facts.unreadable_snapshots,
)
REPOSITORY_LOCKS = _LOCKS.gauge(
    "repository_locks",
    "Locks in the repository at the last poll.",
    lambda facts: facts.count,
)
REPOSITORY_OLDEST_LOCK = _LOCKS.gauge(
    "repository_oldest_lock_timestamp_seconds",
    "When the lock that was not refreshed for longest was last refreshed; a living restic does so every 5 minutes.",
    lambda facts: facts.oldest,
)
REPOSITORY_SIZE = _SIZE.gauge(
    "repository_size_bytes",
    "What the repository stores (restic stats --mode raw-data), asked once a day at most.",
    lambda facts: facts.size_bytes,
)
REPOSITORY_UNCOMPRESSED_SIZE = _SIZE.gauge(
    "repository_uncompressed_size_bytes",
    "What the repository stores, before compression (restic stats --mode raw-data), asked once a day at most.",
    lambda facts: facts.uncompressed_size_bytes,
)
REPOSITORY_OFFSITE = REPOSITORY.gauge(
    "repository_offsite",
    "1 if the repository is declared to be off-site.",
    lambda facts: facts.settings.offsite,
)
REPOSITORY_LOCAL = _INDEPENDENCE.gauge(
    "repository_local",
    "1 if the repository is at a path of this machine, 0 if it is reached otherwise.",
    lambda facts: facts.local,
)
REPOSITORY_SHARES_LIBRARY_DISK = _INDEPENDENCE.gauge(
    "repository_shares_library_disk",
    "1 if the repository is on the disk that the upload location is on; absent where that cannot be told.",
    lambda facts: facts.shares_library_disk,
)
REPOSITORY_SHARES_ID = _INDEPENDENCE.gauge(
    "repository_shares_id",
    "1 if another declared repository has the same id: it is the same one, or a copy of its files.",
    lambda facts: facts.shares_id,
)
REPOSITORY_SHARES_PASSWORD = _INDEPENDENCE.gauge(
    "repository_shares_password",
    "1 if another declared repository has the same password.",
    lambda facts: facts.shares_password,
)
NOT_INDEPENDENT = _SHARED.gauge(
    "not_independent",
    (
        "1 if one accident could take the repository and something else, for this reason: id, library_disk, password, "
        "offsite (it is marked so and lies on this machine); absent where that is not known."
    ),
    lambda holds: holds,
)
REPOSITORY_CHECK_TIMESTAMP = _CHECKS.gauge(
    "repository_check_timestamp_seconds",
    "When the last restic check of this scope that passed or found damage ended, as reported.",
    lambda facts: facts.time,
)
REPOSITORY_CHECK_SUCCESS = _CHECKS.gauge(
    "repository_check_success",
    "1 if that check passed, 0 if it found damage; cleared only by a pass of the same or a deeper scope.",
    lambda facts: facts.success,
)
REPOSITORY_READ_CYCLE_OLDEST = REPOSITORY.gauge(
    "repository_read_cycle_oldest_timestamp_seconds",
    (
        "When the part of the data was read that was read longest ago, of checks that each read `n/t` of it; known "
        "once all t parts were read without finding damage."
    ),
    lambda facts: facts.read_cycle_oldest,
)
REPOSITORY_CHECK_MAX_AGE = REPOSITORY.gauge(
    "repository_check_max_age_seconds",
    "How old the last restic check may be, where one is expected.",
    lambda facts: facts.settings.check_max_age,
)
RESTIC_COMMANDS = _COMMANDS.counter(
    "restic_commands_total",
    "restic processes of this agent by command and outcome (success or a reason of repository_failure).",
    lambda facts: facts.count,
)
RESTIC_COMMAND_SECONDS = _COMMAND_SECONDS.counter(
    "restic_command_seconds_total",
    "Time that restic processes of this agent took.",
    lambda seconds: seconds,
)
REPOSITORY_READ = REPOSITORY.counter(
    "repository_read_bytes_total",
    "Bytes that restic handed to inspections of snapshots since the agent started: lists of files, and dumps.",
    lambda facts: facts.read_bytes,
)
REPOSITORY_READ_BUDGET = REPOSITORY.gauge(
    "repository_read_budget_bytes",
    "How much of that may be read in a day, as configured; absent where looking into snapshots is turned off.",
    lambda facts: facts.settings.inspect.max_bytes_per_day if facts.settings.inspect.enabled else None,
)
REPOSITORY_INFO = REPOSITORY.info(
    "repository_info",
    "What kind of storage the repository is on.",
    ("backend",),
    lambda facts: (facts.backend,),
)
