"""The demo's dumps: whole for the agent, and true to the files that are there."""

import gzip
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.demo.dumps import dump_name, dump_text, write_dump
from immich_backup_exporter.demo.layout import Layout
from immich_backup_exporter.demo.library import Asset, Library
from immich_backup_exporter.demo.nights import local
from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.immich import DumpKind, DumpOutcome
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.immich import UploadLocation

TAKEN = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def assets(library: Library) -> list[Asset]:
    return [*library.add(0, TAKEN, filed=False), *library.add(1, TAKEN, filed=True), *library.add(2, TAKEN, filed=True)]


def column(text: str, table: str, name: str) -> list[str]:
    """The values of one column of a table's rows."""
    head, _, rest = text.partition(f"COPY public.{table} (")[2].partition(") FROM stdin;\n")
    at = [each.strip('"') for each in head.split(", ")].index(name)
    return [row.split("\t")[at] for row in rest.partition("\\.\n")[0].splitlines()]


def seen(layout: Layout) -> UploadLocation:
    root = str(layout.upload_location)
    return UploadLocation(root, DumpSettings(folder=f"{root}/backups", upload_location=root), clock=SystemClock())


def test_a_dump_is_named_and_dated_as_immich_does(layout: Layout, library: Library, assets: list[Asset]):
    path = write_dump(layout.dumps, local(date(2026, 3, 14), time(2)), library, assets)
    assert path.name == "immich-db-backup-20260314T020000-v3.1.0-pg14.19.sql.gz"
    assert path.stat().st_mtime - local(date(2026, 3, 14), time(2)).timestamp() == 4


def test_the_agent_finds_a_dump_whole(layout: Layout, library: Library, assets: list[Asset]):
    write_dump(layout.dumps, local(date(2026, 3, 14), time(2)), library, assets)
    (dump,) = seen(layout).scan().files
    verdict = seen(layout).validate(dump, lambda: False)
    assert (dump.kind, dump.unfinished) == (DumpKind.IMMICH, False)
    assert (dump.immich_version, dump.postgres_version) == ("3.1.0", "14.19")
    assert dump.named_time == local(date(2026, 3, 14), time(2))
    assert verdict is not None
    assert (verdict.outcome, verdict.postgres_version) == (DumpOutcome.VALID, "14.19")


def test_the_rows_name_exactly_the_files_that_are_there(layout: Layout, library: Library, assets: list[Asset]):
    text = dump_text(library, assets).decode()
    named = [
        *column(text, "asset", "originalPath"),
        *column(text, "asset_file", "path"),
        *column(text, '"user"', "profileImagePath"),
    ]
    files = [path for path in layout.upload_location.rglob("*") if path.is_file() and path.name != ".immich"]
    assert sorted(named) == sorted(f"/data/{path.relative_to(layout.upload_location)}" for path in files)
    assert len(named) == 9


def test_an_assets_row_has_its_checksum_as_pg_dump_writes_it(library: Library):
    (photo,) = library.add(1, TAKEN, filed=True)
    assert column(dump_text(library, [photo]).decode(), "asset", "checksum") == [f"\\\\x{photo.checksum.hex()}"]


def test_the_dump_names_the_media_location_and_the_version(library: Library, assets: list[Asset]):
    text = dump_text(library, assets).decode()
    assert column(text, "system_metadata", "key") == ["MediaLocation"]
    assert column(text, "system_metadata", "value") == ['{"location": "/data"}']
    assert column(text, "version_history", "version") == ["3.1.0"]


def test_the_header_of_assets_is_that_of_immich_3_1(library: Library, assets: list[Asset]):
    assert (
        'COPY public.asset (id, "ownerId", type, "originalPath", "fileCreatedAt", "fileModifiedAt", "isFavorite", '
        'duration, checksum, "livePhotoVideoId", "updatedAt", "createdAt", "originalFileName", thumbhash, "isOffline", '
        '"libraryId", "isExternal", "deletedAt", "localDateTime", "stackId", "duplicateId", status, "updateId", '
        'visibility, width, height, "isEdited", "checksumAlgorithm") FROM stdin;\n'
    ) in dump_text(library, assets).decode()


def test_every_row_has_a_value_for_each_column(library: Library, assets: list[Asset]):
    text = dump_text(library, assets).decode()
    assert column(text, "asset", "checksumAlgorithm") == ["sha1", "sha1", "sha1", "sha1"]
    assert column(text, "asset_file", "isTransparent") == ["f", "f", "f", "f"]
    assert column(text, '"user"', "status") == ["active"]


def test_only_the_newest_14_dumps_are_kept(layout: Layout, library: Library, assets: list[Asset]):
    for day in range(1, 17):
        write_dump(layout.dumps, local(date(2026, 3, day), time(2)), library, assets)
    names = sorted(path.name for path in layout.dumps.glob("*.gz"))
    assert len(names) == 14
    assert names[0] == "immich-db-backup-20260303T020000-v3.1.0-pg14.19.sql.gz"
    assert names[-1] == "immich-db-backup-20260316T020000-v3.1.0-pg14.19.sql.gz"


def test_the_same_library_gives_the_same_dump(layout: Layout, library: Library, assets: list[Asset], tmp_path: Path):
    first = write_dump(layout.dumps, local(date(2026, 3, 14), time(2)), library, assets).read_bytes()
    assert write_dump(tmp_path, local(date(2026, 3, 14), time(2)), library, assets).read_bytes() == first
    assert gzip.decompress(first) == dump_text(library, assets)


def test_a_name_holds_the_moment_at_which_the_dump_began():
    began = local(date(2026, 3, 14), time(2)) + timedelta(hours=11, seconds=5)
    assert dump_name(began) == "immich-db-backup-20260314T130005-v3.1.0-pg14.19.sql.gz"
