"""YAML as Go's ``UnmarshalStrict`` reads it: no key twice, none unknown, every scalar typed by who asks for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from immich_backup_exporter.domain.messages import Message, Text

_EMPTY = ("", "~", "null")


class DuplicateKeyError(yaml.MarkedYAMLError):
    """A mapping holds one key twice, or a key that is not text."""


class _Loader(yaml.BaseLoader):
    """``BaseLoader`` keeps scalars as text, so that a user called ``yes`` or ``123`` stays one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in names:
                raise DuplicateKeyError(problem_mark=key.start_mark)
            names.add(key.value)
        return super().construct_mapping(node, deep)


def load_mapping(text: str) -> Any:
    """The document as dicts, lists and texts. Raises ``yaml.YAMLError``."""
    # BaseLoader knows no tags and builds dicts, lists and texts only.
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - see above


class Section:
    """One mapping of the file. Problems go to a list that all sections share, so that a person sees them at once."""

    def __init__(self, name: str, value: Any, problems: list[Message]) -> None:
        self._name = name
        self._problems = problems
        self._asked: set[str] = set()
        self.has_problems = False
        self._values: Mapping[str, Any] = {}
        if isinstance(value, dict):
            self._values = value
        elif value is not None and value not in _EMPTY:
            self._add(name or Message("web_config.the_file"), Message("web_config.no_section"))

    @property
    def empty(self) -> bool:
        return not self._values

    def names(self) -> Sequence[str]:
        return tuple(self._values)

    def path(self, name: str) -> str:
        return f"{self._name}.{name}" if self._name else name

    def section(self, name: str) -> "Section":
        self._asked.add(name)
        return Section(self.path(name), self._values.get(name), self._problems)

    def text(self, name: str) -> str | None:
        """The scalar as it is written; ``None`` where the key is absent."""
        self._asked.add(name)
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        self.problem(name, Message("web_config.no_value"))
        return None

    def texts(self, name: str) -> Sequence[str]:
        self._asked.add(name)
        value = self._values.get(name)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        if value is not None and value not in _EMPTY:
            self.problem(name, Message("web_config.no_list"))
        return ()

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.text(name)
        if value is None or value in _EMPTY:
            return default
        # What YAML 1.1, and with it the toolkit's parser, takes for a boolean.
        if value.lower() in ("true", "yes", "on", "y"):
            return True
        if value.lower() not in ("false", "no", "off", "n"):
            self.problem(name, Message("web_config.no_flag"))
        return False

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.text(name)
        if value is None or value in _EMPTY:
            return default
        if value not in choices:
            self.problem(name, Message("web_config.no_choice", choices=tuple(choices)))
            return choices[0]
        return value

    def problem(self, name: str, problem: Message) -> None:
        self._add(self.path(name), problem)

    def finish(self) -> None:
        """Call after every known key was asked for: names the others."""
        for name in self._values:
            if name not in self._asked:
                self._add(self.path(name)[:80], Message("web_config.unknown_key"))

    def _add(self, key: Text, problem: Message) -> None:
        self.has_problems = True
        self._problems.append(Message("web_config.key", key=key, problem=problem))
