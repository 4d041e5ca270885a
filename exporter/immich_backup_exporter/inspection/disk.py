"""Questions to the live upload location, where the agent sees it. All of it only looks."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime

from immich_backup_exporter.analysis.paths import is_litter, is_litter_folder, suffixes
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.immich import MARKER
from immich_backup_exporter.formats.dump_name import looks_like_dump

_LOOKED_AT = 200_000
"""Entries of one folder, at most, in search of one that is old enough."""
_PATIENCE_SECONDS = 120.0
"""For all questions of one kind: a slow network disk must not hold up what the snapshot itself tells."""


def settled_folders(location: str, folders: list[str], before: datetime, clock: Clock) -> list[str] | None:
    """Which of these folders hold a file that has been there since ``before``: it could have been backed up.

    A file that was moved or written since has a newer time of change. ``None``: their disk is not there.
    """
    root = os.fsencode(location)
    if any(not _marked(root, folder) for folder in folders):
        return None
    moment, deadline = before.timestamp(), clock.monotonic() + _PATIENCE_SECONDS
    found = []
    for folder in folders:
        if _holds_settled(os.path.join(root, folder.encode()), folder, moment, lambda: clock.monotonic() > deadline):
            found.append(folder)
        if clock.monotonic() > deadline:
            return None
    return found


def _holds_settled(path: bytes, folder: str, moment: float, late: Callable[[], bool]) -> bool:
    for seen, entry in enumerate(_files(path)):
        if seen > _LOOKED_AT or late():
            return False
        if folder == "backups" and not looks_like_dump(os.fsdecode(entry.name)):
            continue
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if state.st_ctime < moment and state.st_size:
            return True
    return False


def _files(path: bytes) -> "Iterator[os.DirEntry[bytes]]":
    folders = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not is_litter_folder(entry.name):
                        folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False) and not is_litter(entry.name):
                    yield entry
    except OSError:
        return
    for folder in folders:
        yield from _files(folder)


class LiveDisk:
    """Whether files of the database are on the live disk."""

    def __init__(self, location: str | None, clock: Clock) -> None:
        self._root = None if location is None else os.fsencode(location)
        self._there: dict[str, bool] = {}
        self._clock = clock
        self._deadline = clock.monotonic() + _PATIENCE_SECONDS

    @property
    def visible(self) -> bool:
        """Whether there is a place to look at."""
        return self._root is not None

    def holds(self, path: bytes) -> bool | None:
        """Of a path as the database has it. ``None`` where the agent cannot see."""
        if self._root is None or self._clock.monotonic() > self._deadline:
            return None
        ends = suffixes(path)
        seen = False
        for end in ends:
            folder = end.split(b"/", 1)[0].decode()
            if folder not in self._there:
                self._there[folder] = _marked(self._root, folder)
            if not self._there[folder]:
                continue
            seen = True
            try:
                if any(_is_file(os.path.join(self._root, spelling)) for spelling in _spellings(end)):
                    return True
            except OSError:
                return None
        return False if seen else None


def _spellings(path: bytes) -> list[bytes]:
    """A disk may have it composed or decomposed."""
    if path.isascii():
        return [path]
    text = path.decode("utf-8", "surrogateescape")
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    return list(dict.fromkeys((path, *(form.encode("utf-8", "surrogateescape") for form in forms))))


def _is_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False


def _marked(root: bytes, folder: str) -> bool:
    try:
        return _is_file(os.path.join(root, folder.encode(), MARKER.encode()))
    except OSError:
        return False
