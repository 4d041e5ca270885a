"""Asks the running agent's ``/-/healthy``, for a container's health check; with the standard library's HTTP client."""

import http.client
import ssl
from collections.abc import Sequence

from immich_backup_exporter.domain.errors import ConfigurationError

from .config import load_web_config
from .listen import ListenError, parse_address

_TIMEOUT_SECONDS = 3
_UNSPECIFIED = ("", "0.0.0.0")  # noqa: S104 - compared, not bound
_Verdict = tuple[bool, str]


def healthcheck(addresses: Sequence[str], web_config_file: str | None) -> _Verdict:
    """Whether the agent that listens on the first of ``addresses`` is alive, and a sentence. Takes 3 seconds at most.

    It is asked over loopback, hence without looking at the name in its certificate. Neither a plain password nor a
    client's certificate is known here: being asked for one is an answer of our own server, and proves it alive.
    """
    try:
        address = parse_address(addresses[0])
    except ListenError as error:
        return False, str(error)
    if address.port == 0:
        return False, "The agent chose its port itself (:0) and cannot be found; give it a fixed port."
    host = "127.0.0.1" if address.host in _UNSPECIFIED else address.host
    try:
        with_tls = web_config_file is not None and load_web_config(web_config_file).tls is not None
    except ConfigurationError:
        # The agent keeps its last good web configuration and may well be alive; only how it speaks is not known.
        verdict = _ask(host, address.port, with_tls=True)
        return verdict if verdict[0] else _ask(host, address.port, with_tls=False)
    return _ask(host, address.port, with_tls=with_tls)


def _ask(host: str, port: int, *, with_tls: bool) -> _Verdict:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    if with_tls:
        connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=_any_certificate())
    try:
        connection.request("GET", "/-/healthy")
        return _judge(connection.getresponse().status)
    except ssl.SSLError as error:
        # This is how a server of ours turns away whoever has no certificate.
        if "ALERT" in (error.reason or ""):
            return True, "The agent is alive: it asked for a client certificate, which the health check has not."
        return False, "The agent does not answer in TLS as its web configuration says."
    except TimeoutError:
        return False, f"The agent did not answer within {_TIMEOUT_SECONDS} seconds."
    except ConnectionRefusedError:
        return False, "Nothing listens on the agent's port; it is not running, or listens elsewhere."
    except (OSError, http.client.HTTPException):
        return False, "The agent closed the connection without an answer, or cannot be reached."
    finally:
        connection.close()


def _judge(status: int) -> _Verdict:
    if status == http.client.OK:
        return True, "The agent is healthy."
    if status == http.client.UNAUTHORIZED:
        return True, "The agent is alive: it asked for a password, which the health check does not know."
    if status == http.client.TOO_MANY_REQUESTS:
        return True, "The agent is alive: it limits the rate of requests."
    return False, f"The agent's port answered with status {status}; another program may listen there."


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
