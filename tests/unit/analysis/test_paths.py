"""Paths made comparable."""

import unicodedata

import pytest

from immich_backup_exporter.analysis.paths import canonical, is_litter, is_litter_folder, suffixes


def test_spellings_of_one_name_are_one() -> None:
    composed = "library/grüße.jpg"
    assert canonical(unicodedata.normalize("NFD", composed).encode()) == composed.encode()
    assert canonical("a\ufffd\ufffd\ufffdb".encode()) == canonical(b"a\xff\xfe\xfdb") == "a\ufffdb".encode()


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        (b"/data/library/admin/1.jpg", [b"library/admin/1.jpg"]),
        (b"/usr/src/app/upload/upload/x/1.jpg", [b"upload/upload/x/1.jpg", b"upload/x/1.jpg"]),
        (b"upload/library/1.jpg", [b"upload/library/1.jpg", b"library/1.jpg"]),
        (b"/mnt/my-library/1.jpg", []),
        (b"/data/profile/x/1.jpg", [b"profile/x/1.jpg"]),
    ],
)
def test_every_end_that_could_lie_below_the_upload_location_is_tried(path: bytes, ends: list[bytes]) -> None:
    assert suffixes(path) == ends


@pytest.mark.parametrize("name", [b".DS_Store", b"Thumbs.db", b"._1.jpg", b"desktop.ini", b".nfs0000a1b2c3d4"])
def test_litter_is_known_by_name(name: bytes) -> None:
    assert is_litter(name)


@pytest.mark.parametrize("name", [b"1.jpg", b"DS_Store.jpg", b"thumbs.db.jpg", b".hidden.jpg", b"_1.jpg"])
def test_other_names_are_no_litter(name: bytes) -> None:
    assert not is_litter(name)


def test_litter_folders_are_known_wherever_they_are() -> None:
    assert is_litter_folder(b"/library/@eaDir/x")
    assert is_litter_folder(b".stfolder")
    assert not is_litter_folder(b"/library/my@eaDir")
