from datetime import UTC, datetime

import pytest

from immich_backup_exporter.analysis.coverage import Coverage, TreePaths
from immich_backup_exporter.domain.immich import DumpVerdict
from immich_backup_exporter.formats.immich_dump import ImmichDump
from immich_backup_exporter.formats.pg_dump import DumpValidator
from support.immich_database import asset_id, cluster_text, dump_text
from support.words import english

LATER = datetime(2026, 3, 1, tzinfo=UTC)


def read(text: bytes, begin=None) -> tuple[ImmichDump, DumpVerdict]:
    dump = ImmichDump(begin)
    validator = DumpValidator(immich=dump)
    validator.feed(text)
    return dump, validator.finish()


RAGGED = "Rows of its table `{}` have the wrong number of columns: PostgreSQL refuses them."


@pytest.mark.parametrize(
    ("found", "ragged", "table"),
    [
        (b"/data/library/1.jpg", b"/data/library\t/1.jpg", "asset"),
        (b"\t\tadmin", b"\tadmin", "user"),
        (b"\tsidecar\t/data", b"\t\tsidecar\t/data", "asset_file"),
        (b"\t2.7.5", b"\t2.7.5\t", "version_history"),
        (b"\tsidecar\t/data", b"\t\tpreview\t/data", "asset_file"),
        (b"\n\\.\n", b"\n\\.\nCOPY public.asset_exif (a, b) FROM stdin;\n1\n\\.\n", "asset_exif"),
        (b"", b"", None),
    ],
)
def test_the_verdict_is_the_same_whether_or_not_there_is_something_to_compare_with(
    found: bytes, ragged: bytes, table: str | None
) -> None:
    text = dump_text([(asset_id(1), "/data/library/1.jpg")], sidecars=[(asset_id(1), "/data/library/1.xmp")]).replace(
        found, ragged
    )
    _, comparing = read(text, lambda: Coverage(TreePaths(), (), LATER))
    _, only_looking = read(text)

    assert (
        english(comparing.sentence)
        == english(only_looking.sentence)
        == ("The dump is whole." if table is None else RAGGED.format(table))
    )


def names(*numbers: int) -> list[str]:
    return [f"library/{number}.jpg" for number in numbers]


def database(*numbers: int) -> bytes:
    return dump_text((asset_id(number), f"/data/library/{number}.jpg") for number in numbers)


def chosen(databases: dict[str, bytes], files: list[str]) -> str:
    originals = {hash(one.encode()) for one in files}
    dump, _ = read(cluster_text(databases), lambda: Coverage(TreePaths(originals=originals), (), LATER))
    found = dump.database()
    assert found is not None
    return found.database


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("databases", "files", "expected"),
    [
        ({"immich": database(*range(9)), "photos": database(20, 21, 22, 23)}, names(20, 21, 22), "photos"),
        ({"immich": database(1, 2), "photos": database(1, 2, 3, 4, 5)}, names(1, 2, 3), "immich"),
        ({"immich": database(1, 2, 3), "immich_test": database(7, 8)}, names(1, 7), "immich"),
        ({"immich": database(1), "photos": database(2, 3)}, [], "immich"),
        ({"one": database(1), "other": database(2, 3)}, [], "other"),
        ({"immich": database(), "photos": database(2, 3)}, names(9), "immich"),
    ],
)
def test_of_two_immichs_in_a_cluster_that_are_equally_new_the_one_that_finds_files_is_taken(
    databases: dict[str, bytes], files: list[str], expected: str, *, backwards: bool
) -> None:
    order = sorted(databases, reverse=backwards)

    assert chosen({name: databases[name] for name in order}, files) == expected
