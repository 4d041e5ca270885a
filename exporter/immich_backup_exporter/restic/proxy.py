"""Which proxy restic would use: the agent must reach a server the way restic does."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, variables: Mapping[str, str]) -> str | None:
    """The proxy's URL, or ``None`` for a direct connection.

    As Go does it (golang.org/x/net/http/httpproxy): ``HTTPS_PROXY`` or ``HTTP_PROXY`` by the URL's scheme, in capitals
    first; this machine is never reached through a proxy; ``NO_PROXY`` lists what is not.
    """
    parts = urlsplit(url)
    name = "HTTPS_PROXY" if parts.scheme == "https" else "HTTP_PROXY"
    proxy = variables.get(name) or variables.get(name.lower())
    host = parts.hostname
    if not proxy or not host:
        return None
    port = parts.port or _PORTS.get(parts.scheme, 0)
    direct = variables.get("NO_PROXY") or variables.get("no_proxy") or ""
    if _is_this_machine(host) or any(_matches(entry.strip().lower(), host, port) for entry in direct.split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _matches(entry: str, host: str, port: int) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    address = _address(host)
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    if (listed := _address(entry)) is not None:
        return address == listed
    name, colon, listed_port = entry.rpartition(":")
    if colon and listed_port.isdigit():
        if int(listed_port) != port:
            return False
        entry = name
    if (listed := _address(entry.strip("[]"))) is not None:
        return address == listed
    entry = entry.removeprefix("*")
    if entry.startswith("."):
        return host.endswith(entry)
    return host == entry or host.endswith(f".{entry}")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
