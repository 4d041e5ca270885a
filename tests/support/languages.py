"""Texts of languages: what one lacks beside English, and a pseudo-language in which a word that is not a text shows."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from types import ModuleType

from immich_backup_exporter.words import ENGLISH, Language, english
from immich_backup_exporter.words.template import Field, fields, parsed

Texts = Mapping[str, str]


def texts_of(package: ModuleType) -> dict[str, str]:
    """All texts of a language, by the ids of messages."""
    subjects = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {
        f"{subject}.{name}": text
        for subject in subjects
        for name, text in importlib.import_module(f"{package.__name__}.{subject}").TEXTS.items()
    }


def lacking(texts: Texts, than: Texts) -> list[str]:
    """What ``texts`` would need to say everything that ``than`` says, and what it has beside that."""
    return [
        *(f"{id_} is missing" for id_ in sorted(than.keys() - texts.keys())),
        *(f"{id_} is unknown" for id_ in sorted(texts.keys() - than.keys())),
        *(
            f"{id_} has other arguments"
            for id_ in sorted(texts.keys() & than.keys())
            if fields(texts[id_]) != fields(than[id_])
        ),
    ]


# --- the pseudo-language: English with accents, a text in ⟦ ⟧, an argument in ⟪ ⟫

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
_ACCENTS = str.maketrans(_LETTERS, _ACCENTED)
BETWEEN_SENTENCES, BETWEEN_ITEMS, LAST_ITEM = "¶", "§", "¤"


def pseudo_language() -> Language:
    """``en-XA``, made of English."""
    return replace(
        ENGLISH,
        code="en-XA",
        texts=lambda subject: {name: _pseudo(text) for name, text in ENGLISH.texts(subject).items()},
        units={name: forms.translate(_ACCENTS) for name, forms in ENGLISH.units.items()},
        between_sentences=BETWEEN_SENTENCES,
        between_items=BETWEEN_ITEMS,
        last_item=LAST_ITEM,
        ago=ENGLISH.ago.translate(_ACCENTS),
    )


def _pseudo(text: str) -> str:
    return f"⟦{''.join(map(_piece, parsed(text)))}⟧"


def _piece(piece: str | Field) -> str:
    if isinstance(piece, str):
        return piece.translate(_ACCENTS).replace("{", "{{").replace("}", "}}")
    forms = "#" in piece.style or "|" in piece.style
    style = piece.style.translate(_ACCENTS) if forms else piece.style
    return f"⟪{{{piece.name}{':' if style else ''}{style}}}⟫"


_INNERMOST_TEXT = re.compile(r"⟦[^⟦⟧⟪⟫]*⟧")
_INNERMOST_ARGUMENT = re.compile(r"⟪([^⟦⟧⟪⟫]*)⟫")
_TEXT = "\N{OBJECT REPLACEMENT CHARACTER}"
_SEPARATORS = f"[{BETWEEN_SENTENCES}{BETWEEN_ITEMS}{LAST_ITEM}]"
_GLUED = re.compile(
    rf"{_TEXT}(?!{_SEPARATORS}|$)|(?<!^)(?<!{BETWEEN_SENTENCES})(?<!{BETWEEN_ITEMS})(?<!{LAST_ITEM}){_TEXT}"
)
_SIGNS = "✓!✕? "
"""Stand before the verdict in the title."""
_WORD = re.compile("[A-Za-z]{2,}")


def foreign(shown: str) -> Iterator[str]:
    """What in a piece of shown text does not come out of a text, or was put beside one without the language's say."""
    arguments = [shown]
    text = shown
    while "⟦" in text or "⟪" in text:
        before = text
        arguments.extend(_INNERMOST_ARGUMENT.findall(text))
        text = _INNERMOST_ARGUMENT.sub("", text)
        text = _INNERMOST_TEXT.sub(_TEXT, text)
        if text == before:
            yield f"marks that do not match: {shown}"
            return
    arguments[0] = text
    for argument in arguments:
        yield from (f"{word}: {shown}" for word in _WORD.findall(argument))
        if _GLUED.search(argument):
            yield f"glued: {shown}"


class Shown(HTMLParser):
    """The pieces of text that a person sees or hears of a page, each element's own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = [""]
        self.lang = ""
        self._hidden = 0
        self.feed(html)
        self.pieces = [piece.strip() for piece in self.pieces if piece.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces += [value or "" for name, value in attrs if name in ("aria-label", "title", "alt")]
        self.lang = self.lang or dict(attrs).get("lang") or ""
        self._hidden += tag == "style"
        if tag != "code":
            self.pieces.append("")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "style"
        if tag != "code":
            self.pieces.append("")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces[-1] += data.lstrip(_SIGNS)


__all__ = ["Shown", "english", "foreign", "lacking", "pseudo_language", "texts_of"]
