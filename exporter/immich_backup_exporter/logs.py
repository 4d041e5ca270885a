"""What the agent writes to standard error: one line an event, as ``logfmt`` or JSON, named as Prometheus names them."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.words import ENGLISH

LEVELS = ("debug", "info", "warn", "error")
FORMATS = ("logfmt", "json")

_NUMBERS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_NAMES = {"warning": "warn", "critical": "error", "exception": "error"}
_Event = MutableMapping[str, Any]


class _StandardError:
    """Writes lines to wherever standard error is now; a log without a reader must not end the watch."""

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = warn = error = critical = exception = msg


def configure_logs(level: str, log_format: str, clock: Clock) -> None:
    """Set up the log of this process. ``level`` is one of :data:`LEVELS`, ``log_format`` one of :data:`FORMATS`."""

    def stamp(_: object, method: str, event: _Event) -> _Event:
        moment = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"ts": moment, "level": _NAMES.get(method, method), "msg": event.pop("event", ""), **event}

    renderer = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.processors.LogfmtRenderer(key_order=["ts", "level", "msg"], drop_missing=True)
    )
    structlog.configure(
        processors=[stamp, _worded, structlog.processors.format_exc_info, _one_line, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        logger_factory=lambda *_: _StandardError(),
        cache_logger_on_first_use=False,
    )


def _worded(_: object, __: str, event: _Event) -> _Event:
    """Messages as text: the code that logs one does not know the language."""
    return {key: ENGLISH.render(value) if isinstance(value, Message) else value for key, value in event.items()}


def _one_line(_: object, __: str, event: _Event) -> _Event:
    """Names come from outside: a newline in one must not begin a line of its own, nor a broken byte end the log."""
    return {key: _printable(value) if isinstance(value, str) else value for key, value in event.items()}


def _printable(text: str) -> str:
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
