"""Keys that are accepted but do nothing yet: each gets a warning, lest a user believe that they work.

With the feature goes its row.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from immich_backup_exporter.domain.messages import Message

from .messages import Path, dotted

_SHOWN = 3


class Ignored(NamedTuple):
    """A key without effect, and what this version lacks."""

    pattern: Path
    """``*`` stands for any name."""
    lacks: Message
    unless: object = None
    """The value that asks for nothing."""


IGNORED: tuple[Ignored, ...] = (Ignored(("drills",), Message("config.run_drills")),)


def warnings(data: Mapping[str, Any]) -> list[Message]:
    """One message for each row whose key is set in ``data``, the merged settings before any default."""
    found: list[Message] = []
    for row in IGNORED:
        places = [dotted(path) for path, value in _find(data, row.pattern, ()) if _asks(value, row)]
        if not places:
            continue
        keys: list[str | Message] = [f"`{place}`" for place in places[:_SHOWN]]
        if len(places) > _SHOWN:
            keys.append(Message("config.more", count=len(places) - _SHOWN))
        found.append(Message("config.ignored", keys=tuple(keys), count=len(places), lacks=row.lacks))
    return found


def _asks(value: object, row: Ignored) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and value.get("enabled") is not False
    return value not in (None, [], row.unless)


def _find(value: Any, pattern: Path, path: Path) -> Iterator[tuple[Path, Any]]:
    if not pattern:
        yield path, value
    elif isinstance(value, Mapping):
        for key in value if pattern[0] == "*" else (pattern[0],):
            if key in value:
                yield from _find(value[key], pattern[1:], (*path, key))
