"""Reads the YAML file, remembering the line of every key.

Scalars are taken for what they look like by the narrow rules of YAML 1.2: ``26:00`` is no number of base 60, ``on``,
``no`` and dates stay text, ``0123`` stays as typed. PyYAML's own messages are not passed on: they quote the file.
"""

import os
import re
from typing import Any

import yaml

from immich_backup_exporter.domain.errors import ConfigurationError

from .messages import Path, Problem
from .sources import Source

_LARGEST_FILE = 1 << 20
_MOST_NODES = 100_000

_QUOTE_IT = "a value begins with a character that YAML gives a meaning; put it in quotes"
_MENDS = (
    ("found character '\\t'", "a tab is used for indentation; use blanks"),
    ("found character", _QUOTE_IT),
    ("found undefined alias", _QUOTE_IT),
    ("expected alphabetic", _QUOTE_IT),
    ("found unknown escape", "a backslash stands in double quotes; use single quotes, or write it twice"),
    ("mapping values are not allowed", "there is a colon too many, or the indentation is wrong"),
    ("second occurrence", "an anchor (&) is defined twice; rename one, or put the value in quotes"),
    ("could not find expected ':'", "a key has no colon; write `key: value`"),
    ("expected <block end>", "the indentation is wrong, or text follows a closing quote"),
    ("expected ',' or", "a bracket or brace is not closed"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("sequence entries are not allowed", "a list begins on the line of its key; begin it on the next line"),
    ("but found another document", "there is more than one document; remove the line `---` between them"),
)


class _Loader(yaml.SafeLoader):
    """Not libyaml's: that one crashes the process on deep nesting."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own protocol, filled below


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", "-+0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def read_file(path: str) -> Source:
    """Read the file; :class:`ConfigurationError` where it cannot be read or is no YAML at all."""
    text = _text(path)
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return _Builder(path, loader).source(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([f"{path}{_position(error)}: {_mend(error)}"]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError([f"{path} line {line}: holds a control character; remove it"]) from None
    except RecursionError:
        raise ConfigurationError([f"{path}: is nested too deeply; flatten it"]) from None


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError([f"{path}: {_why_unreadable(error)}"]) from None
    if len(content) > _LARGEST_FILE:
        raise ConfigurationError([f"{path}: is larger than 1 MiB; this is surely another file"])
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([f"{path} line {line}: is not UTF-8 text; save it as UTF-8"]) from None


def _why_unreadable(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the path after --config.file"
    if isinstance(error, IsADirectoryError):
        return "is a folder; give the path of the YAML file in it"
    if isinstance(error, PermissionError):
        return f"cannot be read by uid {os.geteuid()}; make it readable for this user"
    return f"cannot be read ({os.strerror(error.errno or 0)}); check the path"


def _position(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f" line {mark.line + 1} column {mark.column + 1}" if mark else ""


def _mend(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or "")
    mend = next((mend for beginning, mend in _MENDS if problem.startswith(beginning)), "check quotes and indentation")
    return f"is not valid YAML: {mend}"


class _Builder:
    """Makes plain values out of YAML's nodes."""

    def __init__(self, path: str, loader: Any) -> None:
        self._path = path
        self._loader = loader
        self._origins: dict[Path, str] = {(): path}
        self._problems: list[Problem] = []
        self._open: set[int] = set()
        self._nodes = 0

    def source(self, root: Any) -> Source:
        data = None if root is None else self._build(root, ())
        if data is None:
            raise ConfigurationError([f"{self._path}: is empty; declare a repository under `repositories`"])
        if not isinstance(data, dict):
            raise ConfigurationError([f"{self._path}: must hold `key: value` at its top, not a list or a single value"])
        return Source(data=data, origins=self._origins, problems=self._problems)

    def _build(self, node: Any, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise ConfigurationError([f"{self._path}: holds too much; this is surely another file"])
        self._origins.setdefault(path, self._line(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            raise ConfigurationError([f"{self._line(node)}: an anchor contains itself; write the values out"])
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self._build(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self._problems.append(Problem(path, "has a tag (!) that means nothing here; put the value in quotes"))
            return node.value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[Any] = []
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problems.append(Problem(path, "has a list or a section as a key; write `key: value`"))
                continue
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in lines:
                sentence = f"is written twice, in lines {lines[key]} and {line}; keep one"
                self._problems.append(Problem((*path, key), sentence))
                continue
            lines[key] = line
            self._origins[(*path, key)] = f"{self._path} line {line}"
            values[key] = self._build(value_node, (*path, key))
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self._problems.append(Problem(path, "merges (<<) something that is not a section; refer to a section"))
                continue
            for key, value in self._mapping(other, path).items():
                values.setdefault(key, value)
        return values

    def _line(self, node: Any) -> str:
        return f"{self._path} line {node.start_mark.line + 1}"
