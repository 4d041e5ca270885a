"""Keys that are accepted but do nothing yet, so that nobody believes a thing watched that is not.

Whoever builds one of these features removes its row.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .messages import Path, dotted

_SHOWN = 3


class Ignored(NamedTuple):
    """A key without effect, and what this version lacks."""

    pattern: Path
    """``*`` stands for any name."""
    lacks: str
    unless: object = None
    """The value that asks for nothing."""


IGNORED: tuple[Ignored, ...] = (Ignored(("drills",), "run drills"),)


def warnings(data: Mapping[str, Any]) -> list[str]:
    """One sentence for each row whose key is set in ``data``, the merged settings before any default."""
    sentences: list[str] = []
    for row in IGNORED:
        places = [dotted(path) for path, value in _find(data, row.pattern, ()) if _asks(value, row)]
        if not places:
            continue
        shown = ", ".join(f"`{place}`" for place in places[:_SHOWN])
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        verb, it = ("is", "it is") if len(places) == 1 else ("are", "they are")
        sentences.append(f"{shown}{more} {verb} declared, but this version does not {row.lacks} yet; {it} ignored.")
    return sentences


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
