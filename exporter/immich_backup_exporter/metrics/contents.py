"""What is known of the insides of snapshots, as samples."""

from collections.abc import Iterator

from immich_backup_exporter.analysis.contents import folder_size
from immich_backup_exporter.domain.contents import ORIGINALS, MissingKind
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.domain.state import ContentsFacts, CoverageFacts, PlanFacts

from . import catalog as c
from .samples import Sample, samples


def plan_contents_samples(repository: RepositorySettings, facts: PlanFacts) -> Iterator[Sample]:
    """Of one plan."""
    labels = (repository.name, facts.settings.name)
    yield from samples(
        labels,
        (c.INSPECTION_MAX_LAG, repository.inspect.max_lag if repository.inspect.enabled else None),
        (c.CONTENTS_UNKNOWN_SINCE, facts.contents_unknown_since if repository.inspect.enabled else None),
        (c.SNAPSHOT_DAMAGED, facts.damaged),
        (c.SNAPSHOT_DUMP_MAX_AGE, facts.settings.dump_max_age if "database" in facts.settings.holds else None),
    )
    if facts.contents is not None:
        yield from _contents(labels, facts.contents)
    if facts.coverage is not None:
        yield from _coverage(labels, facts.coverage)


def _contents(labels: tuple[str, str], facts: ContentsFacts) -> Iterator[Sample]:
    dump = facts.dump
    yield from samples(
        labels,
        (c.SNAPSHOT_INSPECTED, facts.snapshot.time),
        (c.SNAPSHOT_REQUIRED_PATHS_MISSING, len(facts.missing_paths)),
        (c.SNAPSHOT_DUMPS, facts.dumps),
        (c.SNAPSHOT_DUMP_TIMESTAMP, dump.time if dump else None),
        (c.SNAPSHOT_DUMP_SIZE, dump.size_bytes if dump else None),
        (c.SNAPSHOT_DUMP_VALID, facts.dump_valid),
    )
    for folder in (*FOLDERS, ORIGINALS):
        yield from samples(
            (*labels, folder),
            (c.SNAPSHOT_FOLDER_FILES, facts.folders[folder].files if folder != ORIGINALS else None),
            (c.SNAPSHOT_FOLDER_SIZE, folder_size(facts.folders, folder)),
            (c.SNAPSHOT_FOLDER_SIZE_BASELINE, facts.size_baselines.get(folder)),
            (c.SNAPSHOT_FOLDER_REQUIRED, facts.required.get(folder)),
        )


def _coverage(labels: tuple[str, str], facts: CoverageFacts) -> Iterator[Sample]:
    counts, record = facts.counts, facts.record
    yield from samples(
        labels,
        (c.COVERAGE_TIMESTAMP, facts.snapshot.time),
        (c.COVERAGE_DUMP_TIMESTAMP, record.dump_time),
        (c.COVERAGE_ASSETS, counts.assets),
        (c.COVERAGE_ASSETS_BASELINE, facts.assets_baseline),
        (c.COVERAGE_MISSING_ASSETS, counts.missing.get(MissingKind.ORIGINAL)),
        (c.COVERAGE_PERSISTENT_ASSETS, record.persistent.get(MissingKind.ORIGINAL)),
        (c.COVERAGE_GONE_ASSETS, record.gone),
        (c.COVERAGE_PERSISTENT_GONE_ASSETS, record.persistent_gone),
        (c.COVERAGE_ACCEPTED_GONE_ASSETS, facts.accepted_gone if record.persistent_gone is not None else None),
        (c.COVERAGE_MISSING_SIDECARS, counts.missing.get(MissingKind.SIDECAR)),
        (c.COVERAGE_PERSISTENT_SIDECARS, record.persistent.get(MissingKind.SIDECAR)),
        (c.COVERAGE_MISSING_PROFILE_IMAGES, counts.missing.get(MissingKind.PROFILE)),
        (c.COVERAGE_PERSISTENT_PROFILE_IMAGES, record.persistent.get(MissingKind.PROFILE)),
        (c.COVERAGE_REGENERABLE, counts.regenerable_missing),
        (c.COVERAGE_UNKNOWN_FILES, counts.unknown_files),
    )
    yield Sample(c.COVERAGE_EXTERNAL_ASSETS, (*labels, "true"), float(counts.external_proven))
    yield Sample(c.COVERAGE_EXTERNAL_ASSETS, (*labels, "false"), float(counts.external_unproven))
