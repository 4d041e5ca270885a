"""How a message becomes text, told with a small language of the test's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from immich_backup_exporter.domain.messages import Argument, Bytes, Message, Share, sentences
from immich_backup_exporter.words import ENGLISH, Language
from immich_backup_exporter.words.language import UnknownTextError

MOMENT = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)


def language(text: str) -> Language:
    """English, whose one text about anything is ``text``, beside what joins sentences."""

    def texts(subject: str) -> Mapping[str, str]:
        return {"sentences": "{parts:sentences}"} if subject == "text" else {"it": text}

    return replace(ENGLISH, texts=texts)


def shown(text: str, value: Argument) -> str:
    return language(text).render(Message("test.it", x=value))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{x}", "library", "library"),
        ("{x}", None, ""),
        ("{x}", 4711, "4711"),
        ("{x:,}", 4711, "4,711"),
        ("{x}", MOMENT, "2026-11-23 12:05 UTC"),
        ("{x}", Bytes(1536), "1.5 KiB"),
        ("{x}", Bytes(0), "0 bytes"),
        ("{x}", Bytes(1023), "1,023 bytes"),
        ("{x}", Bytes(1), "1 byte"),
        ("{x}", Bytes(5_000_000), "4.8 MiB"),
        ("{x}", Bytes(2**60), "1024.0 PiB"),
        ("{x:capital}", "nas", "Nas"),
        ("{x:capital}", Message("text.sentences", parts=("it is.",)), "It is."),
        ("{x}", Share(0.416), "42 %"),
        ("{x}", timedelta(hours=26, minutes=12), "26 hours 12 minutes"),
        ("{x}", timedelta(days=4), "4 days"),
        ("{x}", timedelta(seconds=1), "1 second"),
        ("{x}", -timedelta(minutes=1), "-1 minute"),
        ("{x:short}", timedelta(hours=26, minutes=12), "26 h 12 min"),
        ("{x:ago}", timedelta(minutes=5), "5 minutes ago"),
        ("{x:ago}", -timedelta(minutes=5), "0 seconds ago"),
        ("{x}", ("a", "b", "c"), "a, b, c"),
        ("{x:and}", ("a", "b", "c"), "a, b and c"),
        ("{x:and}", ("a",), "a"),
        ("{x:or}", ("a", "b", "c"), "a, b or c"),
        ("{x:and}", (), ""),
        ("{x:# dump|# dumps}", 1, "1 dump"),
        ("{x:# dump|# dumps}", 0, "0 dumps"),
        ("{x:# dump|# dumps}", 1200, "1,200 dumps"),
        ("{{{x}}}", "a", "{a}"),
    ],
)
def test_an_argument_is_written_by_its_kind_and_style(text: str, value: Argument, expected: str) -> None:
    assert shown(text, value) == expected


def test_a_message_may_hold_another() -> None:
    assert shown("<{x}>", Message("text.sentences", parts=("One.", "Two."))) == "<One. Two.>"


def test_sentences_leave_out_what_is_not_there() -> None:
    assert language("It.").render(sentences(Message("test.it"), None, "", "And.")) == "It. And."


def test_prose_and_nothing_are_shown_as_they_are() -> None:
    assert (ENGLISH.render("as it is"), ENGLISH.render(None)) == ("as it is", "")


def test_a_language_without_numbers_of_nouns_has_one_form_for_all() -> None:
    one_form = replace(language("{x:# 个快照}"), form=lambda _: 0)
    assert one_form.render(Message("test.it", x=7)) == "7 个快照"


@pytest.mark.parametrize(
    ("message", "defect"),
    [
        (Message("nothing.known"), "there are no texts about nothing"),
        (Message("text.unknown"), "there is no text for text.unknown in en"),
        (Message("text.sentences"), "lacks the argument 'parts'"),
    ],
)
def test_a_message_without_its_text_is_a_defect(message: Message, defect: str) -> None:
    with pytest.raises(UnknownTextError, match=defect):
        ENGLISH.render(message)


@pytest.mark.parametrize("text", ["{x:short}", "{x:# dump|# dumps}"])
def test_a_style_that_does_not_fit_its_argument_is_a_defect(text: str) -> None:
    with pytest.raises(UnknownTextError, match="'library' is no"):
        shown(text, "library")
