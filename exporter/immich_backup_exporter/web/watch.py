"""Follows the web configuration file and the certificates that it names, so that they renew without a restart."""

import os
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Message, sentences

from .config import WebConfig, load_web_config, refused
from .tls import build_context

_Fingerprint = tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWebConfig:
    """A web configuration that was checked as a whole, certificates included."""

    config: WebConfig
    context: ssl.SSLContext | None


class WebConfigFile:
    """The last good state of the file.

    Each use compares size, times and inode of every file; only a change is read. A change that cannot be used leaves
    the last good state in force, certificates and users alike, and is reported once through ``on_error``: answering
    every request with 500, as the exporter-toolkit does, would hide the backups' state over a typing mistake.
    """

    def __init__(self, path: str, on_error: Callable[[Message], None]) -> None:
        """Read the file. Raises ``ConfigurationError``."""
        self._path = path
        self._on_error = on_error
        self._watched: tuple[str, ...] = (path,)
        self._seen: tuple[_Fingerprint, ...] = ()
        self._good = self._read()

    @property
    def tls(self) -> bool:
        """Whether the server speaks TLS; decided at start and kept."""
        return self._good.context is not None

    def current(self) -> LoadedWebConfig:
        if _fingerprints(self._watched) != self._seen:
            try:
                new = self._read()
                if (new.context is None) is self.tls:
                    raise refused(Message("web_config.tls_turned"))
            except ConfigurationError as error:
                self._on_error(sentences(*error.messages, Message("web_config.last_good_kept")))
            else:
                self._good = new
        return self._good

    def config(self) -> WebConfig:
        return self.current().config

    def context(self) -> ssl.SSLContext:
        context = self.current().context
        if context is None:
            raise RuntimeError("the web configuration has no TLS")
        return context

    def _read(self) -> LoadedWebConfig:
        # Fingerprints are taken before reading: a change in between is then seen at the next look.
        self._seen = _fingerprints(self._watched)
        own = _fingerprints((self._path,))
        config = load_web_config(self._path)
        self._watched = (self._path, *(config.tls.files if config.tls else ()))
        self._seen = own + _fingerprints(self._watched[1:])
        return LoadedWebConfig(config=config, context=build_context(config.tls) if config.tls else None)


def _fingerprints(paths: Sequence[str]) -> tuple[_Fingerprint, ...]:
    return tuple(_fingerprint(path) for path in paths)


def _fingerprint(path: str) -> _Fingerprint:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)
