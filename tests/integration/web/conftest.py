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
from starlette.routing import Route

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.web.app import create_app
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

    async def reload(self) -> tuple[str, ...]:
        return ()

    def status(self) -> dict[str, object]:
        return {"repositories": []}

    def page(self) -> bytes:
        return b"<h1>Your photos are safe.</h1>"


class Running:
    def __init__(self, server: WebServer, metrics: Metrics, errors: list[Message]) -> None:
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
        *,
        web_config: str | Path | None = None,
        addresses: Sequence[str] = ("127.0.0.1:0",),
        routes: Sequence[Route] = (),
    ) -> AsyncIterator[Running]:
        if isinstance(web_config, str):
            path = tmp_path / "web.yml"
            path.write_text(web_config)
            web_config = path
        metrics, errors = Metrics(), []
        app = create_app(metrics, Agent(), lifecycle_enabled=True)
        app.router.routes.extend(routes)
        server = WebServer(
            app,
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


EXTENSIONS = """
[req]
distinguished_name = nothing
[nothing]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[plain_authority]
basicConstraints = CA:TRUE
"""
COMPLETE = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Certificates:
    """A certificate authority, and certificates that it signs for 127.0.0.1 and ::1.

    They carry all that Python 3.13 and newer ask for as a client (VERIFY_X509_STRICT). The plain ones carry as little
    as many a private authority writes.
    """

    def __init__(self, folder: Path, openssl: str) -> None:
        self.folder = folder
        self._openssl = openssl
        self.path("extensions").write_text(EXTENSIONS)
        self._make_authority("ca", "authority")
        self._make_authority("plain-ca", "plain_authority")
        for name, usage in (("server", "serverAuth"), ("renewed", "serverAuth"), ("client", "clientAuth")):
            self._sign(name, f"{COMPLETE}extendedKeyUsage = {usage}\n", "ca")
        self._sign("plain", "", "plain-ca")

    def path(self, name: str) -> Path:
        return self.folder / name

    def install(self, name: str, folder: Path) -> None:
        """Put one of the certificates and its key in place as `server.crt` and `server.key`, as a renewal does."""
        for suffix in ("crt", "key"):
            new = folder / f"new.{suffix}"
            shutil.copy(self.path(f"{name}.{suffix}"), new)
            new.replace(folder / f"server.{suffix}")
        shutil.copy(self.path("ca.crt"), folder / "ca.crt")

    def client_context(self, *, certificate: str | None = None) -> ssl.SSLContext:
        """A client that trusts the authority, and shows the named one of the certificates."""
        context = ssl.create_default_context(cafile=str(self.path("ca.crt")))
        if certificate is not None:
            context.load_cert_chain(self.path(f"{certificate}.crt"), self.path(f"{certificate}.key"))
        return context

    def _make_authority(self, name: str, extensions: str) -> None:
        written = ("-config", "extensions", "-extensions", extensions, "-subj", f"/CN=test {extensions}")
        self.run("req", "-x509", *self._new_key(name), "-out", f"{name}.crt", "-days", "3650", *written)

    def _new_key(self, name: str) -> tuple[str, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")

    def _sign(self, name: str, extensions: str, authority: str) -> None:
        names = f"subjectAltName = DNS:{name}.example, IP:127.0.0.1, IP:::1\n"
        self.path("wanted").write_text(extensions + names)
        self.run("req", *self._new_key(name), "-config", "extensions", "-out", "request", "-subj", f"/CN={name}")
        signer = ("-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "3650")
        self.run("x509", "-req", "-in", "request", *signer, "-extfile", "wanted", "-out", f"{name}.crt")

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
