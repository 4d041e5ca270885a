"""Work in a thread beside the one that hands it over."""

import pytest

from immich_backup_exporter.inspection.aside import Aside


def test_pieces_are_worked_on_in_their_order() -> None:
    done: list[bytes] = []
    aside = Aside(done.append)
    for number in range(100):
        aside.put(b"%d" % number)
    aside.finish()
    assert done == [b"%d" % number for number in range(100)]


def test_what_fails_is_raised_where_the_pieces_come_from() -> None:
    def fail(piece: bytes) -> None:
        raise ValueError(piece)

    aside = Aside(fail)
    aside.put(b"bad")
    with pytest.raises(ValueError, match="bad"):
        aside.finish()
