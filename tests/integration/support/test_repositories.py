"""The repositories that other tests build on are such as restic itself makes."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from support.repositories import backup, make_library, make_repository, prepared_repository, restic

VERSIONS = ["0.14", "0.18", "0.19"]


@pytest.mark.parametrize("version", VERSIONS)
def test_restic_finds_no_fault_in_a_light_repository_that_it_has_filled(tmp_path: Path, version: str) -> None:
    repository = make_repository(tmp_path / "repository")
    backup(repository, make_library(tmp_path / "immich"), version=version)

    result = restic(version, repository, "check", "--read-data")

    assert (result.returncode, "no errors were found" in result.stdout) == (0, True)


def test_two_light_repositories_have_different_ids(tmp_path: Path) -> None:
    one = restic("0.18", make_repository(tmp_path / "one"), "cat", "config").stdout
    two = restic("0.18", make_repository(tmp_path / "two"), "cat", "config").stdout

    assert json.loads(one)["id"] != json.loads(two)["id"]


def test_a_light_repository_refuses_another_password(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository", password="right")

    assert restic("0.18", repository, "cat", "config", password="wrong").returncode == 12


def test_a_light_repository_is_as_private_as_restic_makes_it(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository")

    assert (repository / "config").stat().st_mode & 0o777 == 0o400
    assert (repository / "snapshots").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("version", VERSIONS)
def test_a_prepared_repository_has_three_snapshots_at_their_times(tmp_path: Path, version: str) -> None:
    repository = prepared_repository(tmp_path, version)

    snapshots = json.loads(restic(version, repository, "snapshots", "--json", "--no-lock").stdout)

    assert [snapshot["time"] for snapshot in snapshots] == [
        "2026-03-01T02:00:00Z",
        "2026-03-02T02:00:00Z",
        "2026-03-03T02:00:00Z",
    ]


def test_a_prepared_repository_holds_the_markers_of_all_six_folders(tmp_path: Path) -> None:
    listing = restic("0.18", prepared_repository(tmp_path), "ls", "--no-lock", "latest").stdout

    assert listing.count("/.immich\n") == 6


def test_a_backup_keeps_the_offset_of_its_zone(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository")
    backup(
        repository, make_library(tmp_path / "immich"), time=datetime(2026, 7, 1, 2, tzinfo=ZoneInfo("Europe/Berlin"))
    )

    snapshots = json.loads(restic("0.18", repository, "snapshots", "--json").stdout)

    assert snapshots[0]["time"] == "2026-07-01T02:00:00+02:00"


def test_restic_sees_nothing_of_the_environment_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTIC_HOST", "another")
    monkeypatch.setenv("RESTIC_REPOSITORY_FILE", "/nowhere")

    snapshots = json.loads(restic("0.18", prepared_repository(tmp_path), "snapshots", "--json").stdout)

    assert len(snapshots) == 3
