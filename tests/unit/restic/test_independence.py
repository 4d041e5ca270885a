"""What repositories have in common, by their settings and the disks they are on."""

from pathlib import Path

from immich_backup_exporter.domain.repository import Independence, RepositoryAccess
from immich_backup_exporter.restic import find_independence


def access(name: str, url: str, **fields: str) -> RepositoryAccess:
    return RepositoryAccess(name=name, url=url, **fields)  # type: ignore[arg-type]


def test_a_repository_beside_the_library_shares_its_disk(tmp_path: Path) -> None:
    found = find_independence([access("nas", str(tmp_path / "r"), password="a")], str(tmp_path))
    assert found["nas"].shares_library_disk is None  # it is not there
    (tmp_path / "r").mkdir()
    found = find_independence([access("nas", str(tmp_path / "r"), password="a")], str(tmp_path))
    assert found["nas"] == Independence(local=True, shares_library_disk=True, shares_password=False)


def test_a_repository_on_another_file_system_does_not(tmp_path: Path) -> None:
    found = find_independence([access("nas", "/proc", password="a")], str(tmp_path))
    assert found["nas"].shares_library_disk is False


def test_a_repository_elsewhere_is_not_local_and_its_disk_not_known(tmp_path: Path) -> None:
    found = find_independence([access("b2", "b2:bucket:path", password="a")], str(tmp_path))
    assert found["b2"] == Independence(local=False, shares_library_disk=None, shares_password=False)


def test_passwords_are_compared_wherever_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("secret\n")
    (tmp_path / "two").write_text("other")
    found = find_independence(
        [
            access("a", "b2:a", password="secret"),
            access("b", "b2:b", password_file=str(tmp_path / "one")),
            access("c", "b2:c", password_file=str(tmp_path / "two")),
            access("d", "b2:d", password_command="pass restic"),
            access("e", "b2:e", password_command="pass restic"),
            access("f", "b2:f", password_file=str(tmp_path / "missing")),
            access("g", "b2:g"),
        ],
        None,
    )
    assert {name: one.shares_password for name, one in found.items()} == {
        "a": True, "b": True, "c": False, "d": True, "e": True, "f": None, "g": None,
    }  # fmt: skip
