"""Where settings come from, beside the environment: plain data, and how it gives way to a stronger source."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from immich_backup_exporter.domain.messages import Message, Text

from .messages import Path, Problem, dotted
from .models import Settings
from .shape import below, shape_of

PASSWORDS = ("password", "password_file", "password_command")
LOCATIONS = ("repository", "repository_file")
TOKENS = ("token", "token_file")
ALTERNATIVES = (PASSWORDS, LOCATIONS, TOKENS)
"""Keys of one section that exclude each other."""


class Origin(Protocol):
    """What messages need to know of a source."""

    origins: dict[Path, Text]
    """What to look at for a key: a variable's name, or a file and a line."""
    problems: list[Problem]
    """What could not be read at all."""
    shows_keys: bool
    """Whether a message has to name the key beside its origin; a variable's name says it already."""


class Source(PydanticBaseSettingsSource):
    """Settings that were read from one place, not validated yet."""

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        origins: dict[Path, Text] | None = None,
        problems: list[Problem] | None = None,
        *,
        shows_keys: bool = True,
    ) -> None:
        super().__init__(Settings)
        self.data = data or {}
        self.origins = origins or {}
        self.problems = problems or []
        self.shows_keys = shows_keys

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - its signature
        return self.data.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        given = {
            key: value
            for key, value in self.data.items()
            if value is not None or not shape_of(below(Settings, key)).is_container  # an empty section hides nothing
        }
        return _without_replaced(given, self.current_state)


def _without_replaced(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Where a stronger source gives a password in one way, the weaker one's other way goes."""
    replaced = {key for keys in ALTERNATIVES if stronger.keys() & set(keys) for key in keys}
    kept: dict[str, Any] = {}
    for key, value in weaker.items():
        above = stronger.get(key)
        if isinstance(value, dict):
            kept[key] = _without_replaced(value, above) if isinstance(above, dict) else value
        elif key not in replaced:
            kept[key] = value
    return kept


def where(sources: Sequence[Origin], path: Path) -> Text:
    """What a person has to look at for the key at ``path``; ``sources`` strongest first."""
    for length in range(len(path), -1, -1):
        for source in sources:
            origin = source.origins.get(path[:length])
            if origin is None:
                continue
            if (length == len(path) and not source.shows_keys) or not path:
                return origin
            return Message("config.key_in", origin=origin, key=dotted(path))
    return dotted(path) or Message("config.the_configuration")
