"""A PostgreSQL server of one test session's own, for real dumps. It listens on a socket in its own folder only."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from support.tools import tool
from support.unprivileged import NOBODY, ROOT, merely_not_root
from support.waiting import PATIENCE_SECONDS, eventually


def _environment(socket_folder: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C", "PGHOST": socket_folder, "PGUSER": "postgres"}


class Postgres:
    """A running server."""

    def __init__(self, socket_folder: str) -> None:
        self._environment = _environment(socket_folder)

    def sql(self, database: str, statements: str) -> None:
        command = [tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database]
        subprocess.run(command, input=statements.encode(), env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def dump(self, database: str, *options: str) -> bytes:
        """What Immich runs since v2.5.0."""
        return self._output("pg_dump", database, "--clean", "--if-exists", *options)

    def dump_all(self, *options: str) -> bytes:
        """What Immich ran before."""
        return self._output("pg_dumpall", "--clean", "--if-exists", *options)

    def ready(self) -> bool:
        command = [tool("psql"), "-X", "-q", "-d", "postgres", "-c", ""]
        return subprocess.run(command, env=self._environment, capture_output=True, check=False).returncode == 0

    def _output(self, program: str, *arguments: str) -> bytes:
        command = [tool(program), *arguments]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True).stdout


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make a cluster in a folder with a short path (sockets need one), start it, and remove both in the end."""
    initdb, postgres = tool("initdb"), tool("postgres")
    folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")
    if ROOT:
        os.chown(folder, NOBODY, NOBODY)
    environment = _environment(folder)
    data = f"{folder}/data"
    server: subprocess.Popen[bytes] | None = None
    try:
        make = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
        made = subprocess.run(merely_not_root(make), cwd=folder, env=environment, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
        quick = [f"-c{option}" for option in ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off")]
        serve = [postgres, "-D", data, "-k", folder, "-clisten_addresses=", *quick]
        server = subprocess.Popen(merely_not_root(serve), cwd=folder, env=environment, stderr=subprocess.DEVNULL)
        running = Postgres(folder)
        eventually(running.ready, every=0.05)
        yield running
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: waits for no client
            server.wait(timeout=PATIENCE_SECONDS)
        shutil.rmtree(folder)
