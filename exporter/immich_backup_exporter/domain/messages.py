"""A sentence for a person as data: what is said, and with which values. Only :mod:`..words` turns one into text.

So nothing that is stored, compared or raised is prose, and a new language touches nothing but ``words``.
"""

from collections.abc import Mapping

TYPE_CHECKING = False  # as `typing` has it, which would delay each backup that `run` starts, as would `datetime`
if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from typing import Any, TypeAlias

    Argument: TypeAlias = "str | int | float | datetime | timedelta | Message | tuple[str | Message, ...] | None"
    """What a message may hold. A ``str`` is a name or a path and is shown as it is, in every language; ``None`` is
    shown as nothing; a tuple is a list, which each language joins in its own way."""

    Text: TypeAlias = "Message | str"
    """A message, or prose that has yet to become one."""
else:

    def __getattr__(name: str) -> "Any":
        """The types above, for those who annotate with them."""
        if name not in ("Argument", "Text"):  # Python's import itself asks for `__path__`
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from datetime import datetime, timedelta

        if name == "Text":
            return Message | str
        return str | int | float | datetime | timedelta | Message | tuple[str | Message, ...] | None


class Bytes(int):
    """A number of bytes, which words show in a unit that fits."""


class Share(float):
    """A part of a whole, 1 for all of it, which words show in per cent."""


class Message:
    """One sentence, or a part of one.

    ``id`` is ``SUBJECT.NAME``, as :mod:`..words.english` lists them. Write it as a literal: a test compares every call
    with the text that belongs to it. Messages with the same id and arguments are equal.
    """

    __slots__ = ("arguments", "id")

    id: str
    arguments: "Mapping[str, Argument]"

    def __init__(self, id_: str, /, **arguments: "Argument") -> None:
        object.__setattr__(self, "id", id_)
        object.__setattr__(self, "arguments", arguments)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a message does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.id, self.arguments) == (other.id, other.arguments)

    def __hash__(self) -> int:
        return hash((self.id, *self.arguments.items()))

    def __repr__(self) -> str:
        arguments = (f"{name}={value!r}" for name, value in self.arguments.items())
        return f"Message({', '.join((repr(self.id), *arguments))})"

    def __reduce__(self) -> tuple[object, ...]:
        return _made, (self.id, dict(self.arguments))


def _made(id_: str, arguments: "Mapping[str, Argument]") -> Message:
    return Message(id_, **arguments)


def sentences(*parts: "Text | None") -> Message:
    """Several sentences, one after the other; those that are ``None`` or empty are left out."""
    return Message("text.sentences", parts=tuple(part for part in parts if part))
