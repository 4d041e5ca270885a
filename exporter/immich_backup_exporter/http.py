"""How this agent speaks HTTP to other machines: never redirected, never with what the environment says, never endless.

httpx follows nothing here, since a redirect would carry credentials elsewhere and turns a POST into a GET. It takes
140 ms to import, so import this module only where there is somebody to speak to.
"""

import logging
import ssl
from collections.abc import Callable

import httpx

Auth = Callable[[httpx.Request], httpx.Request]
"""Puts credentials into a request."""

for _name in ("httpx", "httpcore"):  # they tell the log each request with its URL, which may hold a secret
    logging.getLogger(_name).setLevel(logging.WARNING)


class UnexpectedAnswerError(Exception):
    """A server sent more than it was asked for: too many bytes, or an encoding that was not accepted."""


def client(
    *, tls: ssl.SSLContext, keep_open_seconds: float, proxy: str | None = None, unix_socket: str | None = None
) -> httpx.AsyncClient:
    """A client with one connection. It has no timeout of its own, since httpx's are not for a request as a whole."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=keep_open_seconds)
    transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits, proxy=proxy, uds=unix_socket)
    return httpx.AsyncClient(transport=transport, trust_env=False, timeout=None, follow_redirects=False)  # noqa: S113


def blocking_client(*, timeout_seconds: float, auth: Auth) -> httpx.Client:
    """The same for a thread, with the environment's proxies and certificates; ``timeout_seconds`` is for each step."""
    return httpx.Client(timeout=timeout_seconds, auth=auth, follow_redirects=False)


async def body(answer: httpx.Response, limit_bytes: int) -> bytes:
    """The whole body, as it came over the wire. Raises ``UnexpectedAnswerError`` past the limit or where it is packed.

    What was read is dropped at once then: a traceback would keep it until the garbage is collected.
    """
    _check_head(answer, limit_bytes)
    read = bytearray()
    try:
        async for part in answer.aiter_raw():
            read += part
            if len(read) > limit_bytes:
                raise UnexpectedAnswerError("the answer is too long")
        return bytes(read)
    finally:
        read.clear()


def short_text(answer: httpx.Response, limit_bytes: int) -> str | None:
    """The body of a streamed answer where it is plain text and not longer than that, else ``None``."""
    if not answer.headers.get("Content-Type", "").startswith("text/plain"):
        return None
    text = b""
    for part in answer.iter_bytes():
        text += part
        if len(text) > limit_bytes:
            return None
    return text.decode("utf-8", "replace").strip()


def _check_head(answer: httpx.Response, limit_bytes: int) -> None:
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnexpectedAnswerError("the answer is packed")
    length = answer.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limit_bytes:
        raise UnexpectedAnswerError("the answer is too long")
