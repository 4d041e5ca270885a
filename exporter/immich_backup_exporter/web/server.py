"""Runs uvicorn inside the agent's event loop: the agent owns signals and logging, uvicorn only answers."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .config import WebConfig
from .guard import Guard
from .listen import open_sockets
from .tls import RenewingContext
from .watch import WebConfigFile

_REQUEST_SECONDS = 10
"""A request must have arrived within this time, else its connection is closed."""
_KEEP_ALIVE_SECONDS = 75
"""Longer than the usual scrape interval of a minute, so that a scraper keeps its connection."""
_SHUTDOWN_SECONDS = 2


class WebServer:
    """Serves ``app`` on every address, behind the web configuration.

    ``on_error`` gets one sentence when a changed web configuration cannot be used.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        addresses: Sequence[str],
        web_config_file: str | None = None,
        on_error: Callable[[str], None],
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
        guard = Guard(self._app, web.config if web is not None else lambda: default)
        self._sockets = open_sockets(self._addresses)
        self._bound = tuple(opened.getsockname()[:2] for opened in self._sockets)
        config = uvicorn.Config(
            guard,
            loop="asyncio",
            http=_Protocol,
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
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
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

    async def main_loop(self) -> None:
        """Wakes once a second, for the ``Date`` header, instead of ten times."""
        while not await self.on_tick(0):
            try:
                async with asyncio.timeout(1):
                    await self._stopping.wait()
            except TimeoutError:
                continue


class _Protocol(H11Protocol):
    """Closes connections on which a request is slow to arrive: uvicorn itself waits for the first one for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._watch_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        super().shutdown()
        # A closing TLS connection would wait for its peer, which has no reason to answer.
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            self.transport.abort()

    def _watch_request(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._forget_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_REQUEST_SECONDS, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
