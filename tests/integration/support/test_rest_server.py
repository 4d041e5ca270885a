"""The rest-server of the tests serves, guards and ends as its users expect."""

import os
from pathlib import Path

import httpx
import pytest

from support.repositories import make_repository, restic
from support.rest_server import RestServer


def test_restic_reads_a_repository_through_the_server(tmp_path: Path) -> None:
    make_repository(tmp_path / "served" / "nas")
    with RestServer(tmp_path / "served") as server:
        result = restic("0.18", server.url("nas"), "cat", "config")

    assert result.returncode == 0


def test_restic_makes_a_repository_at_the_server(tmp_path: Path) -> None:
    with RestServer(tmp_path / "served") as server:
        make_repository(server.url("nas"))

    assert (tmp_path / "served" / "nas" / "config").is_file()


def test_the_server_lets_in_only_its_users(tmp_path: Path) -> None:
    make_repository(tmp_path / "served" / "nas")
    with RestServer(tmp_path / "served", users={"me": "p@ss/word"}) as server:
        right = restic("0.18", server.url("nas", user="me"), "cat", "config")
        wrong = httpx.get(f"{server.address}/nas/snapshots/", auth=("me", "guess"))
        header = httpx.get(f"{server.address}/nas/snapshots/", headers={"Authorization": server.authorization("me")})

    assert (right.returncode, wrong.status_code, header.status_code) == (0, 401, 200)


def test_the_requests_that_the_server_saw_can_be_read(tmp_path: Path) -> None:
    make_repository(tmp_path / "served" / "nas")
    with RestServer(tmp_path / "served") as server:
        httpx.get(f"{server.address}/nas/snapshots/")
        httpx.get(f"{server.address}/elsewhere/snapshots/")

    assert server.requests() == ['"GET /nas/snapshots/ HTTP/1.1" 200', '"GET /elsewhere/snapshots/ HTTP/1.1" 404']


def test_the_server_has_ended_after_its_block(tmp_path: Path) -> None:
    with RestServer(tmp_path / "served") as server:
        pid = server.pid

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_stopped_server_starts_again_on_its_port(tmp_path: Path) -> None:
    server = RestServer(tmp_path / "served", port=None)
    with server:
        first = server.port
    with RestServer(tmp_path / "served", port=first) as again:
        assert httpx.get(f"{again.address}/nas/snapshots/").status_code == 404
