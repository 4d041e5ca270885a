"""The environment of a restic process, built up from nothing: what is inherited by chance changes restic's answers.

``RESTIC_HOST`` filters the snapshots, ``RESTIC_REPOSITORY_FILE`` beside ``RESTIC_REPOSITORY`` is fatal, so are two
ways to give a password; and no repository's secrets are another's business. Blocking: reads small files.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.formats import repository_url

INHERITED = frozenset(
    (
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK",
        # where rclone, gpg-agent and systemd put what a backend or a password command needs
        "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "GNUPGHOME", "CREDENTIALS_DIRECTORY",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    )
)  # fmt: skip
"""What a restic process gets of the agent's own environment."""
RESTIC_ALLOWED = frozenset(
    (
        "RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD", "RESTIC_CACERT", "RESTIC_TLS_CLIENT_CERT", "RESTIC_KEY_HINT",
        "RESTIC_FEATURES", "RESTIC_HTTP_USER_AGENT",
    )
)  # fmt: skip
"""The only variables of restic's own that a repository's ``environment`` can set; the rest are the agent's."""

_LARGEST_FILE_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class ResticEnvironment:
    """Everything a restic process is told about its repository."""

    variables: Mapping[str, str] = field(repr=False)
    flags: tuple[str, ...]
    """What old versions do not take from the environment; holds paths and no secret."""


def backend_variables(access: RepositoryAccess, environ: Mapping[str, str]) -> dict[str, str]:
    """What is inherited from ``environ``, and the repository's own variables over it.

    ``RepositoryError`` (permission) names the variable whose file cannot be read.
    """
    variables = {name: value for name, value in environ.items() if name in INHERITED}
    own = dict(access.environment)
    for name, path in access.environment_files.items():
        own[name] = _read(name, path)
    allowed = {name: value for name, value in own.items() if not name.startswith("RESTIC_") or name in RESTIC_ALLOWED}
    return variables | allowed


def build(access: RepositoryAccess, environ: Mapping[str, str], cache_dir: str) -> ResticEnvironment:
    """The environment and flags for one process; files are read anew each time, so changed secrets need no restart.

    ``RepositoryError`` (permission) where a file with a secret cannot be read; names the setting, never its contents.
    """
    variables = backend_variables(access, environ)
    flags = []
    for name, flag in (("RESTIC_CACERT", "--cacert"), ("RESTIC_TLS_CLIENT_CERT", "--tls-client-cert")):
        if path := variables.pop(name, None):
            flags.append(f"{flag}={path}")
    url = access.url
    username, password = variables.pop("RESTIC_REST_USERNAME", ""), variables.pop("RESTIC_REST_PASSWORD", "")
    if username or password:
        url = repository_url.with_credentials(url, username, password)
    variables["RESTIC_REPOSITORY"] = url
    if access.password_file is not None:
        if not os.access(access.password_file, os.R_OK, effective_ids=True):
            raise _unreadable("`password_file`", os.path.exists(access.password_file))
        variables["RESTIC_PASSWORD_FILE"] = access.password_file
    elif access.password_command is not None:
        variables["RESTIC_PASSWORD_COMMAND"] = access.password_command
    elif access.password is not None:
        variables["RESTIC_PASSWORD"] = access.password
    if _usable(cache_dir):
        variables["RESTIC_CACHE_DIR"] = cache_dir
    else:
        flags.append("--no-cache")  # 0.19 fails without one that it can write; a slower answer is better than none
    variables.setdefault("HOME", cache_dir)
    if any("\0" in value for value in variables.values()):
        raise RepositoryError(
            FailureReason.PROTOCOL,
            Message("restic.nul"),
            Message("restic.nul_step"),
            transient=False,
        )
    return ResticEnvironment(variables=variables, flags=tuple(flags))


def _usable(folder: str) -> bool:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def _read(name: str, path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(_LARGEST_FILE_BYTES)
    except OSError as error:
        raise _unreadable(f"`environment` {name}", not isinstance(error, FileNotFoundError)) from None
    return text.removesuffix("\n").removesuffix("\r")


def _unreadable(setting: str, there: bool) -> RepositoryError:
    message = (
        Message("restic.setting_file_unreadable", setting=setting)
        if there
        else Message("restic.setting_file_gone", setting=setting)
    )
    return RepositoryError(FailureReason.PERMISSION, message, Message("restic.setting_file_step"), transient=False)
