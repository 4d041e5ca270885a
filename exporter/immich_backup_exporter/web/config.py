"""Reads the web configuration file, in the exporter-toolkit's format: TLS, users, headers, rate limit.

Source of the format: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md. Where this
agent cannot do what a key asks for, the file is refused with the reason; no key is quietly without effect. One is
accepted although it changes nothing: ``http2``, because HTTP/2 is optional for every client.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import yaml

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Message

from .strict_yaml import DuplicateKeyError, Section, load_mapping


class ClientAuth(StrEnum):
    """Which certificate a client has to show; the names are Go's."""

    NONE = "NoClientCert"
    IF_GIVEN = "VerifyClientCertIfGiven"
    REQUIRED = "RequireAndVerifyClientCert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pem:
    """PEM text that stands in the file itself, or the absolute path of a file that holds it."""

    key: str
    """Where it was configured, for messages: ``tls_server_config.cert_file``."""
    path: str | None = None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """``tls_server_config``. Suites and curves carry OpenSSL's names."""

    cert: Pem
    key: Pem
    client_ca: Pem | None = None
    client_auth: ClientAuth = ClientAuth.NONE
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    ciphers: tuple[str, ...] = ()
    """For TLS 1.2; empty: OpenSSL's own choice."""
    prefer_server_ciphers: bool = True
    curve: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(pem.path for pem in (self.cert, self.key, self.client_ca) if pem is not None and pem.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A bucket of ``burst`` requests into which one more drops every ``interval_seconds``."""

    interval_seconds: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """The whole file. Without a file: the defaults, which are plain HTTP for everybody."""

    tls: TlsSettings | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Headers to set on every answer; blank: leave out the one that the agent would set."""
    users: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """User name to bcrypt hash; empty: no password is asked for."""
    rate_limit: RateLimit | None = None


def load_web_config(path: str) -> WebConfig:
    """Read and check the file, without touching the certificates that it names. Raises ``ConfigurationError``."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise refused(Message("web_config.unreadable", reason=error.strerror)) from None
    except UnicodeDecodeError:
        raise refused(Message("web_config.not_utf_8")) from None
    return parse_web_config(text, os.path.dirname(os.path.abspath(path)))


def refused(*problems: Message) -> ConfigurationError:
    """The error for a web configuration that cannot be used."""
    return ConfigurationError([Message("web_config.at", problem=problem) for problem in problems])


def parse_web_config(text: str, folder: str) -> WebConfig:
    """Check the text of a web configuration; relative paths start at ``folder``. Raises ``ConfigurationError``."""
    problems: list[Message] = []
    try:
        top = Section("", load_mapping(text), problems)
    except yaml.MarkedYAMLError as error:
        # PyYAML's own message quotes the line, which may hold a key or a hash.
        what = (
            Message("web_config.key_twice") if isinstance(error, DuplicateKeyError) else Message("web_config.not_yaml")
        )
        if error.problem_mark is None:
            raise refused(Message("web_config.whole_file", problem=what)) from None
        raise refused(Message("web_config.near_line", problem=what, line=error.problem_mark.line + 1)) from None
    except yaml.YAMLError:
        raise refused(Message("web_config.whole_file", problem=Message("web_config.not_yaml"))) from None
    tls = _tls(top.section("tls_server_config"), folder)
    http = top.section("http_server_config")
    http.boolean("http2", default=True)
    headers = _headers(http.section("headers"))
    http.finish()
    users = _users(top.section("basic_auth_users"))
    rate_limit = _rate_limit(top.section("rate_limit"))
    top.finish()
    if problems:
        raise refused(*problems)
    return WebConfig(tls=tls, headers=MappingProxyType(headers), users=MappingProxyType(users), rate_limit=rate_limit)


# The names that Go's crypto/tls.CipherSuites() gives to suites of TLS 1.2. OpenSSL 3.0 does not know them.
_CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
_CURVES = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
_UNVERIFIED_AUTH = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")


def _tls(section: Section, folder: str) -> TlsSettings | None:
    if section.empty:
        return None
    cert = _pem(section, "cert", folder)
    key = _pem(section, "key", folder)
    client_ca = _pem(section, "client_ca", folder)
    auth_name = section.text("client_auth_type") or ClientAuth.NONE.value
    client_auth = ClientAuth.NONE
    if auth_name in _UNVERIFIED_AUTH:
        section.problem("client_auth_type", Message("web_config.unverified_auth", value=auth_name))
    else:
        client_auth = ClientAuth(section.choice("client_auth_type", [each.value for each in ClientAuth], auth_name))
        if client_auth is ClientAuth.NONE and client_ca is not None:
            section.problem("client_ca_file", Message("web_config.client_ca_without_auth"))
        if client_auth is not ClientAuth.NONE and client_ca is None:
            section.problem("client_ca_file", Message("web_config.no_client_ca", auth=auth_name))
    sans = section.texts("client_allowed_sans")
    if sans and client_auth is not ClientAuth.REQUIRED and auth_name not in _UNVERIFIED_AUTH:
        section.problem("client_allowed_sans", Message("web_config.sans_without_auth"))
    min_version = _version(section, "min_version", "TLS12")
    max_version = _version(section, "max_version", "TLS13")
    ciphers = _ciphers(section)
    if ciphers is None:  # only suites of TLS 1.3 were named: those of TLS 1.2 are all off
        min_version = "TLS13"
    if min_version > max_version:
        section.problem("max_version", Message("web_config.no_version_left", version=max_version))
    prefer_server = section.boolean("prefer_server_cipher_suites", default=True)
    curve = _curve(section)
    section.finish()
    for name, pem in (("cert_file", cert), ("key_file", key)):
        if pem is None:
            section.problem(name, Message("web_config.no_certificate"))
    if cert is None or key is None:
        return None
    return TlsSettings(
        cert=cert,
        key=key,
        client_ca=client_ca,
        client_auth=client_auth,
        client_allowed_sans=tuple(sans),
        min_version=min_version,
        max_version=max_version,
        ciphers=ciphers or (),
        prefer_server_ciphers=prefer_server,
        curve=curve,
    )


def _pem(section: Section, name: str, folder: str) -> Pem | None:
    text = section.text(name)
    path = section.text(f"{name}_file")
    if text and path:
        section.problem(name, Message("web_config.both_set", name=name))
    if path:
        return Pem(key=section.path(f"{name}_file"), path=os.path.join(folder, path))
    if text:
        return Pem(key=section.path(name), text=text)
    return None


def _version(section: Section, name: str, default: str) -> str:
    if section.text(name) in ("TLS10", "TLS11"):
        section.problem(name, Message("web_config.old_tls"))
        return default
    return section.choice(name, ["TLS12", "TLS13"], default)


def _ciphers(section: Section) -> tuple[str, ...] | None:
    """OpenSSL's names; ``None``: suites were named, none of them of TLS 1.2.

    Go's list is about TLS 1.2 only, and so is this one: names of TLS 1.3 are accepted and restrict nothing there.
    """
    named = section.texts("cipher_suites")
    known: list[str] = []
    for name in named:
        if name in _CIPHERS:
            known.append(_CIPHERS[name])
        elif name not in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
            section.problem("cipher_suites", Message("web_config.unknown_cipher", value=repr(name[:60])))
    return None if named and not known else tuple(known)


def _curve(section: Section) -> str | None:
    named = section.texts("curve_preferences")
    unknown = [name for name in named if name not in _CURVES]
    if unknown:
        problem = Message("web_config.unknown_curve", value=repr(unknown[0][:60]), known=tuple(_CURVES))
        section.problem("curve_preferences", problem)
    elif len(named) > 1:
        section.problem("curve_preferences", Message("web_config.several_curves"))
    elif named:
        return _CURVES[named[0]]
    return None


_HEADERS: Mapping[str, Sequence[str]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def _headers(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, allowed in _HEADERS.items():
        value = section.text(name)
        if value is None:
            continue
        if not _HEADER_VALUE.fullmatch(value):
            section.problem(name, Message("web_config.header_not_ascii"))
        elif value and allowed and value not in allowed:
            section.problem(name, Message("web_config.no_choice", choices=tuple(allowed)))
        else:
            found[name] = value
    section.finish()
    return found


_BCRYPT = re.compile(r"\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")


def _users(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in section.names():
        value = section.text(name)
        if ":" in name or not name:
            section.problem(name, Message("web_config.bad_user"))
        elif value is None or not _BCRYPT.fullmatch(value):
            section.problem(name, Message("web_config.no_bcrypt"))
        else:
            found[name] = value
    return found


_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _rate_limit(section: Section) -> RateLimit | None:
    interval_seconds = 0.0
    interval = section.text("interval") or "0"
    parts = _DURATION_PART.findall(interval)
    if "".join(number + unit for number, unit in parts) == interval:
        interval_seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
    elif interval != "0":
        section.problem("interval", Message("web_config.bad_interval"))
    burst = section.text("burst") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", burst):
        section.problem("burst", Message("web_config.bad_burst"))
    elif interval_seconds and int(burst) < 1:
        section.problem("burst", Message("web_config.burst_zero"))
    section.finish()
    if not interval_seconds or section.has_problems:
        return None
    return RateLimit(interval_seconds=interval_seconds, burst=int(burst))
