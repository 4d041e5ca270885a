"""Asks the agent that runs on this machine, over loopback, with the standard library's HTTP client."""

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from immich_backup_exporter.domain.errors import ConfigurationError, ExplainedError
from immich_backup_exporter.domain.messages import Message

from .config import load_web_config
from .listen import ListenError, parse_address

_UNSPECIFIED = ("", "0.0.0.0")  # noqa: S104 - compared, not bound


class NoAnswerError(ExplainedError):
    """The agent could not be asked."""


class RefusedError(NoAnswerError):
    """Something of ours answers, but not to us: it asks for a certificate, a password or for fewer requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an agent listens, as seen from its own machine."""

    host: str
    port: int
    with_tls: bool

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.with_tls else 'http'}://{host}:{self.port}"


def targets(addresses: Sequence[str], web_config_file: str | None) -> tuple[Target, ...]:
    """Where the agent that listens on the first of ``addresses`` may be, the likelier first.

    Two where its web configuration cannot be read: it keeps its last good one, and only how it speaks is not known.
    """
    try:
        address = parse_address(addresses[0])
    except ListenError as error:
        raise NoAnswerError(error.message) from None
    if address.port == 0:
        raise NoAnswerError(Message("asking.port_not_fixed"))
    host = "127.0.0.1" if address.host in _UNSPECIFIED else address.host
    try:
        ways = [web_config_file is not None and load_web_config(web_config_file).tls is not None]
    except ConfigurationError:
        ways = [True, False]
    return tuple(Target(host=host, port=address.port, with_tls=way) for way in ways)


def ask(
    target: Target, path: str, timeout_seconds: float, asker: Message, headers: Mapping[str, str] | None = None
) -> bytes:
    """The answer to one GET. Raises :class:`NoAnswerError`, whose message names the ``asker``.

    It is asked over loopback, hence without looking at the name in its certificate.
    """
    host, port = target.host, target.port
    connection = http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    if target.with_tls:
        connection = http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=_any_certificate())
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        body = answer.read()
    except ssl.SSLError as error:
        # This is how a server of ours turns away a client without a certificate.
        if "ALERT" in (error.reason or ""):
            raise RefusedError(Message("asking.no_client_certificate", asker=asker)) from None
        raise NoAnswerError(Message("asking.no_tls")) from None
    except TimeoutError:
        raise NoAnswerError(Message("asking.too_slow", seconds=timeout_seconds)) from None
    except ConnectionRefusedError:
        raise NoAnswerError(Message("asking.nothing_listens")) from None
    except (OSError, http.client.HTTPException):
        raise NoAnswerError(Message("asking.no_answer")) from None
    finally:
        connection.close()
    _judge(answer.status, asker)
    return body


def _judge(status: int, asker: Message) -> None:
    if status == http.client.UNAUTHORIZED:
        raise RefusedError(Message("asking.no_password", asker=asker))
    if status == http.client.TOO_MANY_REQUESTS:
        raise RefusedError(Message("asking.rate_limited"))
    if status != http.client.OK:
        raise NoAnswerError(Message("asking.other_status", status=status))


def basic_auth(user: str, password: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"}


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
