"""The real agent looks into real snapshots and tells of it over HTTP."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.agent import Agent
from support.inspections import make_library
from support.repositories import PASSWORD, backup, make_repository
from support.waiting import eventually

SNAPSHOT_TIME = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
NAS = {"repository": "nas", "plan": "immich"}


@pytest.fixture
def library(tmp_path):
    return make_library(tmp_path / "immich")


@pytest.fixture
def repository(tmp_path, library):
    made = make_repository(tmp_path / "nas")
    backup(made, [library, tmp_path / "app"], time=SNAPSHOT_TIME, exclude=["2.jpg"])
    return made


def config(repository: Path, library: Path | None, **plan: object) -> dict[str, object]:
    immich = {} if library is None else {"immich": {"upload_location": str(library)}}
    nas = {"repository": str(repository), "password": PASSWORD, "plans": {"immich": plan}}
    return {**immich, "repositories": {"nas": nas}}


def test_what_a_snapshot_holds_and_lacks_is_exported(tmp_path, repository, library):
    settings = config(repository, library, required_paths=[str(tmp_path / "app/.env")], max_missing_assets=7)
    with Agent(tmp_path, settings) as agent:
        scrape = agent.wait(lambda now: now("coverage_assets", **NAS))
        status = json.loads(agent.get("/api/v1/status")[1])["repositories"]["nas"]["plans"]["immich"]

    assert scrape("snapshot_inspected_timestamp_seconds", **NAS) == SNAPSHOT_TIME.timestamp()
    assert scrape("snapshot_folder_files", folder="library", **NAS) == 1
    assert scrape("snapshot_folder_required", folder="library", **NAS) == 1
    assert scrape("snapshot_folder_size_bytes", folder="originals", **NAS) == 33
    assert scrape("snapshot_required_paths_missing", **NAS) == 1
    assert (scrape("snapshot_dumps", **NAS), scrape("snapshot_dump_valid", **NAS)) == (1, 1)
    assert scrape("snapshot_damaged", **NAS) == 0
    assert scrape("coverage_timestamp_seconds", **NAS) == SNAPSHOT_TIME.timestamp()
    assert scrape("coverage_assets", **NAS) == 3
    assert scrape("coverage_missing_assets", **NAS) == 1
    assert scrape("coverage_persistently_missing_assets", **NAS) == 0
    assert scrape("coverage_missing_on_disk_assets", **NAS) == 0
    assert scrape("plan_max_missing_assets", **NAS) == 7
    assert scrape("repository_read_bytes_total", repository="nas") > 0
    assert "1.jpg" not in scrape.text
    assert status["coverage"]["missing"] == {"original": 1, "sidecar": 0, "profile": 0}
    assert status["contents"]["dump"]["valid"] is True
    assert status["inspection"] is None


def test_it_is_known_at_once_after_a_restart_and_not_found_out_again(tmp_path, repository):
    with Agent(tmp_path, config(repository, None)) as agent:
        agent.wait(lambda now: now("coverage_assets", **NAS))
        agent.stop()
        (repository / "config").chmod(0)
        repository.rename(tmp_path / "away")
        agent.start()
        scrape = agent.scrape()

    assert scrape("coverage_missing_assets", **NAS) == 1
    assert scrape("snapshot_dump_valid", **NAS) == 1


def test_what_repositories_share_is_exported(tmp_path, repository, library):
    settings = config(repository, library)
    settings["repositories"]["again"] = {"repository": f"{repository}/", "password": PASSWORD}
    settings["repositories"]["other"] = {"repository": str(make_repository(tmp_path / "b")), "password": PASSWORD}
    with Agent(tmp_path, settings) as agent:
        scrape = agent.wait(lambda now: now("repository_shares_id", repository="nas") is not None)

    assert scrape("repository_shares_id", repository="nas") == 1
    assert scrape("repository_shares_id", repository="other") == 0
    assert scrape("repository_shares_password", repository="other") == 1
    assert scrape("repository_shares_library_disk", repository="nas") == 1
    assert scrape("repository_local", repository="nas") == 1


def children_of(pid: int) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry))
    return found


def test_an_agent_that_is_stopped_leaves_no_inspecting_process_behind(tmp_path, repository):
    slow = tmp_path / "slow-restic"
    slow.write_text(f'#!/bin/sh\ncase "$*" in *" ls "*) sleep 60;; *) exec {tmp_path}/bin/restic "$@";; esac\n')
    slow.chmod(0o755)
    with Agent(tmp_path, {**config(repository, None), "restic": str(slow)}) as agent:
        inspecting = eventually(lambda: len(found := children_of(agent.pid)) == 2 and found)
        assert agent.stop() == 0

    assert [pid for pid in inspecting if Path(f"/proc/{pid}").exists()] == []
