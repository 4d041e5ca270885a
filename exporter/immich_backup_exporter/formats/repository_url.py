"""restic repository URLs: which backend, where, and the same without secrets. Parsing only, no I/O.

Source of the forms: restic's manual, "Preparing a new repository", and ``internal/backend/location`` of restic 0.18.
"""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from immich_backup_exporter.domain.messages import Message

BACKENDS: tuple[str, ...] = ("local", "rest", "s3", "b2", "sftp", "rclone", "azure", "gs", "swift")
"""Every backend that restic knows, by the scheme of its URLs."""

_MASK = "***"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USERINFO_SAFE = "-._~"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class RepositoryUrlError(ValueError):
    """The URL is not one that restic takes. ``problem`` holds nothing of the URL."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem.id)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RestServer:
    """Where a REST server answers for one repository."""

    base_url: str
    """Without credentials, with a final slash. For a unix socket the host is ``localhost``."""
    unix_socket: str | None = None
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryUrl:
    """A restic repository URL, taken apart."""

    backend: str
    location: str
    """Where the repository is, without any credential; the same for the same place, as far as the text tells."""
    local_path: str | None = None
    """The folder, where ``backend`` is ``local``; a relative one is relative to the working directory."""
    rest: RestServer | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of ``location`` in hexadecimal: tells two places apart without naming either."""
        return hashlib.sha256(self.location.encode("utf-8", "surrogateescape")).hexdigest()


def parse(url: str) -> RepositoryUrl:
    """Take ``url`` apart as restic does. :class:`RepositoryUrlError` where restic would not take it either."""
    if not url.strip():
        raise RepositoryUrlError(Message("repository_url.empty"))
    if _CONTROL.search(url):
        raise RepositoryUrlError(Message("repository_url.control_character"))
    backend, text = _split(url)
    if backend == "local":
        path = text.rstrip("/") or "/"
        return RepositoryUrl(backend=backend, location=f"local:{path}", local_path=text)
    if not text.strip("/"):
        raise RepositoryUrlError(Message("repository_url.no_place", backend=backend))
    if backend == "rest":
        server = _rest(text)
        socket = f"unix:{server.unix_socket}:" if server.unix_socket else ""
        return RepositoryUrl(backend=backend, location=f"rest:{socket}{server.base_url}", rest=server)
    return RepositoryUrl(backend=backend, location=_without_secrets(backend, text).rstrip("/"))


def mask(url: str) -> str:
    """The URL with its secrets replaced by ``***``, for ``config show``; also of a URL that :func:`parse` refuses."""
    backend, _, text = url.partition(":")
    if backend not in BACKENDS:
        return url if _is_path(url) or ":" not in url else f"{backend}:{_MASK}"
    if backend == "local":
        return url
    if backend == "rclone":
        return _mask_rclone(text)
    start, userinfo, end = _split_userinfo(text)
    if userinfo is None:
        return url
    user, colon, _ = userinfo.partition(":")
    if not colon and backend == "sftp":
        return url  # `user@host`: ssh has no passwords in its address
    shown = f"{user}:{_MASK}" if colon else _MASK
    return f"{backend}:{start}{shown}@{end}"


def with_credentials(url: str, username: str, password: str) -> str:
    """A REST URL with these credentials in it; unchanged where it has some already, or is no REST URL.

    restic reads ``RESTIC_REST_USERNAME`` and ``RESTIC_REST_PASSWORD`` only since 0.16.1, the URL always.
    """
    backend, _, text = url.partition(":")
    start, userinfo, end = _split_userinfo(text)
    if backend != "rest" or userinfo is not None or not start.endswith("//"):
        return url
    return f"rest:{start}{quote(username, safe=_USERINFO_SAFE)}:{quote(password, safe=_USERINFO_SAFE)}@{end}"


def _split(url: str) -> tuple[str, str]:
    scheme, colon, text = url.partition(":")
    if colon and scheme in BACKENDS:
        return scheme, text
    if colon and not _is_path(url):
        raise RepositoryUrlError(Message("repository_url.unknown_backend"))
    return "local", url


def _is_path(text: str) -> bool:
    return text.startswith(("/", "./", "../"))


def _split_userinfo(text: str) -> tuple[str, str | None, str]:
    """What comes before the userinfo, the userinfo (``None`` if there is none), what comes after its ``@``."""
    scheme, slashes, rest = text.partition("//")
    if not slashes:
        scheme, rest = "", text
    start = scheme + slashes
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        userinfo, _, host = authority.rpartition("@")
        return start, userinfo, host + rest[len(authority) :]
    if slashes and "@" in rest and not re.fullmatch(r"(\[[^]]*\]|[^:]*)(:\d*)?", authority):
        # A password with a slash in it that should have been escaped: hide too much rather than too little.
        userinfo, _, host = rest.rpartition("@")
        return start, userinfo, host
    return start, None, rest


def _without_secrets(backend: str, text: str) -> str:
    if backend == "rclone":
        return _mask_rclone(text)
    start, userinfo, end = _split_userinfo(text)
    if userinfo is None:
        return f"{backend}:{text}"
    user = userinfo.partition(":")[0]
    return f"{backend}:{start}{user}@{end}" if backend == "sftp" else f"{backend}:{start}{end}"


def _mask_rclone(text: str) -> str:
    """rclone takes settings, secrets among them, in its remote: ``:s3,secret_access_key=...:bucket``."""
    comma = text.find(",")
    if comma < 0:
        return f"rclone:{text}"
    quoted = re.sub(r'"[^"]*"|\'[^\']*\'', lambda found: "x" * len(found[0]), text)
    colon = quoted.find(":", comma)
    return f"rclone:{text[:comma]},{_MASK}{text[colon:] if colon >= 0 else ''}"


def _rest(text: str) -> RestServer:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise RepositoryUrlError(Message("repository_url.bad_address")) from None
    if parts.scheme in ("http+unix", "https+unix"):
        socket, colon, path = parts.path.partition(":")
        if parts.scheme != "http+unix":
            raise RepositoryUrlError(Message("repository_url.unix_socket_needs_http"))
        if not socket.strip("/"):
            raise RepositoryUrlError(Message("repository_url.no_unix_socket"))
        base_url = "http://localhost" + _folder(path if colon else "/")
        return _server(base_url, unquote(socket), parts.username, parts.password)
    if parts.scheme not in _DEFAULT_PORTS:
        raise RepositoryUrlError(Message("repository_url.bad_scheme"))
    host = parts.hostname
    if not host:
        raise RepositoryUrlError(Message("repository_url.no_host"))
    if ":" in host:
        host = f"[{host}]"
    suffix = "" if port is None or port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    return _server(f"{parts.scheme}://{host}{suffix}{_folder(parts.path)}", None, parts.username, parts.password)


def _folder(path: str) -> str:
    return "/" + path.strip("/") + "/" if path.strip("/") else "/"


def _server(base_url: str, socket: str | None, username: str | None, password: str | None) -> RestServer:
    return RestServer(
        base_url=base_url,
        unix_socket=socket,
        username=None if username is None else unquote(username),
        password=None if password is None else unquote(password),
    )
