"""What a pattern means, on real folders."""

import os
from pathlib import Path

import pytest

from immich_backup_exporter.immich.patterns import find_files


@pytest.fixture
def tree(root):
    for name in ("a.sql", "b.sql.gz", ".hidden.sql", "one/a.sql", "one/two/a.sql", "one/.secret/a.sql", "[x]/a.sql"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    (root / "one" / "loop").symlink_to(root)
    (root / "link.sql").symlink_to(root / "a.sql")
    return root


def names(pattern, root):
    return sorted(str(Path(path).relative_to(root)) for path, _ in find_files(pattern, str(root)))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.sql", ["a.sql"]),
        ("./one//a.sql", ["one/a.sql"]),
        ("*.sql", ["a.sql"]),
        (".*.sql", [".hidden.sql"]),
        ("?.sql*", ["a.sql", "b.sql.gz"]),
        ("[ab].sql*", ["a.sql", "b.sql.gz"]),
        ("[[]x]/*", ["[x]/a.sql"]),
        ("*/a.sql", ["[x]/a.sql", "one/a.sql"]),
        ("**/a.sql", ["[x]/a.sql", "a.sql", "one/a.sql", "one/two/a.sql"]),
        ("one/**", ["one/a.sql", "one/two/a.sql"]),
        ("one/**/two/*.sql", ["one/two/a.sql"]),
        ("one/.secret/*", ["one/.secret/a.sql"]),
        ("gone/*.sql", []),
        ("a.sql/*.sql", []),
        ("one", []),
        ("", []),
    ],
)
def test_a_pattern_finds_regular_files(tree, pattern, found):
    assert names(pattern, tree) == found


def test_an_absolute_pattern_is_taken_as_it_is(tree):
    assert [path for path, _ in find_files(f"{tree}/one/*.sql", "/nowhere")] == [f"{tree}/one/a.sql"]


def test_a_folder_named_in_the_pattern_must_be_readable(tree, as_ordinary_user):
    (tree / "one").chmod(0o700)

    with as_ordinary_user(), pytest.raises(PermissionError):
        names("one/*.sql", tree)
    with as_ordinary_user(), pytest.raises(PermissionError):
        names("one/a.sql", tree)


def test_folders_that_a_wildcard_leads_to_are_passed_over_when_unreadable(tree, as_ordinary_user):
    (tree / "one").chmod(0o700)

    with as_ordinary_user():
        assert names("**/a.sql", tree) == ["[x]/a.sql", "a.sql"]
        assert names("*/a.sql", tree) == ["[x]/a.sql"]


def test_the_state_is_the_files_own(tree):
    ((_, state),) = find_files("a.sql", str(tree))

    assert state == os.lstat(tree / "a.sql")
