"""What the page about read-only credentials says that a backend may refuse, a backend refuses here."""

import http.client
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.agent import Agent
from support.repositories import PASSWORD, prepared_repository, prepared_upload_location, restic
from support.rest_server import RestServer
from support.tools import PROJECT
from support.waiting import PATIENCE_SECONDS

PAGE = (PROJECT / "docs" / "how-to" / "read-only-credentials.md").read_text()


class ReadOnlyProxy(ThreadingHTTPServer):
    """Passes on GET and HEAD to another server, and forbids the rest, as nginx does with the page's lines."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.port = port
        self.refused: list[str] = []


class Passing(BaseHTTPRequestHandler):
    server: ReadOnlyProxy

    def pass_on(self) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_SECONDS)
        upstream.request(self.command, self.path, headers=dict(self.headers))
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        upstream.close()

    def refuse(self) -> None:
        self.server.refused.append(self.command)
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


for allowed in ("GET", "HEAD"):
    setattr(Passing, f"do_{allowed}", Passing.pass_on)
for forbidden in ("POST", "PUT", "DELETE"):
    setattr(Passing, f"do_{forbidden}", Passing.refuse)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ReadOnlyProxy]:
    (tmp_path / "served").mkdir()
    prepared_repository(tmp_path / "served").rename(tmp_path / "served" / "nas")
    with RestServer(tmp_path / "served") as server:
        proxy = ReadOnlyProxy(server.port)
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
            proxy.server_close()


@pytest.mark.parametrize("version", ["0.14", "0.18", "0.19"])
def test_the_agent_needs_nothing_but_get_and_head(tmp_path: Path, proxy: ReadOnlyProxy, version: str) -> None:
    url = f"rest:http://127.0.0.1:{proxy.server_address[1]}/nas/"
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {"nas": {"repository": url, "password": PASSWORD}},
    }
    with Agent(tmp_path, config, restic=version) as agent:
        agent.wait(lambda scrape: scrape("last_success_timestamp_seconds") == 1772503200)
        scrape = agent.wait(lambda scrape: scrape("repository_size_bytes"))
        assert scrape("repository_up") == 1
    assert proxy.refused == []


def test_restic_cannot_write_there(tmp_path: Path, proxy: ReadOnlyProxy) -> None:
    """The test above can fail."""
    result = restic("0.18", f"rest:http://127.0.0.1:{proxy.server_address[1]}/nas/", "forget", "--keep-last=1")
    assert result.returncode != 0
    assert set(proxy.refused) == {"POST", "DELETE"}


def test_the_policy_for_s3_allows_to_list_and_to_read_and_nothing_else() -> None:
    (policy,) = [json.loads(text) for text in re.findall(r"(?m)^```json\n(.*?)^```$", PAGE, re.DOTALL)]
    bucket, objects = policy["Statement"]
    assert bucket["Action"] == ["s3:ListBucket", "s3:GetBucketLocation"]
    assert objects["Action"] == "s3:GetObject"
    assert objects["Resource"] == f"{bucket['Resource']}/*"


def test_what_restic_makes_later_stays_readable_for_the_group(tmp_path: Path) -> None:
    repository = prepared_repository(tmp_path)
    (commands,) = re.findall(r"(?m)^ +# as root\n +(.*)\n +(.*)\n", PAGE)
    script = "\n".join(commands).replace("/backups/immich", str(repository)).replace("immich-backup ", "12345 ")
    subprocess.run(["sh", "-e", "-c", script], check=True)
    (tmp_path / "new").write_text("new")
    assert restic("0.18", repository, "backup", "--quiet", tmp_path / "new").returncode == 0
    made = [path for path in repository.rglob("*") if path.parent.name == "snapshots"]
    assert len(made) == 4
    assert [path for path in made if not path.stat().st_mode & 0o040] == []
