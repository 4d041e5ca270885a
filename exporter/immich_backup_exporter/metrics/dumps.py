"""Metrics of Immich's upload location and of the database dumps."""

from collections.abc import Mapping

from immich_backup_exporter.domain.state import DumpFacts

from .agent import AgentOf
from .subject import Subject

UPLOAD_LOCATION = Subject[Mapping[str, bool]]()
_FOLDERS = UPLOAD_LOCATION.each(("folder",), lambda folders: (((name,), up) for name, up in folders.items()))
DUMP = Subject[DumpFacts]()
OFFSITE = Subject[AgentOf]()
_NEWEST_DUMP = DUMP.part(lambda facts: facts.newest)
_NAMED = DUMP.part(lambda facts: (facts.newest, facts.postgres_version) if facts.newest is not None else None)

UPLOAD_LOCATION_UP = _FOLDERS.gauge(
    "upload_location_up",
    "1 if the folder's marker (.immich) can be read, 0 if the disk is missing.",
    lambda up: up,
)
DUMP_EXPECTED_SINCE = DUMP.gauge(
    "dump_expected_since_timestamp_seconds",
    "When this agent was first told to expect database dumps.",
    lambda facts: facts.expected_since,
)
DUMPS = DUMP.gauge(
    "dumps",
    "Finished routine database dumps that are there.",
    lambda facts: facts.routine,
)
DUMP_TIMESTAMP = _NEWEST_DUMP.gauge(
    "dump_timestamp_seconds",
    "When the newest finished routine dump was finished.",
    lambda facts: facts.time,
)
DUMP_SIZE = _NEWEST_DUMP.gauge(
    "dump_size_bytes",
    "Size of the newest finished routine dump, as it is on the disk.",
    lambda facts: facts.size_bytes,
)
DUMP_SIZE_DELTA = DUMP.gauge(
    "dump_size_delta_bytes",
    "Size of the newest dump minus that of the one of its kind before.",
    lambda facts: facts.size_delta_bytes,
)
DUMP_SIZE_BASELINE = DUMP.gauge(
    "dump_size_baseline_bytes",
    "Median size of up to 14 dumps of the newest one's kind before it, deleted ones too.",
    lambda facts: facts.size_baseline_bytes,
)
DUMP_VALID = DUMP.gauge(
    "dump_valid",
    "1 if the newest dump with a verdict is whole, 0 if it would not restore.",
    lambda facts: facts.valid,
)
LAST_VALID_DUMP = DUMP.gauge(
    "last_valid_dump_timestamp_seconds",
    "When the newest dump that was found whole, and is still there, was finished.",
    lambda facts: facts.last_valid,
)
DUMPS_UNVERIFIED = DUMP.gauge(
    "dumps_unverified",
    "Finished routine dumps newer than the last verdict that have had none for an hour.",
    lambda facts: facts.unverified,
)
DUMPS_UNFINISHED = DUMP.gauge(
    "dumps_unfinished",
    "Dumps still named *.tmp.",
    lambda facts: facts.unfinished,
)
OLDEST_UNFINISHED_DUMP = DUMP.gauge(
    "oldest_unfinished_dump_timestamp_seconds",
    "When the dump named *.tmp that is oldest was last written to.",
    lambda facts: facts.oldest_unfinished,
)
DUMPS_IN_FUTURE = DUMP.gauge(
    "dumps_in_future",
    "Routine dumps dated more than 10 minutes ahead of now; they never count as fresh.",
    lambda facts: facts.in_future,
)
DUMP_MAX_AGE = DUMP.gauge(
    "dump_max_age_seconds",
    "How old the newest valid dump may be, as configured.",
    lambda facts: facts.settings.max_age,
)
DUMP_MIN_SIZE_RATIO = DUMP.gauge(
    "dump_min_size_ratio",
    "The least share of its baseline that a dump's size may have, as configured.",
    lambda facts: facts.settings.min_size_ratio,
)
DUMP_PAUSED_UNTIL = DUMP.gauge(
    "dump_paused_until_timestamp_seconds",
    "Until when the dumps are paused, where configured.",
    lambda facts: facts.settings.paused_until,
)
DUMP_INFO = _NAMED.info(
    "dump_info",
    "The newest finished routine dump.",
    ("file", "immich_version", "postgres_version"),
    lambda of: (of[0].name, of[0].immich_version or "", of[1] or ""),
)
OFFSITE_REQUIRED = OFFSITE.gauge(
    "offsite_required",
    "1 if a repository marked off-site is required, as configured.",
    lambda agent: agent.offsite_required,
)
