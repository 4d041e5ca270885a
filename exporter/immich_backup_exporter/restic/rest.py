"""Listing a repository on a REST server over HTTP. Imported only where there is one: httpx is not small."""

import asyncio
import base64
import ssl
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import tenacity

from immich_backup_exporter import http
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import Listing, LockName
from immich_backup_exporter.formats import rest_listing
from immich_backup_exporter.formats.repository_url import RestServer

from . import causes
from .causes import Cause
from .proxy import proxy_for

ATTEMPTS = 3
LARGEST_ANSWER_BYTES = 64 * 2**20
"""More than half a million snapshots."""
KEPT_OPEN_SECONDS = 900.0
"""Longer than the usual interval between polls."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a server, in seconds."""

    deadline: float = 30.0
    """For a whole listing with all its attempts."""
    attempt: float = 10.0
    """For one attempt at one request."""
    pause: float = 0.5
    """Between two attempts at first; it doubles, and chance shortens it."""


class _Failed(Exception):  # noqa: N818 - carried up to where it becomes a RepositoryError
    def __init__(self, cause: Cause, *, again: bool = False) -> None:
        super().__init__(cause.message.id)
        self.cause = cause
        self.again = again


class _NotThere(Exception):  # noqa: N818 - an answer, not a failure: 404
    pass


class RestListing:
    """Lists one repository; keeps its connection from one poll to the next."""

    def __init__(self, server: RestServer, patience: Patience) -> None:
        self._server = server
        self._patience = patience
        self._client: httpx.AsyncClient | None = None
        self._made_for: _Connection | None = None
        self._closed = False
        self._last: dict[str, tuple[bytes, frozenset[str]]] = {}

    async def list(self, variables: Mapping[str, str]) -> Listing:
        """The names in ``snapshots/`` and ``locks/``; no password of the repository is needed for them.

        ``variables``: the repository's environment; credentials, certificates and proxies are taken from it as restic
        does. ``RepositoryError`` by the deadline at the latest.
        """
        return await self._bounded(self._list(variables))

    async def holds(self, folder: str, variables: Mapping[str, str]) -> bool:
        """Whether the server lists anything in ``folder``."""
        return bool(await self._bounded(self._names_or_none(folder, variables)))

    async def close(self) -> None:
        """Close the connection for good."""
        self._closed = True
        await self._disconnect()

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _list(self, variables: Mapping[str, str]) -> Listing:
        try:
            snapshots = await self._names("snapshots", variables)
        except _NotThere:
            raise _Failed(causes.NOT_FOUND) from None
        locks = await self._names_or_none("locks", variables)
        return Listing(snapshot_ids=snapshots, locks=tuple(LockName(name=name) for name in sorted(locks)))

    async def _bounded(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            async with asyncio.timeout(self._patience.deadline):
                return await work
        except TimeoutError:
            raise causes.TIMEOUT.error() from None
        except _Failed as failed:
            if failed.cause.reason is not FailureReason.UNAUTHORIZED:
                await self._disconnect()  # a new one reads the certificates anew
            raise failed.cause.error() from None

    async def _names_or_none(self, folder: str, variables: Mapping[str, str]) -> frozenset[str]:
        try:
            return await self._names(folder, variables)
        except _NotThere:
            return frozenset()

    async def _names(self, folder: str, variables: Mapping[str, str]) -> frozenset[str]:
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=self._patience.pause, max=5),
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, _Failed) and error.again),
            reraise=True,
        )
        data: bytes = await attempts(self._get, folder, variables)
        last_data, last_names = self._last.get(folder, (None, frozenset[str]()))
        if data == last_data:
            return last_names  # most polls find nothing new: no need to parse it all again
        try:
            names = rest_listing.names(data)
        except rest_listing.MalformedListing:
            raise _Failed(causes.GARBAGE) from None
        self._last[folder] = (data, names)
        return names

    async def _get(self, folder: str, variables: Mapping[str, str]) -> bytes:
        try:
            async with asyncio.timeout(self._patience.attempt):
                return await self._request(folder, variables)
        except TimeoutError:
            raise _Failed(causes.TIMEOUT, again=True) from None
        except http.UnexpectedAnswerError:
            raise _Failed(causes.GARBAGE) from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError, ImportError) as error:
            raise _translated(error) from None

    async def _request(self, folder: str, variables: Mapping[str, str]) -> bytes:
        client = await self._connected(_Connection.of(self._server, variables))
        headers = {"Accept": rest_listing.ACCEPT, "Accept-Encoding": "identity"}
        if authorization := _authorization(self._server, variables):
            headers["Authorization"] = authorization
        async with client.stream("GET", f"{self._server.base_url}{folder}/", headers=headers) as response:
            _judge(response.status_code)
            return await http.body(response, LARGEST_ANSWER_BYTES)

    async def _connected(self, connection: "_Connection") -> httpx.AsyncClient:
        if self._closed:
            raise _Failed(causes.ENDED)
        if self._client is None or connection != self._made_for:
            await self._disconnect()
            self._client, self._made_for = connection.client(), connection
        return self._client


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connection:
    """What a client is made for; a new one is made when something of it changes."""

    secure: bool
    unix_socket: str | None
    proxy: str | None = field(repr=False)
    ca_file: str | None
    client_certificate: str | None
    system_ca_file: str | None
    system_ca_folder: str | None

    @classmethod
    def of(cls, server: RestServer, variables: Mapping[str, str]) -> "_Connection":
        return cls(
            secure=server.base_url.startswith("https:"),
            unix_socket=server.unix_socket,
            proxy=None if server.unix_socket else proxy_for(server.base_url, variables),
            ca_file=variables.get("RESTIC_CACERT") or None,
            client_certificate=variables.get("RESTIC_TLS_CLIENT_CERT") or None,
            system_ca_file=variables.get("SSL_CERT_FILE") or None,
            system_ca_folder=variables.get("SSL_CERT_DIR") or None,
        )

    def client(self) -> httpx.AsyncClient:
        return http.client(
            tls=self._tls(), keep_open_seconds=KEPT_OPEN_SECONDS, proxy=self.proxy, unix_socket=self.unix_socket
        )

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self.secure:
            return context
        try:
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
            elif self.system_ca_file or self.system_ca_folder:
                context.load_verify_locations(self.system_ca_file, self.system_ca_folder)
            else:
                context.load_default_certs()
            if self.client_certificate:
                context.load_cert_chain(self.client_certificate)
        except (OSError, ssl.SSLError):
            raise _Failed(causes.CERTIFICATE_FILE) from None
        return context


_REDIRECTED = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.redirected"),
    next_step=Message("restic.redirected_step"),
)
_PROXY = Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.proxy"),
    next_step=Message("restic.proxy_step"),
    transient=True,
)
_TOO_MANY_REQUESTS = 429


def _judge(status: int) -> None:
    """Raise what an answer other than 200 means."""
    if status == 200:
        return
    if status == 404:
        raise _NotThere
    if status in (401, 403, 407):
        raise _Failed(causes.UNAUTHORIZED)
    if 300 <= status < 400:
        raise _Failed(_REDIRECTED)
    if status >= 500 or status == _TOO_MANY_REQUESTS:
        raise _Failed(causes.SERVER_ERROR, again=True)
    raise _Failed(causes.GARBAGE)


def _translated(error: Exception) -> _Failed:
    chain = [error]
    while (following := chain[-1].__cause__ or chain[-1].__context__) is not None and isinstance(following, Exception):
        chain.append(following)
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        return _Failed(causes.CERTIFICATE)
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return _Failed(causes.NO_TLS)
    if isinstance(error, httpx.ProxyError | ImportError):
        return _Failed(_PROXY)
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
        return _Failed(causes.GARBAGE)
    if isinstance(error, httpx.DecodingError):
        return _Failed(causes.GARBAGE)
    if isinstance(error, httpx.TransportError | OSError):
        return _Failed(causes.UNREACHABLE, again=True)
    return _Failed(causes.ADDRESS)


def _authorization(server: RestServer, variables: Mapping[str, str]) -> str | None:
    """Basic authentication; as with restic the variables count only where the URL has no credentials at all."""
    username, password = server.username, server.password
    if username is None and password is None:
        username, password = variables.get("RESTIC_REST_USERNAME"), variables.get("RESTIC_REST_PASSWORD")
    if not username and not password:
        return None
    pair = f"{username or ''}:{password or ''}".encode("utf-8", "surrogateescape")
    return "Basic " + base64.b64encode(pair).decode()
