"""Listen addresses as Prometheus writes them, and the sockets for them."""

import errno
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from immich_backup_exporter.domain.errors import ExplainedError
from immich_backup_exporter.domain.messages import Message

_ADDRESS = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*):(?P<port>[0-9]{1,5})")
_BACKLOG = 128


class ListenError(ExplainedError):
    """An address cannot be listened on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """``host`` is empty for every interface, over IPv6 and IPv4."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> ListenAddress:
    """``:10321``, ``0.0.0.0:10321``, ``[::1]:10321``, ``localhost:10321``. Raises ``ListenError``."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ListenError(Message("web.bad_address", value=repr(text[:80])))
    host = match["host"].strip("[]")
    # As in Go, the unspecified IPv6 address means every address of both families.
    return ListenAddress(host="" if host == "::" else host, port=int(match["port"]))


def open_sockets(addresses: Sequence[str]) -> list[socket.socket]:
    """One listening socket per address, all or none. Raises ``ListenError``."""
    parsed = [parse_address(address) for address in addresses]
    sockets: list[socket.socket] = []
    try:
        for address in parsed:
            opened = _open(address)
            # Connections inherit it. asyncio sets it only where a socket names its protocol, which these do not, and
            # without it an answer's body waits 40 ms for the acknowledgement of its head.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(opened)
    except OSError as error:
        for opened in sockets:
            opened.close()
        raise ListenError(_explained(str(address), error)) from None
    return sockets


def _open(address: ListenAddress) -> socket.socket:
    if not address.host:
        try:
            both = socket.has_dualstack_ipv6()
            family = socket.AF_INET6 if both else socket.AF_INET
            opened = socket.create_server(("", address.port), family=family, dualstack_ipv6=both, backlog=_BACKLOG)
        except OSError as error:
            # A kernel may offer IPv6 sockets and yet have no IPv6 address to bind.
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            opened = socket.create_server(("", address.port), backlog=_BACKLOG)
    else:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A name that stands for both families is taken as its IPv4 address, as Go does.
        family, _, _, _, where = min(found, key=lambda each: each[0] != socket.AF_INET)
        opened = socket.create_server(where, family=family, backlog=_BACKLOG)
    opened.setblocking(False)
    return opened


def _explained(address: str, error: OSError) -> Message:
    if isinstance(error, socket.gaierror):
        return Message("web.unknown_host", address=address)
    if error.errno == errno.EADDRINUSE:
        return Message("web.address_in_use", address=address)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Message("web.address_forbidden", address=address)
    if error.errno == errno.EADDRNOTAVAIL:
        return Message("web.address_of_another_machine", address=address)
    return Message("web.address_refused", address=address, reason=error.strerror)
