"""What a language is: texts by the ids of messages, and how it writes numbers, times and lists."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

from immich_backup_exporter.domain.messages import Argument, Bytes, Message, Share, Text

from . import numbers
from .template import Field, parsed


class UnknownTextError(LookupError):
    """A message has no text in a language, or the text names an argument that the message lacks: a defect."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """Renders messages. ``texts`` gives the texts of one subject by their names; see :mod:`.english`.

    A text holds its arguments in braces. What stands behind a colon is how an argument is written:

    =================  =================================================================================
    ``{age}``          by its kind: a duration, a time, a size, a share, a list with commas, a message
    ``{files:,}``      a number with its thousands apart
    ``{age:short}``    a duration with abbreviated units, where there is little room
    ``{age:ago}``      how long ago: a duration that is never negative
    ``{subject:capital}``  with its first letter in upper case, to begin a sentence
    ``{names:and}``    a list whose last item is joined by "and"
    ``{names:or}``     a list whose last item is joined by "or"
    ``{parts:sentences}``  sentences, one after the other
    ``{files:# file|# files}``  a number and its noun; ``#`` is the number, with its thousands apart
    =================  =================================================================================
    """

    code: str
    """As in HTML's ``lang``: ``en``."""
    texts: Callable[[str], Mapping[str, str]]
    form: Callable[[int | float], int]
    """Which of the forms of a noun, counted from 0, goes with a number."""
    units: Mapping[str, str]
    """``byte day hour minute second``: the forms of each behind ``#``, as in a text; and those of time with ``short_``
    before."""
    between_sentences: str = " "
    between_items: str = ", "
    last_item: str = " and "
    last_choice: str = " or "
    ago: str = "{} ago"
    _subjects: dict[str, Mapping[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _pieces: dict[str, tuple[str | Field, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def render(self, message: Text | None) -> str:
        """The text. ``None`` is none. Raises ``UnknownTextError``."""
        if message is None or isinstance(message, str):
            return message or ""
        pieces = self._pieces.get(message.id)
        if pieces is None:
            pieces = self._pieces[message.id] = parsed(self.text(message.id))
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        try:
            return "".join(
                part if isinstance(part, str) else self._argument(message.arguments[part.name], part.style)
                for part in pieces
            )
        except KeyError as error:
            raise UnknownTextError(f"{message!r} lacks the argument {error} of its text in {self.code}") from error

    def text(self, id_: str) -> str:
        """The text with its braces. Raises ``UnknownTextError``."""
        subject, _, name = id_.partition(".")
        if subject not in self._subjects:
            self._subjects[subject] = self.texts(subject)
        try:
            return self._subjects[subject][name]
        except KeyError:
            raise UnknownTextError(f"there is no text for {id_} in {self.code}") from None

    def counted(self, number: int | float, forms: str) -> str:
        """``1 dump``, by ``# dump|# dumps``."""
        choices = forms.split("|")
        chosen = choices[min(self.form(number), len(choices) - 1)]
        return chosen.replace("#", f"{number:,}")

    @cached_property
    def _styles(self) -> Mapping[str, Callable[[Argument], str]]:
        return {
            "short": partial(self._span, prefix="short_"),
            "ago": lambda value: self.ago.format(self._span(max(_duration(value), timedelta(0)))),
            "capital": lambda value: _capitalized(self.plain(value)),
            "and": lambda value: self._listed(self._items(value), self.last_item),
            "or": lambda value: self._listed(self._items(value), self.last_choice),
            "sentences": lambda value: self.between_sentences.join(self._items(value)),
            ",": lambda value: f"{value:,}" if isinstance(value, int | float) else self.plain(value),
        }

    def _argument(self, value: Argument, style: str) -> str:
        if not style:
            return self.plain(value)
        if style in self._styles:
            return self._styles[style](value)
        if not isinstance(value, int | float):
            raise UnknownTextError(f"{value!r} is no number for {style!r}")
        return self.counted(value, style)

    def plain(self, value: Argument) -> str:
        """One argument as it is written where its text says nothing else."""
        if value is None or isinstance(value, str | Message):
            return self.render(value)
        if isinstance(value, timedelta):
            return self._span(value)
        if isinstance(value, datetime):
            return numbers.at(value)
        if isinstance(value, Bytes):
            return self._size(value)
        if isinstance(value, Share):
            return numbers.share(value)
        if isinstance(value, tuple):
            return self.between_items.join(self._items(value))
        return str(value)

    def _items(self, value: Argument) -> list[str]:
        return [self.render(item) for item in value] if isinstance(value, tuple) else [self.plain(value)]

    def _listed(self, items: list[str], last: str) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{self.between_items.join(items[:-1])}{last}{items[-1]}"

    def _size(self, count: int) -> str:
        if abs(count) >= 1024:
            return numbers.size(count)
        return self.counted(count, self.units["byte"])

    def _span(self, value: Argument, prefix: str = "") -> str:
        negative, parts = numbers.span(_duration(value))
        return ("-" if negative else "") + " ".join(
            self.counted(count, self.units[f"{prefix}{unit}"]) for count, unit in parts
        )


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _duration(value: Argument) -> timedelta:
    if not isinstance(value, timedelta):
        raise UnknownTextError(f"{value!r} is no duration")
    return value


def texts_in(package: str) -> Callable[[str], Mapping[str, str]]:
    """The texts of one subject are ``TEXTS`` of the module of its name, imported when first needed."""

    def texts(subject: str) -> Mapping[str, str]:
        try:
            found: Mapping[str, str] = importlib.import_module(f"{package}.{subject}").TEXTS
        except ModuleNotFoundError:
            raise UnknownTextError(f"there are no texts about {subject} in {package}") from None
        return found

    return texts
