"""Where settings come from, and the rule by which a stronger source overrides a weaker one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .messages import Path, Problem, dotted

PASSWORDS = ("password", "password_file", "password_command")
LOCATIONS = ("repository", "repository_file")
TOKENS = ("token", "token_file")
ALTERNATIVES = (PASSWORDS, LOCATIONS, TOKENS)
"""Keys of one section that exclude each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Settings from one place, not validated yet."""

    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origins: Mapping[Path, str] = field(default_factory=dict)
    """What to look at for a key: a variable's name, or a file and a line."""
    problems: Sequence[Problem] = ()
    """What could not be read at all."""
    shows_keys: bool = True
    """Whether a message has to name the key beside its origin; a variable's name says it already."""


def merge(weaker: Mapping[Any, Any], stronger: Mapping[Any, Any]) -> dict[Any, Any]:
    """Merge sections key by key; where the stronger source gives a password in one way, the weaker's other way goes."""
    overridden = {key for keys in ALTERNATIVES if stronger.keys() & set(keys) for key in keys}
    merged = {key: value for key, value in weaker.items() if key not in overridden or key in stronger}
    for key, value in stronger.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def where(sources: Sequence[Source], path: Path) -> str:
    """What a person has to look at for the key at ``path``; ``sources`` strongest first."""
    for length in range(len(path), -1, -1):
        for source in sources:
            origin = source.origins.get(path[:length])
            if origin is None:
                continue
            if (length == len(path) and not source.shows_keys) or not path:
                return origin
            return f"{origin}, {dotted(path)}"
    return dotted(path) or "the configuration"
