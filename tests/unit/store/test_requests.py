"""Requests to accept something, as files in the state folder."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.records import AcceptRequest
from immich_backup_exporter.store import RequestFolder, leave_request
from support.facts import NOW
from support.words import saying

PLAN = AcceptRequest(time=NOW, reason="moved the \udcff videos", repository="nas", plan="immich")
GOOD = {"time": NOW.isoformat(), "reason": "", "repository": None, "plan": None}


def test_a_request_comes_back_as_it_was_left(tmp_path: Path) -> None:
    leave_request(str(tmp_path), PLAN, "1" * 32)
    (left,) = RequestFolder(str(tmp_path)).look()
    assert (left.name, left.request) == (f"accept-{'1' * 32}.json", PLAN)


def test_whoever_the_agent_runs_as_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        path = leave_request(str(tmp_path), PLAN, "1" * 32)
    finally:
        os.umask(before)
    assert Path(path).stat().st_mode & 0o777 == 0o644


def test_requests_come_oldest_first_and_a_removed_one_no_more(tmp_path: Path) -> None:
    leave_request(str(tmp_path), PLAN, "2" * 32)
    leave_request(str(tmp_path), AcceptRequest(time=NOW - timedelta(hours=1)), "3" * 32)
    folder = RequestFolder(str(tmp_path))
    assert [left.name[7] for left in folder.look()] == ["3", "2"]
    folder.remove(f"accept-{'3' * 32}.json")
    folder.remove("accept-that-is-not-there")
    assert [left.name[7] for left in folder.look()] == ["2"]


def test_a_long_reason_is_cut_off(tmp_path: Path) -> None:
    leave_request(str(tmp_path), AcceptRequest(time=NOW, reason="x" * 5000), "1" * 32)
    assert len(RequestFolder(str(tmp_path)).look()[0].request.reason) == 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 9000,
        "{}",
        json.dumps(GOOD | {"time": "yesterday"}),
        json.dumps(GOOD | {"time": "2026-11-23T12:00:00"}),
        json.dumps(GOOD | {"reason": 5}),
        json.dumps(GOOD | {"repository": "nas"}),
        json.dumps(GOOD | {"repository": 1, "plan": 2}),
        json.dumps(GOOD | {"reason": "x" * 20000}),
    ],
)
def test_what_makes_no_sense_is_no_request(tmp_path: Path, text: str) -> None:
    (tmp_path / f"accept-{'1' * 32}.json").write_text(text)
    assert RequestFolder(str(tmp_path)).look() == []


def test_only_regular_files_of_that_name_are_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps(GOOD))
    (tmp_path / f"accept-{'1' * 32}.json").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / f"accept-{'2' * 32}.json")
    (tmp_path / f"accept-{'3' * 32}.json").mkdir()
    (tmp_path / f"accept-{'4' * 32}.json.new").write_text(json.dumps(GOOD))
    assert RequestFolder(str(tmp_path)).look() == []


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, check=saying("The state folder cannot be looked at")):
        RequestFolder(str(tmp_path / "none")).look()
