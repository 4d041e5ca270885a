"""Messages as JSON, for the state store and between the agent's own processes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from immich_backup_exporter.domain.messages import Argument, Bytes, Message, Share

_KIND = "kind"


class NoMessageError(ValueError):
    """A text is not a message that was written by :func:`dumped`."""


def written(message: Message) -> str:
    """One line of JSON, in ASCII."""
    return json.dumps(plain(message), ensure_ascii=True, separators=(",", ":"))


def dumped(message: Message | None) -> str | None:
    """The same; ``None`` stays ``None``."""
    return None if message is None else written(message)


def loaded(text: str | bytes | None) -> Message | None:
    """The message again; ``None`` stays ``None``. Raises ``NoMessageError`` for anything else."""
    return None if text is None else read(text)


def read(text: str | bytes) -> Message:
    """The message again. Raises ``NoMessageError`` for anything else."""
    try:
        message = _argument(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise NoMessageError("that is no message") from error
    if not isinstance(message, Message):
        raise NoMessageError("that is no message")
    return message


def plain(value: Argument) -> Any:
    """A message or an argument as plain types for JSON."""
    if isinstance(value, Message):
        arguments = {name: plain(one) for name, one in value.arguments.items()}
        return {_KIND: "message", "id": value.id, "arguments": arguments}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return {_KIND: "time", "value": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {_KIND: "duration", "value": value.total_seconds()}
    if isinstance(value, Bytes):
        return {_KIND: "bytes", "value": int(value)}
    if isinstance(value, Share):
        return {_KIND: "share", "value": float(value)}
    return value


def _argument(value: Any) -> Argument:
    if isinstance(value, Mapping):
        return _tagged(value)
    if isinstance(value, list):
        return tuple(_item(item) for item in value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise NoMessageError("that is no argument of a message")


def _item(value: Any) -> str | Message:
    item = _argument(value)
    if not isinstance(item, str | Message):
        raise NoMessageError("that is no item of a list")
    return item


def _tagged(value: Mapping[str, Any]) -> Argument:
    kind = value[_KIND]
    if kind == "message":
        id_ = value["id"]
        if not isinstance(id_, str):
            raise NoMessageError("that is no id of a message")
        return Message(id_, **{name: _argument(one) for name, one in value["arguments"].items()})
    if kind == "time":
        return datetime.fromisoformat(value["value"]).astimezone(UTC)
    if kind == "duration":
        return timedelta(seconds=value["value"])
    if kind == "bytes":
        return Bytes(value["value"])
    if kind == "share":
        return Share(value["value"])
    raise NoMessageError("that is no kind of argument")
