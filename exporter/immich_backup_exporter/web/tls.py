"""TLS contexts from the web configuration, exchanged between two connections when a certificate is renewed."""

import ipaddress
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from immich_backup_exporter.domain.messages import Message

from .config import ClientAuth, Pem, TlsSettings, refused

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFY_MODES = {
    ClientAuth.NONE: ssl.CERT_NONE,
    ClientAuth.IF_GIVEN: ssl.CERT_OPTIONAL,
    ClientAuth.REQUIRED: ssl.CERT_REQUIRED,
}


_TOLD_TO_CLIENT = (
    "CERTIFICATE_VERIFY_FAILED",
    "NO_SHARED_CIPHER",
    "NO_SUITABLE_GROUPS",
    "NO_SUITABLE_KEY_SHARE",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE",
    "UNSUPPORTED_PROTOCOL",
)
"""Failures of clients that do speak TLS: they hang up once they are told. Others would leave the connection open."""


class _ServerConnection(ssl.SSLObject):
    """One connection, from a :class:`_ServerContext`."""

    _failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason not in _TOLD_TO_CLIENT:
                raise
            # asyncio would close without sending the alert that OpenSSL has ready, and a client without a certificate
            # would learn no more than that the connection ended. Asking for more makes it send; the next call fails.
            self._failure = error
            raise ssl.SSLWantReadError from error
        self._check_names()

    def _check_names(self) -> None:
        """Look at the client's names, for which OpenSSL offers Python no callback."""
        context = self.context
        if isinstance(context, _ServerContext) and context.allowed_sans:
            certificate = self.getpeercert() or {}
            names = {_normal(str(entry[1])) for entry in certificate.get("subjectAltName", ())}
            if not names & context.allowed_sans:
                raise ssl.SSLCertVerificationError("the client's certificate carries none of client_allowed_sans")


class _ServerContext(ssl.SSLContext):
    allowed_sans: frozenset[str] = frozenset()
    sslobject_class = _ServerConnection


class RenewingContext(ssl.SSLContext):
    """Stands for whatever context ``current`` returns at the moment a connection arrives.

    asyncio keeps one context per listening socket but calls its ``wrap_bio`` for each connection. Unlike a swap in
    ``sni_callback`` this also renews the client CA, the versions and the ciphers.
    """

    _current: Callable[[], ssl.SSLContext]

    @classmethod
    def following(cls, current: Callable[[], ssl.SSLContext]) -> "RenewingContext":
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context._current = current
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        return self._current().wrap_bio(*args, **kwargs)


def build_context(settings: TlsSettings) -> ssl.SSLContext:
    """Read the certificates and make a context of them. Raises ``ConfigurationError``."""
    context = _ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[settings.min_version]
    context.maximum_version = _VERSIONS[settings.max_version]
    context.set_alpn_protocols(["http/1.1"])
    _load_certificate(context, settings)
    if settings.client_ca is not None:
        _load_client_ca(context, settings.client_ca)
    context.verify_mode = _VERIFY_MODES[settings.client_auth]
    context.allowed_sans = frozenset(_normal(name) for name in settings.client_allowed_sans)
    if settings.ciphers:
        _set_ciphers(context, settings.ciphers)
    if not settings.prefer_server_ciphers:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if settings.curve is not None:
        _set_curve(context, settings.curve)
    return context


def _load_certificate(context: ssl.SSLContext, settings: TlsSettings) -> None:
    with _as_file(_read(settings.cert)) as cert_path, _as_file(_read(settings.key)) as key_path:
        try:
            context.load_cert_chain(cert_path, key_path, password=_no_passphrase)
        except _EncryptedKeyError:
            problem = Message("web_config.key_with_passphrase", key=settings.key.key)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                problem = Message("web_config.key_of_another", key=settings.key.key)
            else:
                problem = Message("web_config.unusable_pem", key=settings.cert.key)
        else:
            return
    raise refused(problem)


def _load_client_ca(context: ssl.SSLContext, pem: Pem) -> None:
    try:
        context.load_verify_locations(cadata=_read(pem).decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        raise refused(Message("web_config.no_pem", key=pem.key)) from None


def _set_ciphers(context: ssl.SSLContext, ciphers: tuple[str, ...]) -> None:
    try:
        context.set_ciphers(":".join(ciphers))
    except ssl.SSLError:
        raise refused(Message("web_config.no_cipher_offered")) from None


def _set_curve(context: ssl.SSLContext, curve: str) -> None:
    try:
        context.set_ecdh_curve(curve)
    except (ssl.SSLError, ValueError):
        # Python 3.11.2, which is Debian 12's, cannot choose X25519. To go on without it would widen the choice.
        raise refused(Message("web_config.curve_not_offered", curve=curve)) from None


class _EncryptedKeyError(Exception):
    pass


def _no_passphrase() -> str:
    # Without this OpenSSL would ask for the passphrase on the terminal.
    raise _EncryptedKeyError


def _read(pem: Pem) -> bytes:
    if pem.path is None:
        return (pem.text or "").encode()
    try:
        with open(pem.path, "rb") as file:
            return file.read()
    except OSError as error:
        raise refused(Message("web_config.pem_unreadable", key=pem.key, reason=error.strerror)) from None


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A path for OpenSSL, which takes a certificate and its key from files only; nothing is written to a disk."""
    descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _normal(name: str) -> str:
    """One spelling per address: OpenSSL prints IPv6 addresses in full, people write them short."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name
