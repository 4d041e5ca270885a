import pytest

from immich_backup_exporter.checking.missing import listed
from immich_backup_exporter.domain.contents import MissingFile, MissingKind
from immich_backup_exporter.words import ENGLISH


def line(path: bytes, item: str = "6f0b3c1e", on_disk: bool | None = None) -> str:
    return ENGLISH.render(listed(MissingFile(kind=MissingKind.ORIGINAL, item=item, path=path, on_disk=on_disk)))


@pytest.mark.parametrize("name", ["1.jpg", "a b.jpg", "grüße 📷 日本.jpg", "gru\u0308ße.jpg", "back\\slash.jpg"])
def test_an_ordinary_name_is_told_as_it_is(name: str) -> None:
    assert line(f"/data/{name}".encode()) == f"original 6f0b3c1e /data/{name}"


def test_what_the_disk_lacks_too_is_told() -> None:
    assert line(b"/data/1.jpg", on_disk=False) == "original 6f0b3c1e /data/1.jpg (gone from Immich's disk too)"


@pytest.mark.parametrize(
    ("character", "escaped"),
    [
        ("\x1b", "\\x1b"),
        ("\r", "\\r"),
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\x07", "\\x07"),
        ("\x7f", "\\x7f"),
        ("\x9b", "\\x9b"),
        ("\u2028", "\\u2028"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200f", "\\u200f"),
        ("\u200b", "\\u200b"),
        ("\ufeff", "\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_no_terminal_should_see_is_escaped(character: str, escaped: str) -> None:
    assert line(f"/data/a{character}b.jpg".encode(), f"6f{character}") == f"original 6f{escaped} /data/a{escaped}b.jpg"


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert line(b"/data/a\xff\x1b.jpg", "6f\udcff") == "original 6f\\udcff /data/a\\xff\\x1b.jpg"
