"""Which keys exist: walks the annotations of models for the environment, the messages and the reference page."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from .messages import Path
from .types import EnvironmentName

PREFIX = "IMMICH_BACKUP_"
DELIMITER = "__"


class Shape(NamedTuple):
    """What may stand at one place. More than one can be true: an external library is a word or a list."""

    section: type[BaseModel] | None = None
    item: Any = None
    """What each named thing of a map is."""
    names_keep_case: bool = False
    """The map's names are environment variables, so ``AWS_PROFILE`` stays in capitals."""
    is_list: bool = False
    is_value: bool = False

    @property
    def is_container(self) -> bool:
        return self.section is not None or self.item is not None


def shape_of(annotation: Any) -> Shape:
    """What the annotation of a field allows."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0])
    if origin in (Union, types.UnionType):
        shapes = [shape_of(argument) for argument in arguments if argument is not type(None)]
        return Shape(
            section=next((shape.section for shape in shapes if shape.section), None),
            item=next((shape.item for shape in shapes if shape.item), None),
            names_keep_case=any(shape.names_keep_case for shape in shapes),
            is_list=any(shape.is_list for shape in shapes),
            is_value=any(shape.is_value for shape in shapes),
        )
    if origin is dict:
        return Shape(item=arguments[1], names_keep_case=arguments[0] == EnvironmentName)
    if origin is tuple:
        return Shape(is_list=True)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(section=annotation)
    return Shape(is_value=True)


def keys_at(annotation: Any, path: Path) -> list[str]:
    """The keys of the section at ``path`` in something so annotated; empty where there is none."""
    for part in path:
        annotation = below(annotation, part)
    section = shape_of(annotation).section
    return list(section.model_fields) if section else []


def below(annotation: Any, part: str | int) -> Any:
    """The annotation of what stands under ``part`` of something so annotated; ``None`` where nothing can."""
    shape = shape_of(annotation)
    if isinstance(part, int):
        return next((a for a in flat(annotation) if get_origin(a) is None and shape_of(a).section), None)
    if shape.section and part in shape.section.model_fields:
        return shape.section.model_fields[part].annotation
    return shape.item


def flat(annotation: Any) -> Iterator[Any]:
    """The annotation and everything inside it."""
    yield annotation
    for argument in get_args(annotation):
        yield from flat(argument)


def variable_of(path: tuple[str, ...]) -> str:
    """The environment variable of a key."""
    return PREFIX + DELIMITER.join(part.upper() for part in path)
