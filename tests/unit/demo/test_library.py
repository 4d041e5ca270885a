"""The demo's library: laid out as Immich does, growing, the same every time."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.demo.layout import Layout
from immich_backup_exporter.demo.library import Library, arrivals, make_library

TAKEN = datetime(2026, 3, 9, 12, tzinfo=UTC)
NIGHTS = tuple(date(2026, 3, 10) + timedelta(days=day) for day in range(5))


@pytest.mark.parametrize(
    ("photos", "counts"),
    [(2, [1, 0, 0, 0, 1]), (20, [10, 2, 3, 2, 3]), (300, [150, 37, 38, 37, 38])],
)
def test_half_of_the_photos_are_there_before_the_first_night_and_the_rest_comes_bit_by_bit(photos, counts):
    assert [len(night) for night in arrivals(photos, NIGHTS)] == counts


def test_no_photo_was_taken_after_the_night_that_first_saved_it():
    for night, moments in zip(NIGHTS, arrivals(300, NIGHTS), strict=True):
        assert all(moment.date() < night for moment in moments)


def test_every_folder_has_its_marker_and_the_owner_a_picture(library: Library, layout: Layout):
    markers = sorted(path.parent.name for path in layout.upload_location.rglob(".immich"))
    assert markers == ["backups", "encoded-video", "library", "profile", "thumbs", "upload"]
    assert (layout.upload_location / library.profile_path).read_bytes().startswith(b"\x89PNG")


def test_a_new_photo_is_filed_by_day_with_its_thumbnail(library: Library, layout: Layout):
    (photo,) = library.add(7, TAKEN, filed=True)
    assert photo.path == "library/admin/2026/2026-03-09/IMG_0008.png"
    ((kind, path),) = photo.derived
    assert kind == "thumbnail"
    assert path == f"thumbs/{library.owner_id}/{photo.id[:2]}/{photo.id[2:4]}/{photo.id}_thumbnail.webp"
    assert (layout.upload_location / path).read_bytes()[8:16] == b"WEBPVP8L"


def test_an_old_photo_stays_where_it_was_uploaded(library: Library):
    (photo,) = library.add(7, TAKEN, filed=False)
    folder, owner, first, second, name = photo.path.split("/")
    assert (folder, owner) == ("upload", library.owner_id)
    assert name.startswith(first + second)
    assert name.endswith(".png")


def test_an_asset_knows_its_files_checksum_and_its_file_when_it_was_taken(library: Library, layout: Layout):
    (photo,) = library.add(7, TAKEN, filed=True)
    file = layout.upload_location / photo.path
    assert photo.checksum == hashlib.sha1(file.read_bytes(), usedforsecurity=False).digest()
    assert file.stat().st_mtime == TAKEN.timestamp()


def test_the_first_photo_comes_with_a_video_and_its_transcode(library: Library):
    _, film = library.add(0, TAKEN, filed=True)
    assert (film.type, film.path) == ("VIDEO", "library/admin/2026/2026-03-09/VID_0001.mp4")
    ((kind, path),) = film.derived
    assert kind == "encoded_video"
    assert path == f"encoded-video/{library.owner_id}/{film.id[:2]}/{film.id[2:4]}/{film.id}.mp4"


def test_the_same_photos_come_every_time(library: Library, tmp_path: Path):
    other = Layout(tmp_path / "other")
    other.make_folders()
    again = make_library(other.upload_location, NIGHTS[0])
    assert again.owner_id == library.owner_id
    assert again.add(7, TAKEN, filed=False) == library.add(7, TAKEN, filed=False)
