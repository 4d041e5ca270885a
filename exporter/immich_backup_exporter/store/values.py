"""How single values stand in the file, and back.

Reading is strict: a value that cannot have been written (a flipped bit, a newer version's word) raises ``ValueError``,
``TypeError`` or ``OverflowError``, and the row that holds it is left out.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats import message_json

Value = str | bytes | int | float | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


def from_time(time: datetime) -> int:
    """Whole microseconds since 1970: a float would round them, and a text would compare by its offset's spelling."""
    return (time - _EPOCH) // _MICROSECOND


def from_optional_time(time: datetime | None) -> int | None:
    return None if time is None else from_time(time)


def to_time(value: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def to_optional_time(value: Any) -> datetime | None:
    return None if value is None else to_time(value)


def from_text(text: str) -> str | bytes:
    """File names may hold bytes that are no UTF-8 (surrogates in Python), which SQLite's text cannot: kept as bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def from_optional_text(text: str | None) -> str | bytes | None:
    return None if text is None else from_text(text)


def to_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    if isinstance(value, str):
        return value
    raise TypeError("not a text")


def to_optional_text(value: Any) -> str | None:
    return None if value is None else to_text(value)


def from_message(message: Message) -> str:
    return message_json.written(message)


def from_optional_message(message: Message | None) -> str | None:
    return None if message is None else from_message(message)


def to_message(value: Any) -> Message:
    if not isinstance(value, str):
        raise TypeError("not a message")
    return message_json.read(value)


def to_optional_message(value: Any) -> Message | None:
    return None if value is None else to_message(value)


def from_integer(number: int | None) -> int | None:
    """A count beyond SQLite's 64 bits is nonsense that foreign JSON held: kept as unknown."""
    return number if number is not None and -_LARGEST <= number <= _LARGEST else None


def to_integer(value: Any) -> int:
    if isinstance(value, int):
        return value
    raise TypeError("not an integer")


def to_optional_integer(value: Any) -> int | None:
    return None if value is None else to_integer(value)


def to_optional_float(value: Any) -> float | None:
    if value is None or isinstance(value, float):
        return value
    raise TypeError("not a number")


def to_optional_flag(value: Any) -> bool | None:
    return None if value is None else bool(to_integer(value))


def from_texts(texts: Iterable[str]) -> str:
    """A list as JSON in ASCII: holds any text, surrogates included."""
    return json.dumps(list(texts), separators=(",", ":"))


def to_texts(value: Any) -> tuple[str, ...]:
    texts = json.loads(value)
    if not isinstance(texts, list):
        raise TypeError("not a list")
    return tuple(to_text(text) for text in texts)
