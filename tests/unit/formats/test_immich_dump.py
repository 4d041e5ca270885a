from datetime import UTC, datetime

import pytest

from immich_backup_exporter.analysis.coverage import Coverage, TreePaths
from immich_backup_exporter.formats.immich_dump import ImmichDump
from support.immich_database import asset_id, cluster_text, dump_text

LATER = datetime(2026, 3, 1, tzinfo=UTC)


def names(*numbers: int) -> list[str]:
    return [f"library/{number}.jpg" for number in numbers]


def database(*numbers: int) -> bytes:
    return dump_text((asset_id(number), f"/data/library/{number}.jpg") for number in numbers)


def chosen(databases: dict[str, bytes], files: list[str]) -> str:
    dump = ImmichDump(lambda: Coverage(TreePaths(originals={hash(one.encode()) for one in files}), (), LATER))
    dump.feed(cluster_text(databases))
    found = dump.database()
    assert found is not None
    return found.database


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("databases", "files", "expected"),
    [
        ({"immich": database(*range(9)), "photos": database(20, 21, 22, 23)}, names(20, 21, 22), "photos"),
        ({"immich": database(1, 2), "photos": database(1, 2, 3, 4, 5)}, names(1, 2, 3), "photos"),
        ({"immich": database(1, 2, 3), "immich_test": database(7, 8)}, names(1, 7), "immich"),
        ({"immich": database(1), "photos": database(2, 3)}, [], "immich"),
        ({"one": database(1), "other": database(2, 3)}, [], "other"),
        ({"immich": database(), "photos": database(2, 3)}, names(9), "immich"),
    ],
)
def test_of_two_immichs_in_a_cluster_the_one_whose_files_are_there_is_taken(
    databases: dict[str, bytes], files: list[str], expected: str, *, backwards: bool
) -> None:
    order = sorted(databases, reverse=backwards)

    assert chosen({name: databases[name] for name in order}, files) == expected
