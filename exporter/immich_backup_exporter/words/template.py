"""A text with its arguments in braces, taken apart once."""

import string
from functools import cache
from typing import NamedTuple


class Field(NamedTuple):
    """An argument's place in a text."""

    name: str
    style: str
    """What stands behind the colon; empty where nothing does."""


@cache
def parsed(text: str) -> tuple[str | Field, ...]:
    """The pieces of a text in their order. ``{{`` and ``}}`` are braces. Raises ``ValueError`` for a lone one."""
    pieces: list[str | Field] = []
    for literal, name, style, _ in string.Formatter().parse(text):
        if literal:
            pieces.append(literal)
        if name is not None:
            pieces.append(Field(name, style or ""))
    return tuple(pieces)


def fields(text: str) -> frozenset[str]:
    """The names of a text's arguments."""
    return frozenset(piece.name for piece in parsed(text) if isinstance(piece, Field))
