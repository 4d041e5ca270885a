"""Reads the YAML file, remembering the line of every key.

Scalars are taken for what they look like by the narrow rules of YAML 1.2: ``26:00`` is no number of base 60, ``on``,
``no`` and dates stay text, ``0123`` stays as typed. PyYAML's own messages are not passed on: they quote the file.
"""

import os
import re
from typing import Any

import yaml

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Bytes, Message, Text

from .messages import Path, Problem
from .sources import Source

_LARGEST_FILE = 1 << 20
_MOST_NODES = 100_000

_QUOTE_IT = Message("config_file.special_character")
_FIXES = (
    ("found character '\\t'", Message("config_file.tab")),
    ("found character", _QUOTE_IT),
    ("found undefined alias", _QUOTE_IT),
    ("expected alphabetic", _QUOTE_IT),
    ("found unknown escape", Message("config_file.backslash")),
    ("mapping values are not allowed", Message("config_file.extra_colon")),
    ("second occurrence", Message("config_file.anchor_twice")),
    ("could not find expected ':'", Message("config_file.no_colon")),
    ("expected <block end>", Message("config_file.wrong_indentation")),
    ("expected ',' or", Message("config_file.open_bracket")),
    ("found unexpected end of stream", Message("config_file.open_quote")),
    ("sequence entries are not allowed", Message("config_file.list_beside_key")),
    ("but found another document", Message("config_file.two_documents")),
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
        raise _refused(_position(path, error), Message("config_file.invalid", problem=_problem(error))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refused(_in_line(path, line), Message("config_file.control_character")) from None
    except RecursionError:
        raise _refused(path, Message("config_file.too_deep")) from None


def _refused(place: Text, problem: Message) -> ConfigurationError:
    return ConfigurationError([Message("config.at", place=place, problem=problem)])


def _in_line(path: str, line: int) -> Message:
    return Message("config.in_line", file=path, line=line)


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise _refused(path, _why_unreadable(error)) from None
    if len(content) > _LARGEST_FILE:
        raise _refused(path, Message("config_file.too_large", limit=Bytes(_LARGEST_FILE)))
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(_in_line(path, line), Message("config_file.not_utf_8")) from None


def _why_unreadable(error: OSError) -> Message:
    if isinstance(error, FileNotFoundError):
        return Message("config_file.missing")
    if isinstance(error, IsADirectoryError):
        return Message("config_file.is_folder")
    if isinstance(error, PermissionError):
        return Message("config_file.forbidden", uid=os.geteuid())
    return Message("config_file.unreadable", reason=os.strerror(error.errno or 0))


def _position(path: str, error: yaml.MarkedYAMLError) -> Text:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return path
    return Message("config.in_column", file=path, line=mark.line + 1, column=mark.column + 1)


def _problem(error: yaml.MarkedYAMLError) -> Message:
    said = str(error.problem or "")
    return next((fix for beginning, fix in _FIXES if said.startswith(beginning)), Message("config_file.other_fault"))


class _Builder:
    """Makes plain values out of YAML's nodes."""

    def __init__(self, path: str, loader: Any) -> None:
        self._path = path
        self._loader = loader
        self._origins: dict[Path, Text] = {(): path}
        self._problems: list[Problem] = []
        self._open: set[int] = set()
        self._nodes = 0

    def source(self, root: Any) -> Source:
        data = None if root is None else self._build(root, ())
        if data is None:
            raise _refused(self._path, Message("config_file.empty"))
        if not isinstance(data, dict):
            raise _refused(self._path, Message("config_file.no_section"))
        return Source(data=data, origins=self._origins, problems=self._problems)

    def _build(self, node: Any, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _refused(self._path, Message("config_file.too_much"))
        self._origins.setdefault(path, self._line(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            raise _refused(self._line(node), Message("config_file.endless_anchor"))
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
            self._problems.append(Problem(path, Message("config_file.tag")))
            return node.value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[Any] = []
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problems.append(Problem(path, Message("config_file.key_is_no_text")))
                continue
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in lines:
                twice = Message("config_file.key_twice", first=lines[key], second=line)
                self._problems.append(Problem((*path, key), twice))
                continue
            lines[key] = line
            self._origins[(*path, key)] = _in_line(self._path, line)
            values[key] = self._build(value_node, (*path, key))
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self._problems.append(Problem(path, Message("config_file.merges_no_section")))
                continue
            for key, value in self._mapping(other, path).items():
                values.setdefault(key, value)
        return values

    def _line(self, node: Any) -> Message:
        return _in_line(self._path, node.start_mark.line + 1)
