"""Other databases than the demo's own: pg_dump's text is kept, and holds what is said."""

import gzip
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.demo.dumps import dump_text
from immich_backup_exporter.demo.edited_dump import of_a_later_immich, with_an_external_library, with_fewer_assets
from immich_backup_exporter.demo.library import Library
from immich_backup_exporter.domain.immich import DumpOutcome
from immich_backup_exporter.formats.dump_tables import DumpTables, Rows, Table
from immich_backup_exporter.formats.pg_dump import DumpValidator

TAKEN = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def dump(library: Library) -> bytes:
    assets = [asset for number in range(1, 7) for asset in library.add(number, TAKEN, filed=True)]
    return gzip.compress(dump_text(library, assets))


def read(dump: bytes) -> list[Rows]:
    """Every table's rows of a dump that is whole."""
    validator, tables, found = DumpValidator(expect_gzip=True), DumpTables(lambda _: True), list[Rows]()
    validator.feed(dump)
    assert validator.finish().outcome is DumpOutcome.VALID
    found += tables.feed(gzip.decompress(dump))
    return found


def assets(dump: bytes, column: str) -> list[bytes]:
    (rows,) = (rows for rows in read(dump) if rows.table.name == "asset")
    (values,) = rows.columns(column)
    assert values is not None
    return values


def test_a_database_that_was_set_back_knows_its_oldest_assets(dump: bytes):
    assert assets(with_fewer_assets(dump, 2 / 3), "id") == assets(dump, "id")[:4]


def test_an_external_library_is_beside_the_assets_that_were_there(dump: bytes):
    changed = with_an_external_library(dump)
    assert assets(changed, "isExternal") == [b"f"] * 6 + [b"t"] * 24
    assert assets(changed, "id")[:6] == assets(dump, "id")
    assert len(set(assets(changed, "id"))) == 30
    assert assets(changed, "originalPath")[6] == b"/mnt/pictures/IMG_0001.jpg"
    assert set(assets(changed, "checksumAlgorithm")[6:]) == {b"sha1-path"}


def test_a_later_immich_has_its_assets_in_another_table(dump: bytes):
    tables: list[Table] = [rows.table for rows in read(of_a_later_immich(dump))]
    assert [table.name for table in tables] == [
        "user",
        "media_item",
        "asset_file",
        "system_metadata",
        "version_history",
    ]
