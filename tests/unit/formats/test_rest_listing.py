import pytest

from immich_backup_exporter.formats.rest_listing import MalformedListing, names

ID = b"0123456789abcdef" * 4


def test_version_2_of_the_api_is_objects_with_names() -> None:
    assert names(b'[{"name":"' + ID + b'","size":182,"new":true}]') == {ID.decode()}


def test_version_1_of_the_api_is_names() -> None:
    assert names(b'["' + ID + b'"]') == {ID.decode()}


@pytest.mark.parametrize("empty", [b"[]", b"null", b" [ ]\n"])
def test_an_empty_list_is_empty(empty: bytes) -> None:
    assert names(empty) == frozenset()


def test_a_name_that_is_no_id_is_left_out() -> None:
    assert names(b'["' + ID + b'-tmp-1", "README", "' + ID.upper() + b'"]') == frozenset()


@pytest.mark.parametrize(
    "garbage",
    [b"", b"<html>", b"{}", b'"x"', b"[1]", b"[null]", b'[{"size":1}]', b"\xff\xfe", b'["' + ID, b"[" * 100000],
)
def test_garbage_is_refused_without_a_word_of_it(garbage: bytes) -> None:
    with pytest.raises(MalformedListing) as raised:
        names(garbage)
    assert str(raised.value).startswith("The answer is")
