"""What the annotation of a field allows, however Python's versions spell it."""

from typing import Annotated, Any, Literal, Optional, Union

import pytest
from pydantic import Discriminator, Tag

from immich_backup_exporter.config.models import Repository, Section, Settings
from immich_backup_exporter.config.shape import Shape, below, keys_at, shape_of
from immich_backup_exporter.config.types import EnvironmentName, Secret


class Inner(Section):
    """A section."""


WORD_OR_LIST = Shape(is_list=True, is_value=True)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        (str, Shape(is_value=True)),
        (Secret, Shape(is_value=True)),
        (Inner, Shape(section=Inner)),
        (Inner | None, Shape(section=Inner)),
        (Optional[Inner], Shape(section=Inner)),  # noqa: UP045 - another class than `|` before Python 3.14
        (Annotated[Inner | None, "mark"], Shape(section=Inner)),
        (Annotated[Optional[Annotated[Inner, "mark"]], "mark"], Shape(section=Inner)),  # noqa: UP045
        (tuple[str, ...] | None, Shape(is_list=True)),
        (Annotated[tuple[str, ...], "mark"] | None, Shape(is_list=True)),
        (Literal["word"] | tuple[Inner, ...], WORD_OR_LIST),
        (Union[Literal["word"], tuple[Inner, ...]], WORD_OR_LIST),  # noqa: UP007
        (
            Annotated[
                Annotated[Literal["word"], Tag("a")] | Annotated[tuple[Inner, ...], Tag("b")],
                Discriminator(lambda _: "a"),
            ],
            WORD_OR_LIST,
        ),
        (Annotated[Secret, Tag("a")] | Annotated[Inner, Tag("b")], Shape(section=Inner, is_value=True)),
        (dict[str, Inner], Shape(item=Inner)),
        (Annotated[dict[EnvironmentName, str], "mark"], Shape(item=str, names_keep_case=True)),
        (dict[EnvironmentName, str] | None, Shape(item=str, names_keep_case=True)),
    ],
)
def test_the_shape_is_seen_through_unions_and_annotations(annotation: Any, shape: Shape) -> None:
    assert shape_of(annotation) == shape


@pytest.mark.parametrize("annotation", [tuple[Inner, ...], Annotated[tuple[Inner, ...], "x"] | Literal["word"]])
def test_what_is_below_an_index_is_what_the_list_holds(annotation: Any) -> None:
    assert shape_of(below(annotation, 0)).section is Inner


def test_the_keys_of_a_section_are_found_through_maps_and_lists() -> None:
    assert keys_at(Settings, ("immich", "external", 0)) == ["container", "backed_up_as", "plan"]
    assert keys_at(Settings, ("repositories", "nas")) == list(Repository.model_fields)
    assert keys_at(Settings, ("repositories", "nas", "environment", "A")) == ["file"]
    assert keys_at(Settings, ("state_dir",)) == []
