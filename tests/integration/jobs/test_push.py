"""Pushing reports to a real HTTP server, and what happens where it does not want them."""

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.jobs.delivery import Delivery
from immich_backup_exporter.jobs.push import SpoolOutbox
from immich_backup_exporter.jobs.reporter import Reporter
from immich_backup_exporter.jobs.spool import Spool
from support.tools import free_port
from support.waiting import FOREVER_SECONDS, eventually
from support.wrapped import end, run, started

TOKEN = "correct-horse-battery-staple"


class Agent(http.server.ThreadingHTTPServer):
    """Answers `status` (or each of `statuses` in turn first) and keeps what was posted."""

    def __init__(self, port: int = 0, status: int = 204, statuses: tuple[int, ...] = ()) -> None:
        self.posted: list[tuple[str, str | None, dict[str, object]]] = []
        self.status = status
        self.statuses = list(statuses)
        self.answer = b""
        self.content_type = "text/plain; charset=utf-8"
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def events(self) -> list[object]:
        return [body["event"] for _, _, body in self.posted]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Agent

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.send_header("Content-Type", self.server.content_type)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method's own argument
        return


@contextmanager
def agent(port: int = 0, status: int = 204, statuses: tuple[int, ...] = ()) -> Iterator[Agent]:
    server = Agent(port, status, statuses)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def token(tmp_path: Path) -> str:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return f"--push.token-file={tmp_path / 'token'}"


def test_an_agent_is_told_how_the_run_ended(tmp_path: Path, token: str) -> None:
    with agent() as server:
        done = run(tmp_path / "spool", "sh", "-c", "exit 3", options=[token, f"--push.url={server.url}"])
    assert (done.returncode, done.stderr) == (3, b"")
    path, authorization, body = server.posted[-1]
    assert (path, authorization) == ("/api/v1/runs", f"Bearer {TOKEN}")
    assert (body["version"], body["job"], body["event"], body["exit_code"]) == (1, "nightly", "end", 3)


def test_a_start_is_told_while_the_command_runs(tmp_path: Path, token: str) -> None:
    with (
        agent() as server,
        started(
            tmp_path / "spool", "sleep", str(FOREVER_SECONDS), options=[token, f"--push.url={server.url}"]
        ) as process,
    ):
        eventually(lambda: server.events == ["start"])
        process.terminate()
        process.wait()
        assert server.events == ["start", "end"]


def test_each_of_two_agents_is_told(tmp_path: Path, token: str) -> None:
    with agent() as one, agent() as other:
        options = [token, f"--push.url={one.url}", f"--push.url={other.url}/api/v1/runs"]
        run(tmp_path / "spool", "true", options=options)
    assert (one.events[-1], other.events[-1]) == ("end", "end")


def test_a_report_that_failed_is_tried_again_until_it_is_accepted(tmp_path: Path, token: str) -> None:
    with agent(statuses=(500, 503, 429)) as server:
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
    assert (server.events[-1], len(server.posted) >= 4, done.stderr) == ("end", True, b"")


def test_an_agent_that_is_down_gets_the_report_from_the_next_run(tmp_path: Path, token: str) -> None:
    port = free_port()
    url = f"--push.url=http://127.0.0.1:{port}"
    done = run(tmp_path / "spool", "sh", "-c", "exit 3", options=[token, url])
    assert (done.returncode, done.stderr) == (3, b"")
    with agent(port) as server:
        run(tmp_path / "spool", "true", options=[token, url])
        assert {body["exit_code"] for _, _, body in server.posted if body["event"] == "end"} == {3, 0}
        count = len(server.posted)
        run(tmp_path / "spool", "true", options=[token, url])
        assert len([body for _, _, body in server.posted[count:] if body["event"] == "end"]) == 1


def test_a_report_from_a_clock_that_was_decades_behind_still_waits(tmp_path: Path, token: str) -> None:
    port = free_port()
    options = [token, f"--push.url=http://127.0.0.1:{port}"]
    run(tmp_path / "spool", "sh", "-c", "exit 3", options=options)
    for file in (tmp_path / "spool").glob("outbox-*/*"):
        os.utime(file, (1000, 1000))
    run(tmp_path / "spool", "true", options=options)
    with agent(port) as server:
        run(tmp_path / "spool", "true", options=options)
    assert [body["exit_code"] for _, _, body in server.posted if body["event"] == "end"] == [3, 0, 0]


def test_of_what_nobody_accepts_the_newest_five_hundred_are_kept(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    outbox = SpoolOutbox(Spool.open(str(tmp_path / "spool")), "http://nas:10321")
    for number in range(510):
        outbox.put(f"nightly.{number:032x}.end.json", b"%d" % number)
        (folder,) = (tmp_path / "spool").iterdir()
        os.utime(folder / f"nightly.{number:032x}.end.json", (number, number))
    outbox.trim()
    assert [data for _, data in outbox.waiting()] == [b"%d" % number for number in range(10, 510)]


def test_an_agent_that_accepts_and_never_answers_does_not_keep_the_run_from_ending(tmp_path: Path, token: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url=http://127.0.0.1:{deaf.getsockname()[1]}"])
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_wrong_token_is_said_and_the_report_kept(tmp_path: Path, token: str) -> None:
    with agent(status=401) as server:
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
        assert done.stderr == b"immich-backup-exporter run: the agent does not accept the report (HTTP 401)\n"
        server.status = 204
        run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
    accepted = {body["run_id"] for _, _, body in server.posted if body["event"] == "end"}
    assert len(accepted) == 2


def test_what_the_agent_says_about_a_refusal_is_passed_on(tmp_path: Path, token: str) -> None:
    with agent(status=404) as server:
        server.answer = b"No job of that name is declared; declare it under `jobs` in the agent's configuration.\n"
        options = [token, f"--push.url={server.url}"]
        expected = (
            b"immich-backup-exporter run: the agent does not accept the report (HTTP 404): No job of that name is "
            b"declared; declare it under `jobs` in the agent's configuration.\n"
        )
        assert run(tmp_path / "spool", "true", options=options).stderr == expected
        with (tmp_path / "log").open("w+b") as log:
            run(tmp_path / "spool", "true", options=options, stdout=log, stderr=log)
            log.seek(0)
            assert log.read() == expected


@pytest.mark.parametrize(
    ("content_type", "answer"),
    [
        ("text/html", b"<html>"),
        ("text/plain", b"x" * 1_000_000),
        ("text/plain", b"\x1b[2J"),
        ("text/plain", TOKEN.encode()),
        ("text/plain", b"\xff\n\n!"),
    ],
)
def test_what_is_no_sentence_of_the_agents_is_not_passed_on(
    tmp_path: Path, token: str, content_type: str, answer: bytes
) -> None:
    with agent(status=403) as server:
        server.content_type, server.answer = content_type, answer
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
    assert done.stderr == b"immich-backup-exporter run: the agent does not accept the report (HTTP 403)\n"


def test_of_two_agents_one_that_fails_does_not_keep_the_other_from_being_tried_again(
    tmp_path: Path, token: str
) -> None:
    with agent(statuses=(503, 503, 503)) as server:
        options = [token, f"--push.url=http://127.0.0.1:{free_port()}", f"--push.url={server.url}"]
        assert run(tmp_path / "spool", "sh", "-c", "exit 3", options=options).returncode == 3
    assert server.events[-1] == "end"


def test_a_report_refused_for_good_is_not_sent_again(tmp_path: Path, token: str) -> None:
    with agent(status=422) as server:
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
        assert done.stderr == b"immich-backup-exporter run: the agent refused the report (HTTP 422)\n"
        count = len(server.posted)
        run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
    assert len({body["run_id"] for _, _, body in server.posted[count:]}) == 1


def test_an_agent_that_accepted_makes_up_for_an_unwritable_spool(tmp_path: Path, token: str) -> None:
    with agent() as server:
        done = run(tmp_path / "no" / "spool", "true", options=[token, f"--push.url={server.url}"])
    assert (server.events[-1], done.stderr) == ("end", b"")


def test_a_redirect_is_not_followed(tmp_path: Path, token: str) -> None:
    with agent(status=307) as server:
        done = run(tmp_path / "spool", "true", options=[token, f"--push.url={server.url}"])
    assert done.stderr == b"immich-backup-exporter run: the agent does not accept the report (HTTP 307)\n"


def test_a_token_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    options = ["--push.url=http://127.0.0.1:9", f"--push.token-file={tmp_path / 'none'}"]
    done = run(tmp_path / "spool", "true", options=options)
    assert done.stderr == b"immich-backup-exporter run: the file of --push.token-file cannot be read\n"
    assert end(tmp_path / "spool").exit_code == 0


@pytest.mark.parametrize(
    "url", ["nonsense", "http://[", "http://user:hunter2@127.0.0.1:9/", "ftp://u:hunter2@127.0.0.1/"]
)
def test_neither_token_nor_url_is_ever_printed_or_kept(tmp_path: Path, token: str, url: str) -> None:
    done = run(tmp_path / "spool", "true", options=[token, f"--push.url={url}"])
    assert (done.returncode, done.stdout) == (0, b"")
    kept = b"".join(path.read_bytes() + str(path).encode() for path in (tmp_path / "spool").rglob("*.json"))
    assert not any(secret in kept + done.stderr for secret in (TOKEN.encode(), b"hunter2", b"127.0.0.1"))


def test_credentials_in_the_url_do_not_replace_the_token(tmp_path: Path, token: str) -> None:
    with agent() as server:
        url = f"--push.url=http://user:hunter2@127.0.0.1:{server.server_port}"
        run(tmp_path / "spool", "true", options=[token, url])
    assert server.posted[-1][1] == f"Bearer {TOKEN}"


def test_a_url_that_is_none_is_said(tmp_path: Path, token: str) -> None:
    done = run(tmp_path / "spool", "true", options=[token, "--push.url=nas:10321"])
    assert done.stderr == (
        b"immich-backup-exporter run: a --push.url is not the URL of an agent, such as http://nas:10321\n"
    )


def test_a_run_that_lasts_pushes_signs_of_life(tmp_path: Path) -> None:
    clock = SystemClock()
    with agent() as server:
        delivery = Delivery(clock, str(tmp_path / "spool"), push_urls=[server.url])
        report = Reporter(delivery, clock, "nightly", clock.now(), beat_seconds=0.05)
        eventually(lambda: server.events.count("beat") >= 2)
        report.end({"exit_code": 0}, 1.0, 3.0)
    beats = [body for _, _, body in server.posted if body["event"] == "beat"]
    assert (server.events[0], server.events[-1]) == ("start", "end")
    assert len({body["beat"] for body in beats}) == len(beats)
    assert {body["run_id"] for body in beats} == {server.posted[0][2]["run_id"]}
