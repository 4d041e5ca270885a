"""Patterns mean the same in a snapshot as on a disk."""

import re

import pytest

from immich_backup_exporter.formats.globs import glob_expression


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("database-backup/*.sql", "/database-backup/immich.sql", True),
        ("database-backup/*.sql", "/database-backup/.hidden.sql", False),
        ("database-backup/*.sql", "/database-backup/more/immich.sql", False),
        ("database-backup/*.sql", "/other/database-backup/immich.sql", False),
        ("**/*.sql", "/immich.sql", True),
        ("**/*.sql", "/a/b/immich.sql", True),
        ("**/*.sql", "/a/.b/immich.sql", False),
        ("dumps/**", "/dumps/a/b.gz", True),
        ("./dumps//x?.sql", "/dumps/x1.sql", True),
        ("x[0-9].sql", "/x7.sql", True),
        ("x[!0-9].sql", "/x7.sql", False),
        ("x[.sql", "/x[.sql", True),
        ("x[!a]y", "/x/y", False),
        ("[!a]x", "/.x", False),
        ("x[^a]", "/x^", True),
        ("x[z-a]", "/xz", False),
        ("x[a&&b]", "/x&", True),
        ("x[[]", "/x[", True),
        ("*", "/a\nb", True),
        (".hidden*", "/.hidden.sql", True),
        ("a+b(c).sql", "/a+b(c).sql", True),
    ],
)
def test_a_pattern_matches_as_on_a_disk(pattern: str, path: str, matches: bool) -> None:
    assert (re.fullmatch(glob_expression(pattern), path) is not None) is matches
