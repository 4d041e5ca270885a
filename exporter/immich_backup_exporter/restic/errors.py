"""What restic said about a failure, as a :class:`RepositoryError` whose words are ours alone.

Everything in :data:`_SAID` was provoked with restic 0.14.0, 0.18.0 and 0.19.1, except what names a cloud provider. The
exit codes 10, 11 and 12 are there since 0.17; before, and for every other failure, the message alone tells. The hint
"Is there a repository at the following location?" stands below failures of every kind and proves nothing.
"""

import errno
import re

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats import restic_json

from . import causes
from .causes import Cause

_HINT = re.compile(r"\s*Is there a repository at the following location\?.*", re.DOTALL)
_CACHE_NOISE = re.compile(r"^unable to open cache.*$", re.MULTILINE)
_HELPER = re.compile(r"^(?:subprocess ssh|rclone): (.*)$", re.MULTILINE)
"""What ssh or rclone said; restic itself only says that it heard no more from them."""
_CODES = {10: causes.NOT_FOUND, 11: causes.LOCKED, 12: causes.WRONG_PASSWORD}
_SHORTEST_HIDDEN = 4
"""An address shorter than this (``/``) would take the sense from the text, too."""

_SAID: tuple[tuple[Cause, tuple[str, ...]], ...] = (
    (causes.PASSWORD_COMMAND, (r"resolving password failed.*exec",)),
    (
        causes.PASSWORD_UNREADABLE,
        (r"resolving password failed.*(permission denied|does not exist|no such file|is a directory)",),
    ),
    (causes.PASSWORD_COMMAND, (r"resolving password failed",)),
    (causes.NO_PASSWORD, (r"empty password is not",)),
    (causes.WRONG_PASSWORD, (r"wrong password or no key found",)),
    (causes.KEYS_GONE, (r"list\(key\).*\(404\)",)),  # 0.14 from a REST server without the folder
    (causes.HELPER_MISSING, (r"exec: .*(executable file not found|permission denied|no such file)",)),
    (
        causes.CERTIFICATE_FILE,
        (r"(root certificate|client cert|tls client).*(no such file|permission denied|PEM|is a directory)",),
    ),
    (
        causes.DAMAGED,
        (
            r"ciphertext verification failed",
            r"config or key .* is damaged",
            r"config cannot be loaded",
            r"has zero size, invalid repository",
            r"<key/.*invalid data",
            r"fatal: unmarshal: ",
        ),
    ),
    (
        causes.DATA_GONE,
        (r"<(data|index)/.*(no such file|not exist)", r"id .* not found in repository"),
    ),
    (causes.DAMAGED, (r"invalid data returned", r"hash mismatch", r"wrong data returned", r"data corruption")),
    (causes.HOST_KEY, (r"host key verification failed", r"knownhosts: ")),
    (
        causes.NO_CREDENTIALS,
        (
            r"no credentials found",
            r"could not find default credentials",
            r"no azure authentication information",
            r"unable to get azure credentials",
            r"account (id|key) .* is empty",
            r"find authversion",
            r"anonymous caller",
        ),
    ),
    (
        causes.UNAUTHORIZED,
        (
            r"permission denied \(",  # ssh, with the ways to log in that it tried
            r"too many authentication failures",
            r"\(40[13]\)",
            r"\b40[13] (unauthorized|forbidden)",
            r"error 40[13]\b",
            r": 40[13]:",
            r"access ?denied",
            r"invalidaccesskeyid",
            r"access key id you provided does not exist",
            r"signaturedoesnotmatch",
            r"signature we calculated does not match",
            r"authentication ?failed",
            r"authorization ?fail(ed|ure)",
            r"bad_auth_token",
            r"invalid_grant",
            r"expiredtoken",
        ),
    ),
    (causes.PERMISSION, (r"permission denied", r"operation not permitted")),
    (
        causes.NO_TLS,
        (
            r"first record does not look like a tls handshake",
            r"http response to https client",
            r"malformed http response",
            r"tls: handshake failure",
            r"protocol version not supported",
        ),
    ),
    (causes.CERTIFICATE, (r"x509: ", r"tls: ", r"certificate")),
    (causes.TIMEOUT, (r"i/o timeout", r"deadline exceeded", r"timeout awaiting", r"client\.timeout", r"timed out")),
    (
        causes.SERVER_ERROR,
        (r"http response \((5\d\d|429)\)", r"error 5\d\d\b", r"\b50[0234] ", r"slow ?down", r"too many requests"),
    ),
    (
        causes.UNREACHABLE,
        (
            r"connection refused",
            r"no such host",
            r"no route to host",
            r"network is (unreachable|down)",
            r"connection (reset|closed|lost)",
            r"could not resolve",
            r"name or service not known",
            r"temporary failure in name resolution",
            r"server misbehaving",
            r"broken pipe",
            r"dial (tcp|unix)",
            r"unexpected eof",
        ),
    ),
    (
        causes.ADDRESS,
        (r"unsupported protocol scheme", r"invalid backend", r"parsing repository location failed"),
    ),
    (causes.RCLONE_REMOTE, (r"didn.?t find section in config file",)),
    (
        causes.NOT_FOUND,
        (
            r"repository does not exist",
            r"config.*(no such file or directory|not a directory|does not exist)",
            r"specified (key|bucket|container) does not exist",
            r"nosuchbucket",
            r"bucket.* not found",
            r"containernotfound",
        ),
    ),
    (causes.FORMAT, (r"un(supported|known) repository version",)),
    (causes.FLAGS, (r"unknown (shorthand )?flag", r"unknown command")),
    (causes.GARBAGE, (r"invalid character", r"cannot unmarshal")),
    (causes.FULL, (r"no space left on device", r"disk quota exceeded")),
    (causes.LOCKED, (r"already locked", r"unable to create lock")),
    # All that is left where ssh ended before restic read its words; those, where they are there, say more.
    (causes.UNREACHABLE, (r"unable to start the sftp session", r"unexpectedly closed")),
)
"""What is found in restic's words, the first that matches: what says most comes before what says less."""
_PATTERNS = tuple((re.compile("|".join(patterns), re.IGNORECASE), cause) for cause, patterns in _SAID)


def of_exit(code: int, stderr: str, *, hide: tuple[str, ...] = ()) -> RepositoryError:
    """The error for a restic that ended with ``code``, not 0.

    ``hide``: the repository's address, lest a word in it is taken for a reason.
    """
    cause = _CODES.get(code) or _cause(stderr, hide)
    if cause is not None:
        return cause.error()
    ended = Message("restic.signal", signal=-code) if code < 0 else Message("restic.exit_code", code=code)
    return RepositoryError(FailureReason.UNKNOWN, ended, Message("restic.failed_step"), transient=True)


def of_deadline(stderr: str, *, hide: tuple[str, ...] = ()) -> RepositoryError:
    """The error for a restic that still ran at its deadline: what it kept trying again over, if it said so.

    restic repeats a failing request for up to 15 minutes, 0.14 even one that was denied.
    """
    cause = _cause(stderr, hide)
    if cause is None or cause.reason is FailureReason.WRONG_PASSWORD:
        cause = causes.TIMEOUT
    return cause.error()


def of_start(error: Exception) -> RepositoryError:
    """The error for a restic that could not be started at all (``OSError`` or ``ValueError`` of starting it)."""
    missing = isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
    if missing or (isinstance(error, OSError) and error.errno == errno.ENOEXEC):
        return causes.RESTIC_MISSING.error()
    return causes.UNSTARTABLE.error()


def of_silence(stderr: str, *, hide: tuple[str, ...] = ()) -> RepositoryError | None:
    """The error for a restic that ended with 0 and read nothing of what it was asked to read.

    ``restic snapshots ID`` passes over what it cannot read; where it may read nothing at all, that is no fact about the
    snapshots. ``None`` where it says nothing but that they are not there.
    """
    cause = _cause(stderr, hide)
    outside = (FailureReason.PERMISSION, FailureReason.UNAUTHORIZED, FailureReason.UNREACHABLE, FailureReason.TIMEOUT)
    return cause.error() if cause is not None and cause.reason in outside else None


def _cause(stderr: str, hide: tuple[str, ...]) -> Cause | None:
    helper = "\n".join(_HELPER.findall(stderr))
    for text in (helper, restic_json.failure_text(stderr), stderr):
        shown = _CACHE_NOISE.sub("", _HINT.sub("", text))
        for address in sorted(hide, key=len, reverse=True):
            if len(address) >= _SHORTEST_HIDDEN:
                shown = shown.replace(address, "")
        for pattern, cause in _PATTERNS:
            if pattern.search(shown):
                return cause
    return None
