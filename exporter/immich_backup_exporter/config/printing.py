"""Prints settings: the effective ones without secrets, the JSON Schema, and the rows of the reference page."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import SchemaSerializer, core_schema

from .models import Settings
from .shape import flat, shape_of, variable_of
from .types import Written

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _DefaultsAsWritten(GenerateJsonSchema):
    """Defaults as users write them, ``26h`` and not ``P1DT2H``: only such are valid beside their own pattern."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        printed = super().default_schema(schema)
        if isinstance(printed.get("default"), str | int):
            printed["default"] = SchemaSerializer(schema["schema"]).to_python(schema["default"], mode="json")
        return printed


class Row(NamedTuple):
    """One setting, for the reference page. Texts are Markdown."""

    key: str
    """``repositories.NAME.plans.NAME.max_age``."""
    variable: str
    """The same as an environment variable; empty inside a list, which is given as a whole, as JSON."""
    kind: str
    default: str
    """As it is written; ``required`` where there is none, empty where ``meaning`` tells it or there is nothing."""
    meaning: str


def show(model: Settings) -> str:
    """The settings as YAML, with ``(hidden)`` and ``***`` in place of everything secret."""
    data = model.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)


def schema() -> dict[str, Any]:
    """The JSON Schema of the YAML file, draft 2020-12."""
    return {"$schema": DIALECT, **Settings.model_json_schema(schema_generator=_DefaultsAsWritten)}


def rows() -> list[Row]:
    """Every setting, in the order in which the models declare them."""
    return list(_rows(Settings, ()))


def _rows(section: type[BaseModel], path: tuple[str, ...]) -> Iterator[Row]:
    for name, field in section.model_fields.items():
        here = (*path, name)
        variable = "" if "[]" in ".".join(here) else variable_of(here)
        yield Row(".".join(here), variable, _kind(field), _default(section, name), field.description or "")
        shape = shape_of(field.annotation)
        while shape.item is not None:
            here, shape = (*here, "NAME"), shape_of(shape.item)
        if shape.section is not None:
            yield from _rows(shape.section, here)
        for item in flat(field.annotation) if shape.is_list else ():
            if isinstance(item, type) and issubclass(item, BaseModel):
                yield from _rows(item, (*path, f"{name}[]"))


def _kind(field: FieldInfo) -> str:
    shape = shape_of(field.annotation)
    if shape.item is not None:
        return "map"
    if shape.section is not None:
        return "section"
    words = [mark.how for mark in field.metadata if isinstance(mark, Written)]
    for part in flat(field.annotation):
        if get_origin(part) is Annotated:
            words += [mark.how for mark in get_args(part) if isinstance(mark, Written)]
        if get_origin(part) is Literal:
            words.append(" or ".join(f"`{choice}`" for choice in get_args(part)))
    if shape.is_list:
        return f"{words[0]} or list" if shape.is_value else f"list of {words[0]}"
    return words[0]


def _default(section: type[BaseModel], name: str) -> str:
    field = section.model_fields[name]
    if field.is_required():
        return "required"
    if field.default is None or field.default_factory is not None:
        return ""
    printed = section.model_construct().model_dump(mode="json", include={name})[name]
    written = yaml.safe_dump(printed, default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return f"`{written}`"
