"""The real Prometheus and Alertmanager on loopback, and what receives their messages: a web and a mail server."""

import email
import email.policy
import json
import socketserver
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from support.tools import free_port, tool
from support.waiting import PATIENCE_SECONDS, eventually

TEMPLATES = "usr/share/prometheus/alertmanager"


class Post(NamedTuple):
    """A request that came in, with Alertmanager's JSON."""

    path: str
    authorization: str | None
    body: Mapping[str, Any]

    @property
    def summaries(self) -> list[str]:
        return [alert["annotations"].get("summary", "") for alert in self.body["alerts"]]


class Inbox:
    """Both servers, on free ports, and all that they got so far."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.mails: list[email.message.EmailMessage] = []
        inbox = self

        class Web(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                inbox.posts.append(Post(self.path, self.headers["Authorization"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Mail(socketserver.StreamRequestHandler):
            answers: ClassVar = {b"EHLO": b"250 here", b"DATA": b"354 go on", b"QUIT": b"221 bye"}

            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                for line in self.rfile:
                    verb = line[:4].upper()
                    self.wfile.write(self.answers.get(verb, b"250 ok") + b"\r\n")
                    if verb == b"DATA":
                        content = b"".join(iter(self.rfile.readline, b".\r\n"))
                        inbox.mails.append(email.message_from_bytes(content, policy=email.policy.default))
                        self.wfile.write(b"250 ok\r\n")

        web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
        mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
        self._servers: tuple[socketserver.BaseServer, ...] = (web, mail)
        self.url = f"http://127.0.0.1:{web.server_port}"
        self.smarthost = f"127.0.0.1:{mail.server_address[1]}"

    def __enter__(self) -> "Inbox":
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def at(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path == path]

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


def ask(url: str, data: object = None) -> Any:
    """GET, or POST of JSON; the JSON of the answer, if it is one. `None` while nobody answers with success."""
    request = urllib.request.Request(
        url,
        data=None if data is None else json.dumps(data).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None
    return json.loads(text) if text.startswith(("{", "[")) else text or "ok"


@contextmanager
def _running(program: Path, folder: Path, url: str, *flags: str, cwd: Path | None = None) -> Iterator[str]:
    log_file = folder / f"{program.name}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [program, *flags, f"--web.listen-address={url.removeprefix('http://')}"],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: ask(f"{url}/-/ready") or process.poll() is not None)
        assert process.poll() is None, log_file.read_text()
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def alertmanager(folder: Path, config: Path) -> Iterator[str]:
    """Its URL. Its log is in `folder`."""
    url = f"http://127.0.0.1:{free_port()}"
    flags = (f"--config.file={config}", f"--storage.path={folder / 'storage'}", "--cluster.listen-address=")
    program, cwd = _alertmanager(folder)
    with _running(program, folder, url, *flags, cwd=cwd) as running:
        yield running


def _alertmanager(folder: Path) -> tuple[Path, Path | None]:
    """The program, and where it has to run.

    Debian's reads its templates from /usr/share, also where its package was only unpacked. Then a copy of it looks for
    them below the folder that it runs in: a path of the same length in the place of the other.
    """
    program = Path(tool("alertmanager")).resolve()
    package = program.parents[2]
    if Path("/", TEMPLATES).exists() or not (package / TEMPLATES).exists():
        return program, None
    copy = folder / program.name
    copy.write_bytes(program.read_bytes().replace(b"/usr/share/prometheus/", b"usr/share//prometheus/"))
    copy.chmod(0o755)
    return copy, package


@contextmanager
def prometheus(folder: Path, config: Path, url: str | None = None, version: str = "3") -> Iterator[str]:
    """Its URL; the configuration can be read again over HTTP."""
    flags = (f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}", "--web.enable-lifecycle")
    with _running(
        Path(tool(f"prometheus-{version}")), folder, url or f"http://127.0.0.1:{free_port()}", *flags
    ) as running:
        yield running


def fire(url: str, *labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
    """Tells Alertmanager of alerts that fire, as Prometheus does."""
    alerts: Sequence[object] = [{"labels": one, "annotations": dict(annotations or {})} for one in labels]
    assert ask(f"{url}/api/v2/alerts", alerts) is not None
