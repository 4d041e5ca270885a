"""Metrics of what is inside snapshots, and how it compares with the database."""

from immich_backup_exporter.analysis.contents import folder_size
from immich_backup_exporter.domain.contents import ORIGINALS, MissingKind
from immich_backup_exporter.domain.immich import FOLDERS

from .agent import AgentOf
from .plans import PlanOf
from .subject import Subject

CONTENTS = Subject[PlanOf]("repository", "plan")
EXTERNAL = Subject[AgentOf]()
_INSIDE = CONTENTS.part(lambda facts: facts.plan.contents)
_FOLDERS = _INSIDE.each(("folder",), lambda facts: (((one,), (facts, one)) for one in (*FOLDERS, ORIGINALS)))
_COVERAGE = CONTENTS.part(lambda facts: facts.plan.coverage)
_EXTERNAL = _COVERAGE.each(
    ("proven",),
    lambda facts: ((("true",), facts.counts.external_proven), (("false",), facts.counts.external_unproven)),
)

SNAPSHOT_INSPECTED = _INSIDE.gauge(
    "snapshot_inspected_timestamp_seconds",
    "Start of the newest snapshot whose contents are known.",
    lambda facts: facts.snapshot.time,
)
INSPECTION_MAX_LAG = CONTENTS.gauge(
    "inspection_max_lag_seconds",
    "How long the newest snapshot may stay unknown, as configured; absent where looking into snapshots is turned off.",
    lambda facts: facts.repository.inspect.max_lag if facts.repository.inspect.enabled else None,
)
CONTENTS_UNKNOWN_SINCE = CONTENTS.gauge(
    "contents_unknown_since_timestamp_seconds",
    (
        "Start of the first snapshot after the newest one whose contents and coverage are known (of the newest, where"
        " none ever were); absent where the newest one's are."
    ),
    lambda facts: facts.plan.contents_unknown_since if facts.repository.inspect.enabled else None,
)
SNAPSHOT_DAMAGED = CONTENTS.gauge(
    "snapshot_damaged",
    "1 if restic failed twice, in new processes and with nobody pruning, to read what the newest snapshot refers to.",
    lambda facts: facts.plan.damaged,
)
SNAPSHOT_FOLDER_FILES = _FOLDERS.gauge(
    "snapshot_folder_files",
    "Files in Immich's folder in the newest snapshot whose contents are known, without the marker .immich.",
    lambda of: of[0].folders[of[1]].files if of[1] != ORIGINALS else None,
)
SNAPSHOT_FOLDER_SIZE = _FOLDERS.gauge(
    "snapshot_folder_size_bytes",
    "Size of these files; originals is library and upload together.",
    lambda of: folder_size(of[0].folders, of[1]),
)
SNAPSHOT_FOLDER_SIZE_BASELINE = _FOLDERS.gauge(
    "snapshot_folder_size_baseline_bytes",
    "Median of that size in up to 14 inspected snapshots before, forgotten ones too; not for backups.",
    lambda of: of[0].size_baselines.get(of[1]),
)
SNAPSHOT_FOLDER_REQUIRED = _FOLDERS.gauge(
    "snapshot_folder_required",
    "1 if files have to be in the folder: as configured, else by the live disk, the database or the snapshots before.",
    lambda of: of[0].required.get(of[1]),
)
SNAPSHOT_REQUIRED_PATHS_MISSING = _INSIDE.gauge(
    "snapshot_required_paths_missing",
    "Paths in required_paths that are not in the newest snapshot whose contents are known.",
    lambda facts: len(facts.missing_paths),
)
SNAPSHOT_DUMPS = _INSIDE.gauge(
    "snapshot_dumps",
    "Finished routine database dumps in the newest snapshot whose contents are known.",
    lambda facts: facts.dumps,
)
SNAPSHOT_DUMP_TIMESTAMP = _INSIDE.gauge(
    "snapshot_dump_timestamp_seconds",
    "When the newest of these dumps was finished.",
    lambda facts: facts.dump.time if facts.dump else None,
)
SNAPSHOT_DUMP_SIZE = _INSIDE.gauge(
    "snapshot_dump_size_bytes",
    "Size of that dump, as it is stored.",
    lambda facts: facts.dump.size_bytes if facts.dump else None,
)
SNAPSHOT_DUMP_VALID = _INSIDE.gauge(
    "snapshot_dump_valid",
    "1 if that dump is whole, 0 if it would not restore; absent before it was read.",
    lambda facts: facts.dump_valid,
)
SNAPSHOT_DUMP_MAX_AGE = CONTENTS.gauge(
    "snapshot_dump_max_age_seconds",
    "How old that dump may have been when the snapshot was made, as configured; only for plans that hold the database.",
    lambda facts: facts.plan.settings.dump_max_age if "database" in facts.plan.settings.holds else None,
)
COVERAGE_TIMESTAMP = _COVERAGE.gauge(
    "coverage_timestamp_seconds",
    "Start of the newest snapshot whose files were compared with the rows of a database dump.",
    lambda facts: facts.snapshot.time,
)
COVERAGE_DUMP_TIMESTAMP = _COVERAGE.gauge(
    "coverage_dump_timestamp_seconds",
    "When that dump was finished.",
    lambda facts: facts.record.dump_time,
)
COVERAGE_ASSETS = _COVERAGE.gauge(
    "coverage_assets",
    "Originals that must be there by that dump: not deleted, not of users being removed, not of external libraries.",
    lambda facts: facts.counts.assets,
)
COVERAGE_ASSETS_BASELINE = _COVERAGE.gauge(
    "coverage_assets_baseline",
    "Median of that number in up to 14 compared snapshots before.",
    lambda facts: facts.assets_baseline,
)
COVERAGE_EXTERNAL_ASSETS = _EXTERNAL.gauge(
    "coverage_external_assets",
    "Assets of external libraries, by whether a snapshot that is declared to hold them does (true, false).",
    lambda assets: assets,
)
COVERAGE_MISSING_ASSETS = _COVERAGE.gauge(
    "coverage_missing_assets",
    "Assets whose original is not in the snapshot, mapped external ones included.",
    lambda facts: facts.counts.missing.get(MissingKind.ORIGINAL),
)
COVERAGE_PERSISTENT_ASSETS = _COVERAGE.gauge(
    "coverage_persistently_missing_assets",
    "Of these, the ones that were missing under the dump before, too: each judged with the first snapshot after it.",
    lambda facts: facts.record.persistent.get(MissingKind.ORIGINAL),
)
COVERAGE_GONE_ASSETS = _COVERAGE.gauge(
    "coverage_missing_on_disk_assets",
    "Of the missing, those that the live upload location does not hold either; absent where the agent cannot see it.",
    lambda facts: facts.record.gone,
)
COVERAGE_PERSISTENT_GONE_ASSETS = _COVERAGE.gauge(
    "coverage_persistently_missing_on_disk_assets",
    "The same of the persistently missing.",
    lambda facts: facts.record.persistent_gone,
)
COVERAGE_ACCEPTED_GONE_ASSETS = _COVERAGE.gauge(
    "coverage_accepted_missing_on_disk_assets",
    "How many of those were there when `accept` was last said.",
    lambda facts: facts.accepted_gone if facts.record.persistent_gone is not None else None,
)
COVERAGE_MISSING_SIDECARS = _COVERAGE.gauge(
    "coverage_missing_sidecars",
    "Sidecar files (XMP) in a row of the database that are not in the snapshot.",
    lambda facts: facts.counts.missing.get(MissingKind.SIDECAR),
)
COVERAGE_PERSISTENT_SIDECARS = _COVERAGE.gauge(
    "coverage_persistently_missing_sidecars",
    "Of these, the ones that were missing under the dump before, too.",
    lambda facts: facts.record.persistent.get(MissingKind.SIDECAR),
)
COVERAGE_MISSING_PROFILE_IMAGES = _COVERAGE.gauge(
    "coverage_missing_profile_images",
    "Profile images in a row of the database that are not in the snapshot.",
    lambda facts: facts.counts.missing.get(MissingKind.PROFILE),
)
COVERAGE_PERSISTENT_PROFILE_IMAGES = _COVERAGE.gauge(
    "coverage_persistently_missing_profile_images",
    "Of these, the ones that were missing under the dump before, too.",
    lambda facts: facts.record.persistent.get(MissingKind.PROFILE),
)
COVERAGE_REGENERABLE = _COVERAGE.gauge(
    "coverage_regenerable_missing_assets",
    "Videos of motion photos that are not in the snapshot and that Immich extracts again.",
    lambda facts: facts.counts.regenerable_missing,
)
COVERAGE_UNKNOWN_FILES = _COVERAGE.gauge(
    "coverage_unknown_files",
    "Files in library and upload that no row knows, litter of systems left out.",
    lambda facts: facts.counts.unknown_files,
)
EXTERNAL_IGNORED = EXTERNAL.gauge(
    "external_libraries_ignored",
    "1 if external libraries are declared to be ignored, 0 if nothing was said.",
    lambda agent: agent.external_ignored,
)
