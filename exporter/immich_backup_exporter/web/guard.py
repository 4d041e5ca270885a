"""What every request passes first: rate limit, user and password; and the headers that every answer carries."""

import asyncio
import os
import traceback
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.words import ENGLISH

from .config import RateLimit, WebConfig
from .users import BusyError, Passwords

_DEFAULT_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}

_RUN_REPORTS = "/api/v1/runs"
"""Needs no user: reports carry a bearer token in the very header of basic auth, and their own handler checks it."""
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Guard:
    """Wraps the application. ``config`` is asked once per request, so that a change holds at once.

    ``on_error`` gets a message for each request that a fault of the agent's cost its answer.
    """

    def __init__(self, app: ASGIApp, config: Callable[[], WebConfig], on_error: Callable[[Message], None]) -> None:
        self._app = app
        self._config = config
        self._on_error = on_error
        self._passwords = Passwords()
        self._bucket = _Bucket()

    def close(self) -> None:
        self._passwords.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except ClientDisconnect:
            return  # before its request had arrived; no client is left to answer
        except Exception as error:
            self._on_error(_fault(scope, error))
            raise  # for the HTTP server: it answers with 500, or closes the connection

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        config = self._config()

        async def send_with_headers(event: Event) -> None:
            if event["type"] == "http.response.start":
                headers = MutableHeaders(scope=event)
                for name, value in _DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
                for name, value in config.headers.items():
                    if value:
                        headers[name] = value
                    elif name in headers:
                        del headers[name]
            await send(event)

        app = await self._refusal(config, scope) or self._app
        await app(scope, receive, send_with_headers)

    async def _refusal(self, config: WebConfig, scope: Scope) -> ASGIApp | None:
        if not self._bucket.take(config.rate_limit):
            return _said(Message("web.too_many_requests"), 429)
        if not config.users or _is_run_report(scope["path"]):
            return None
        try:
            if await self._passwords.accept(config.users, Headers(scope=scope).get("authorization")):
                return None
        except BusyError:
            return _said(Message("web.too_many_passwords"), 503, {"Retry-After": "5"})
        return _said(Message("web.unauthorized"), 401, {"WWW-Authenticate": "Basic"})


def _is_run_report(path: str) -> bool:
    """The same decoded path is what the routes match, so that nothing else is served under it."""
    return path == _RUN_REPORTS or path.startswith(f"{_RUN_REPORTS}/")


def _said(message: Message, status: int, headers: Mapping[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(f"{ENGLISH.render(message)}\n", status, headers)


def _fault(scope: Scope, error: Exception) -> Message:
    """Where it happened instead of the error's own words, which may hold a secret."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    file, line = [each for each in frames if each[0].startswith(f"{_PACKAGE}{os.sep}")][-1]
    place = f"{os.path.relpath(file, _PACKAGE)}:{line}"
    return Message("web.fault", path=repr(scope["path"][:80]), kind=type(error).__name__, place=place)


class _Bucket:
    """A token bucket over all requests, as the exporter-toolkit's."""

    def __init__(self) -> None:
        self._limit: RateLimit | None = None
        self._tokens = 0.0
        self._filled_at = 0.0

    def take(self, limit: RateLimit | None) -> bool:
        """One request more; whether it is within the limit."""
        if limit is None:
            return True
        now = asyncio.get_running_loop().time()
        if limit != self._limit:
            self._limit, self._tokens, self._filled_at = limit, float(limit.burst), now
        self._tokens = min(float(limit.burst), self._tokens + (now - self._filled_at) / limit.interval_seconds)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
