"""Messages as JSON; any bytes end in a message or in a typed error."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immich_backup_exporter.domain.messages import Bytes, Message, Share
from immich_backup_exporter.formats.message_json import NoMessageError, dumped, loaded

MESSAGE = Message(
    "dumps.cut_off",
    name="a\udc80\nb",
    count=3,
    share=Share(0.5),
    size=Bytes(7),
    age=timedelta(hours=2, milliseconds=1),
    time=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    nothing=None,
    parts=("one", Message("dumps.other")),
)


def test_a_message_comes_back_as_it_was() -> None:
    back = loaded(dumped(MESSAGE))
    assert back == MESSAGE
    assert back is not None
    assert (type(back.arguments["size"]), type(back.arguments["share"])) == (Bytes, Share)


def test_no_message_comes_back_as_none() -> None:
    assert loaded(dumped(None)) is None


def test_it_is_one_line_of_plain_ascii() -> None:
    text = dumped(MESSAGE)
    assert text is not None
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The dump is cut off.",
        "[]",
        '"text"',
        "{}",
        '{"kind":"message"}',
        '{"kind":"message","id":7,"arguments":{}}',
        '{"kind":"message","id":"a.b","arguments":[]}',
        '{"kind":"message","id":"a.b","arguments":{"x":{"kind":"time","value":"yesterday"}}}',
        '{"kind":"message","id":"a.b","arguments":{"x":{"kind":"duration","value":1e999}}}',
        '{"kind":"message","id":"a.b","arguments":{"x":[[1]]}}',
        '{"kind":"message","id":"a.b","arguments":{"x":{"kind":"colour"}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_a_typed_error(text: str) -> None:
    with pytest.raises(NoMessageError):
        loaded(text)


@given(st.binary())
def test_any_bytes_end_in_a_message_or_a_typed_error(data: bytes) -> None:
    with suppress(NoMessageError):
        assert isinstance(loaded(data), Message)
