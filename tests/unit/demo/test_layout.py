"""The note in the demo's folder: what is ours, and nothing else is touched."""

from pathlib import Path

import pytest

from immich_backup_exporter.demo.errors import DemoError
from immich_backup_exporter.demo.layout import Layout, Note, mark_broken, read_note
from support.words import saying


def test_a_new_or_empty_folder_has_no_note(tmp_path: Path):
    assert read_note(Layout(tmp_path)) is None
    assert read_note(Layout(tmp_path / "not" / "yet")) is None


def test_a_folder_with_somebodys_files_is_refused(tmp_path: Path):
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(DemoError, check=saying("holds something that is not a demo; choose a new or empty --folder")):
        read_note(Layout(tmp_path))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"days": 3, "other": 1}', "null"])
def test_a_file_of_that_name_that_is_no_note_is_refused(tmp_path: Path, text: str):
    (tmp_path / "demo.json").write_text(text)
    with pytest.raises(DemoError, check=saying(r"demo\.json cannot be read; choose another --folder")):
        read_note(Layout(tmp_path))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, check=saying("choose another --folder")):
        read_note(Layout(tmp_path / "file"))


def test_a_break_is_noted_beside_what_was_made(layout: Layout):
    mark_broken(layout, "corrupt-dump")
    assert read_note(layout) == Note(
        days=5, photos=1, last_night="2026-03-14T02:00:00+00:00", complete=True, broken="corrupt-dump"
    )
