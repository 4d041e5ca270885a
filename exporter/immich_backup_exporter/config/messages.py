"""What is wrong with a configuration, as messages: where it stands, what is wrong with the value, what to do.

Nothing in here shows the value of a secret key, the password of a URL, or a piece of a file that could not be read as
settings: a missing space after ``password:`` makes the password a part of a key.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from immich_backup_exporter.domain.messages import Message, Text

Path = tuple[str | int, ...]
"""A key's place: ``("repositories", "nas", "plans", "immich", "holds", 0)``."""

REFUSED = "refused"
"""The pydantic error type of the problems that :mod:`.values` finds, which carries each as ``problem``."""

_LONGEST_SHOWN = 60


class Problem(NamedTuple):
    """Something wrong at one place."""

    path: Path
    problem: Message


def mask_url(url: str) -> str:
    """A repository's URL without its password."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL)


def quoted(value: object) -> Text:
    """A value that is no secret, for a message: short, on one line, without the password of a URL."""
    if isinstance(value, str):
        shown = mask_url(value).encode("unicode_escape").decode("ascii") if not value.isprintable() else mask_url(value)
        return f'"{shown[:_LONGEST_SHOWN]}{"..." if len(shown) > _LONGEST_SHOWN else ""}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:_LONGEST_SHOWN]
    if isinstance(value, Sequence):
        return Message("setting.a_list")
    return Message("setting.a_section") if isinstance(value, Mapping) else Message("setting.an_empty_value")


def plain(key: object) -> str:
    """A key, where it is surely one: what does not look like a name may be a secret in the wrong place."""
    text = str(key)
    return text if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text) else "?"


def dotted(path: Path) -> str:
    """``repositories.nas.plans.immich.holds[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{plain(part)}" if text else plain(part)
    return text


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word, in small letters, that was probably meant: one at least so much ``alike`` (1: the same)."""
    return next(iter(difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=alike)), None)


def unknown_key(key: object, known: Sequence[str]) -> Message:
    """What is said of a key that does not exist at its place."""
    if plain(key) == "?":
        return Message("config.no_name_of_a_key")
    if (guess := nearest(str(key), known)) is not None:
        return Message("config.mistyped_key", guess=guess)
    return Message("config.unknown_key", known=tuple(known))


def problem_of(error: ErrorDetails, keys_at: Callable[[Path], Sequence[str]]) -> Problem:
    """One of pydantic's errors as a message; ``keys_at`` gives the keys of the section at a path."""
    path: Path = tuple(part for part in error["loc"] if part != "[key]" and not _is_tag(part))
    kind, context = error["type"], error.get("ctx", {})
    if kind == REFUSED:
        return Problem(path, context["problem"])
    if kind == "extra_forbidden" and path[-3:-2] == ("environment",):  # in place of a secret: perhaps it is one
        return Problem(path[:-1], Message("config.only_file"))
    if kind == "extra_forbidden":
        return Problem(path, unknown_key(path[-1], keys_at(path[:-1])))
    if kind == "missing":
        return Problem(path, Message("config.missing"))
    if kind == "literal_error":
        return Problem(path, _not_a_choice(error["input"], str(context["expected"])))
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return Problem(path, Message("config.must_be_section"))
    if kind in ("tuple_type", "list_type"):
        return Problem(path, Message("config.must_be_list"))
    return Problem(path, Message("config.unusable"))


def _is_tag(part: Any) -> bool:
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def _not_a_choice(value: object, expected: str) -> Message:
    choices = tuple(re.findall(r"'([^']*)'", expected))
    if len(choices) == 1:
        return Message("setting.neither_word_nor_list", value=quoted(value), word=choices[0])
    if isinstance(value, str) and (guess := nearest(value, choices)):
        return Message("setting.mistyped_choice", value=quoted(value), choices=choices, guess=guess)
    return Message("setting.no_choice", value=quoted(value), choices=choices)
