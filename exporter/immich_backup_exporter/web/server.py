"""Runs uvicorn inside the agent's event loop: the agent owns signals and logging, uvicorn only answers."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from immich_backup_exporter.domain.messages import Message

from .config import WebConfig
from .connection import Connection
from .guard import Guard
from .listen import open_sockets
from .tls import RenewingContext
from .watch import WebConfigFile

_KEEP_ALIVE_SECONDS = 75
"""Longer than the usual scrape interval of a minute, so that a scraper keeps its connection."""
_SHUTDOWN_SECONDS = 2
"""What a request that is open when the server stops has left."""
_CUT_OFF_SECONDS = 0.5
"""What an answer of 500 to such a request has left to be sent."""


class WebServer:
    """Serves ``app`` on every address, behind the web configuration.

    ``on_error`` gets a message when a changed web configuration cannot be used, and when a fault of the agent's cost
    a request its answer. Nothing is written to standard error.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        addresses: Sequence[str],
        web_config_file: str | None = None,
        on_error: Callable[[Message], None],
    ) -> None:
        self._app = app
        self._addresses = addresses
        self._web_config_file = web_config_file
        self._on_error = on_error
        self._sockets: list[socket.socket] = []
        self._bound: tuple[tuple[str, int], ...] = ()
        self._guard: Guard | None = None
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.scheme = "http"

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of each address, in their order; the real one where 0 was asked for."""
        return tuple(port for _, port in self._bound)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where each address can be reached from this machine."""
        return tuple(f"{self.scheme}://{_reachable(host)}:{port}/" for host, port in self._bound)

    async def start(self) -> None:
        """Returns once requests are answered. Raises ``ConfigurationError`` and ``ListenError``."""
        web = WebConfigFile(self._web_config_file, self._on_error) if self._web_config_file is not None else None
        default = WebConfig()
        guard = Guard(self._app, web.config if web is not None else lambda: default, self._on_error)
        self._sockets = open_sockets(self._addresses)
        self._bound = tuple(opened.getsockname()[:2] for opened in self._sockets)
        config = uvicorn.Config(
            guard,
            loop="asyncio",
            http=Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            workers=1,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        config.load()
        if web is not None and web.tls:
            config.ssl = RenewingContext.following(web.context)
            self.scheme = "https"
        self._guard = guard
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(self._sockets), name="web server")
        started = asyncio.create_task(self._server.answering.wait())
        await asyncio.wait((self._task, started), return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            await self.stop()
            await self._task

    async def wait(self) -> None:
        """Returns when the server has stopped; raises what it died of."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End within about two seconds, whatever connections are open. May be called again."""
        if self._server is not None:
            self._server.stop()
        if self._task is not None:
            await asyncio.wait((self._task,))
        if self._guard is not None:
            self._guard.close()
        for opened in self._sockets:
            opened.close()


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves SIGINT and SIGTERM to the agent, which has more to end than the server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - as in uvicorn
        """Let requests end for a while, then cut them off.

        Unlike uvicorn's own this logs nothing, and does not wait for clients that are slow to begin with TLS: Python
        3.12 and newer count those, too.
        """
        for server in self.servers:
            server.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if not await self._all_ended(_SHUTDOWN_SECONDS):
            for request in tuple(self.server_state.tasks):
                request.cancel()
            await self._all_ended(_CUT_OFF_SECONDS)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()

    async def _all_ended(self, seconds: float) -> bool:
        """Whether within this time no request is left, and no connection with something left to send."""
        try:
            async with asyncio.timeout(seconds):
                while self.server_state.tasks or self.server_state.connections:  # noqa: ASYNC110 - sets of uvicorn's
                    await asyncio.sleep(0.02)
        except TimeoutError:
            return False
        return True

    async def main_loop(self) -> None:
        """Wakes once a second, for the ``Date`` header, instead of ten times."""
        while not await self.on_tick(0):
            try:
                async with asyncio.timeout(1):
                    await self._stopping.wait()
            except TimeoutError:
                continue
