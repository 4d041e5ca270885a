"""Certificates from the openssl program, and a real server on free ports."""

import gzip as gzip_module
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from immich_backup_exporter.web.app import create_app
from immich_backup_exporter.web.landing import Landing
from immich_backup_exporter.web.server import WebServer

TEXT = b"# TYPE a gauge\na 1\n"


class Metrics:
    """Answers at once, as the real source does, unless a test holds it."""

    def __init__(self) -> None:
        self.before_answer: Callable[[], Awaitable[object]] | None = None

    async def render(self, *, openmetrics: bool, gzip: bool) -> bytes:
        if self.before_answer is not None:
            await self.before_answer()
        text = TEXT + b"# EOF\n" if openmetrics else TEXT
        return gzip_module.compress(text) if gzip else text


class Agent:
    def ready(self) -> bool:
        return True

    async def reload(self) -> str | None:
        return None

    def status(self) -> dict[str, object]:
        return {"repositories": []}

    def landing(self) -> Landing:
        return Landing(version="1.2.3", revision="abc", lines=())


class Running:
    def __init__(self, server: WebServer, metrics: Metrics, errors: list[str]) -> None:
        self.server = server
        self.metrics = metrics
        self.errors = errors

    @property
    def port(self) -> int:
        return self.server.ports[0]

    def url(self, path: str) -> str:
        return f"{self.server.scheme}://127.0.0.1:{self.port}{path}"


Serve = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """`async with serve(web_config=TEXT or PATH) as running:` starts a server and stops it."""

    @asynccontextmanager
    async def start(
        *, web_config: str | Path | None = None, addresses: Sequence[str] = ("127.0.0.1:0",)
    ) -> AsyncIterator[Running]:
        if isinstance(web_config, str):
            path = tmp_path / "web.yml"
            path.write_text(web_config)
            web_config = path
        metrics, errors = Metrics(), []
        server = WebServer(
            create_app(metrics, Agent(), lifecycle_enabled=True),
            addresses=addresses,
            web_config_file=None if web_config is None else str(web_config),
            on_error=errors.append,
        )
        await server.start()
        try:
            yield Running(server, metrics, errors)
        finally:
            await server.stop()

    return start


class Certificates:
    """A certificate authority, and certificates that it signs for 127.0.0.1 and ::1."""

    def __init__(self, folder: Path, openssl: str) -> None:
        self.folder = folder
        self._openssl = openssl
        self.run("req", "-x509", *self._new_key("ca"), "-out", "ca.crt", "-days", "3650", "-subj", "/CN=test authority")
        for name in ("server", "renewed", "client"):
            self._sign(name)

    def path(self, name: str) -> Path:
        return self.folder / name

    def install(self, name: str, folder: Path) -> None:
        """Put one of the certificates and its key in place as `server.crt` and `server.key`, as a renewal does."""
        for suffix in ("crt", "key"):
            new = folder / f"new.{suffix}"
            shutil.copy(self.path(f"{name}.{suffix}"), new)
            new.replace(folder / f"server.{suffix}")
        shutil.copy(self.path("ca.crt"), folder / "ca.crt")

    def client_context(self, *, certificate: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.path("ca.crt")))
        if certificate:
            context.load_cert_chain(self.path("client.crt"), self.path("client.key"))
        return context

    def _new_key(self, name: str) -> tuple[str, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")

    def _sign(self, name: str) -> None:
        self.path("names").write_text(f"subjectAltName=DNS:{name}.example,IP:127.0.0.1,IP:::1\n")
        self.run("req", *self._new_key(name), "-out", "request", "-subj", f"/CN={name}")
        authority = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650")
        self.run("x509", "-req", "-in", "request", *authority, "-extfile", "names", "-out", f"{name}.crt")

    def run(self, *arguments: str) -> None:
        subprocess.run([self._openssl, *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    openssl = shutil.which("openssl")
    if openssl is None:
        missing = "the openssl program is not on PATH"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return Certificates(tmp_path_factory.mktemp("certificates"), openssl)


@pytest.fixture
def folder(tmp_path: Path, certificates: Certificates) -> Path:
    """A folder with `server.crt`, `server.key` and `ca.crt`, for a web configuration beside them."""
    certificates.install("server", tmp_path)
    return tmp_path
