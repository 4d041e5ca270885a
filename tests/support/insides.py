"""The healthy state with a snapshot that was looked into and compared with the database."""

from dataclasses import replace

from immich_backup_exporter.domain.contents import (
    ORIGINALS,
    CoverageCounts,
    CoverageRecord,
    FolderContents,
    MissingKind,
)
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.state import ContentsFacts, CoverageFacts, State

from .facts import dump_file, hours_ago, snapshot
from .healthy import with_plan

MEGABYTE = 1_000_000

CONTENTS = ContentsFacts(
    snapshot=snapshot(7, hours=10),
    folders={name: FolderContents(files=10, size_bytes=50 * MEGABYTE) for name in FOLDERS},
    size_baselines={name: 50.0 * MEGABYTE for name in FOLDERS if name != "backups"} | {ORIGINALS: 100.0 * MEGABYTE},
    required=dict.fromkeys(FOLDERS, False) | dict.fromkeys(("library", "upload", "profile", "backups"), True),
    dumps=14,
    dump=dump_file(5, hours=11),
    dump_valid=True,
)

RECORD = CoverageRecord(
    dump="f5",
    dump_time=hours_ago(11),
    answered=frozenset(),
    persistent={MissingKind.ORIGINAL: 0},
    gone=0,
    persistent_gone=0,
)

COUNTS = CoverageCounts(
    assets=1000,
    external_proven=0,
    external_unproven=0,
    missing={MissingKind.ORIGINAL: 0},
    regenerable_missing=0,
    unknown_files=0,
    settled_missing={},
)

COVERAGE = CoverageFacts(snapshot=snapshot(7, hours=10), record=RECORD, counts=COUNTS, assets_baseline=1000.0)


def with_contents(settings: dict[str, object] | None = None, **changed: object) -> State:
    return with_plan(
        {"dump_max_age": hours_ago(0) - hours_ago(26), **(settings or {})},
        contents=replace(CONTENTS, **changed),  # type: ignore[arg-type]
        coverage=COVERAGE,
    )


def with_folders(settings: dict[str, object] | None = None, **sizes: int) -> State:
    """Folders by name (``encoded_video``), each with so many bytes; without bytes, without a file."""
    folders = dict(CONTENTS.folders)
    for name, size in sizes.items():
        folders[name.replace("_", "-")] = FolderContents(files=10 if size else 0, size_bytes=size)
    return with_contents(settings, folders=folders)


def with_coverage(
    settings: dict[str, object] | None = None,
    record: dict[str, object] | None = None,
    counts: dict[str, object] | None = None,
    **changed: object,
) -> State:
    coverage = replace(
        COVERAGE,
        record=replace(RECORD, **(record or {})),  # type: ignore[arg-type]
        counts=replace(COUNTS, **(counts or {})),  # type: ignore[arg-type]
        **changed,  # type: ignore[arg-type]
    )
    return with_plan(settings, contents=CONTENTS, coverage=coverage)
