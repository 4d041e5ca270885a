"""Paths of files as a database, a disk and a snapshot write them, made comparable. All of them are bytes here."""

import posixpath
import re
import unicodedata
from collections.abc import Iterator

MOTION_SUFFIX = b"-MP.mp4"
"""Immich extracts the video of a motion photo to ``encoded-video/.../<asset>-MP.mp4``, and again where it is gone."""

_FOLDER = re.compile(rb"(?:\A|(?<=/))(?=(?:library|upload|profile|encoded-video)/)")
_REPLACED = re.compile("\N{REPLACEMENT CHARACTER}{2,}")
_LITTER_FOLDERS = re.compile(
    rb"(?:\A|/)(?:@eaDir|#recycle|@Recycle|\.stfolder|\.stversions|\.sync|\.Trash[^/]*|\.AppleDouble|"
    rb"\.Spotlight-V100|\.fseventsd|\$RECYCLE\.BIN|System Volume Information|lost\+found|\.snapshots?|\.zfs)(?:/|\Z)"
)
_LITTER_FILES = re.compile(
    rb"\.immich|\.DS_Store|\.localized|\._.*|Thumbs\.db|ehthumbs\.db|desktop\.ini|\.nomedia|\.stignore|\.directory|"
    rb"\.fuse_hidden.*|\.nfs[0-9a-f]{8,}|.*@SynoEAStream|.*@SynoResource",
    re.DOTALL | re.IGNORECASE,
)


def canonical(path: bytes) -> bytes:
    """One spelling for all that mean the same file: composed (NFC), and one U+FFFD for any number in a row.

    macOS and some network file systems decompose names (NFD). Bytes that are no UTF-8 become U+FFFD, one or several
    depending on the program (restic, Node.js).
    """
    if path.isascii():
        return path
    text = unicodedata.normalize("NFC", path.decode("utf-8", "replace"))
    if "\N{REPLACEMENT CHARACTER}" in text:
        text = _REPLACED.sub("\N{REPLACEMENT CHARACTER}", text)
    return text.encode()


def spelled_canonically(path: str) -> bytes:
    """A path of a setting or of a snapshot's own, as it is compared."""
    return canonical(path.encode("utf-8", "replace"))


def with_ancestors(path: bytes) -> Iterator[bytes]:
    """``/a/b/c``, ``/a/b`` and ``/a``."""
    while path:
        yield path
        path = path[: max(path.rfind(b"/"), 0)]


def behind(path: bytes, slashes: int) -> int:
    """Where what stands behind so many slashes begins, however the names before are composed."""
    place = 0
    for _ in range(slashes):
        place = path.index(b"/", place) + 1
    return place


def suffixes(path: bytes) -> list[bytes]:
    """Every end of ``path`` that begins with one of Immich's folders, the longest first.

    The path below the upload location is among them, whatever that is called inside of the container: ``/data``,
    ``/usr/src/app/upload``, the relative ``upload`` of older versions, or anything else.
    """
    return [path[found.start() :] for found in _FOLDER.finditer(path)]


def tidy(path: bytes) -> bytes:
    """Without empty and ``.`` components."""
    return posixpath.normpath(path) if path else path


def is_litter_folder(folder: bytes) -> bool:
    """Whether a folder is, or lies in, one that a file system, a NAS or a synchronizing program keeps for itself."""
    return _LITTER_FOLDERS.search(folder) is not None


def is_litter(name: bytes) -> bool:
    """The same of a file, by its name alone."""
    return _LITTER_FILES.fullmatch(name) is not None
