"""Repositories that are read for real, and servers and programs that misbehave on purpose."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.restic import Deadlines, Gate, ResticRepository
from support import repositories
from support.overheard import Overheard
from support.tools import tool
from support.waiting import PATIENCE_SECONDS, late
from support.words import english

PATIENT = Deadlines(listing=PATIENCE_SECONDS, rest_attempt=PATIENCE_SECONDS, ending=0.5)


class Reading:
    """Makes readers and asks them; each question in an event loop of its own, ended by `close`."""

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir = cache_dir

    def reader(
        self,
        url: str | Path,
        *,
        restic: str | None = None,
        version: str = "0.18",
        deadlines: Deadlines = PATIENT,
        environ: dict[str, str] | None = None,
        clock: Clock | None = None,
        **access: Any,
    ) -> ResticRepository:
        secret = (
            {"password": repositories.PASSWORD} if not access.keys() & {"password_file", "password_command"} else {}
        )
        return ResticRepository(
            RepositoryAccess(name="nas", url=str(url), **(secret | access)),
            restic=restic or tool(f"restic-{version}"),
            cache_dir=str(self.cache_dir),
            environ=dict(os.environ) if environ is None else environ,
            gate=Gate(),
            deadlines=deadlines,
            clock=clock or SystemClock(),
        )

    def ask(
        self,
        reader: ResticRepository,
        question: Callable[[ResticRepository], Any],
        late_once: Callable[[], object] | None = None,
    ) -> Any:
        """``late_once``: the deadline comes as soon as this is true."""

        async def run() -> Any:
            try:
                return await (late(question(reader), late_once) if late_once else question(reader))
            finally:
                await reader.close()

        return asyncio.run(run())

    def failure(
        self,
        reader: ResticRepository,
        question: Callable[[ResticRepository], Any],
        late_once: Callable[[], object] | None = None,
    ) -> RepositoryError:
        with pytest.raises(RepositoryError) as raised:
            self.ask(reader, question, late_once)
        error = raised.value
        assert english(error.message).endswith(".")
        assert english(error.next_step).endswith(".")
        assert "s3cret" not in repr(error) + str(error) + english(error) + repr(error.__cause__)
        return error


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path / "cache")


class Answers:
    """An HTTP server that gives the same answer to everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"[]"
        self.announced = True
        """Whether the length of the body is said before it; else the end of the connection is its end."""
        self.paths: list[str] = []
        self.request_headers: list[dict[str, str]] = []
        self.connections: set[tuple[str, int]] = set()
        self.failures_first = 0
        answers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answers.paths.append(self.path)
                answers.request_headers.append(dict(self.headers))
                answers.connections.add(self.client_address)
                status = 500 if len(answers.paths) <= answers.failures_first else answers.status
                self.send_response(status)
                for name, value in answers.headers.items():
                    self.send_header(name, value)
                if answers.announced:
                    self.send_header("Content-Length", str(len(answers.body)))
                else:
                    self.close_connection = True
                self.end_headers()
                with suppress(OSError):  # whoever asked has heard enough
                    self.wfile.write(answers.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"rest:http://agent:s3cret@127.0.0.1:{self.port}/immich/"


@pytest.fixture
def answers() -> Iterator[Answers]:
    served = Answers()
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The URL of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rest:http://agent:s3cret@127.0.0.1:{server.getsockname()[1]}/immich/"


@pytest.fixture
def overheard(tmp_path: Path) -> Overheard:
    return Overheard(tmp_path)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """Writes a program in shell that stands in for a restic that misbehaves."""

    def write(text: str) -> str:
        path = tmp_path / "fake-restic"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return write
