"""A real rest-server on 127.0.0.1 for the length of a `with` block."""

import base64
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import bcrypt

from support.tools import free_port, tool
from support.waiting import PATIENCE_SECONDS


class RestServer:
    """Serves the restic repositories below `folder`; `url("nas")` is the one in `folder/nas`, as restic is told it.

    Without `users` there is no authentication; with them (name to password) every request needs one. Ends by pid.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: Mapping[str, str] | None = None,
        append_only: bool = False,
        private_repos: bool = False,
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log_file = folder.parent / f"{folder.name}-requests.log"
        self._fixed_port = port is not None
        self._users = dict(users or {})
        self._scheme = "https" if tls_cert else "http"
        self._flags = ["--append-only"] * append_only + ["--private-repos"] * private_repos
        if tls_cert and tls_key:
            self._flags += ["--tls", "--tls-cert", str(tls_cert), "--tls-key", str(tls_key)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def address(self) -> str:
        """The server's root for an HTTP client, without credentials: `http://127.0.0.1:PORT`."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def url(self, name: str = "", *, user: str | None = None, password: str | None = None) -> str:
        """What restic calls the repository; `user` brings the password that the server knows, if no other is given."""
        credentials = ""
        if user is not None:
            secret = self._users.get(user, "") if password is None else password
            credentials = f"{quote(user, safe='')}:{quote(secret, safe='')}@"
        path = f"{name}/" if name else ""
        return f"rest:{self._scheme}://{credentials}127.0.0.1:{self.port}/{path}"

    def authorization(self, user: str) -> str:
        """The value of the Authorization header that lets `user` in."""
        return "Basic " + base64.b64encode(f"{user}:{self._users[user]}".encode()).decode()

    def requests(self) -> list[str]:
        """One line of the server's log for each request so far, such as `"GET /nas/snapshots/ HTTP/1.1" 200`."""
        lines = self.log_file.read_text().splitlines() if self.log_file.exists() else []
        return [_request_and_status(line) for line in lines]

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(5):
            if self._start_once():
                return
            if not self._fixed_port:
                self.port = free_port()  # another process took the port in between
        raise AssertionError(f"rest-server did not start on port {self.port}")

    def stop(self) -> None:
        """Ends the server; the folder and the log stay. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start_once(self) -> bool:
        command = [tool("rest-server"), "--path", str(self.folder), "--listen", f"127.0.0.1:{self.port}"]
        command += ["--log", str(self.log_file), *self._flags, *self._authentication()]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._process = process
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
                continue
            time.sleep(0.01)
            if process.poll() is None:  # else it was another's port that answered
                return True
        self.stop()
        return False

    def _authentication(self) -> list[str]:
        if not self._users:
            return ["--no-auth"]
        file = self.folder.parent / f"{self.folder.name}.htpasswd"
        # Four rounds, the fewest bcrypt has: the tests are about the credentials, not about their strength.
        hashes = {name: bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)) for name, secret in self._users.items()}
        file.write_text("".join(f"{name}:{value.decode()}\n" for name, value in hashes.items()))
        return ["--htpasswd-file", str(file)]


def _request_and_status(line: str) -> str:
    _, request, rest = line.split('"', 2)
    return f'"{request}" {rest.split()[0]}'
