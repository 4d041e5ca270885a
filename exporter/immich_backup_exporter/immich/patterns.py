"""Finds the files that a glob pattern means: like :func:`glob.glob`, but it says when it may not look.

``**`` follows no link, so it always ends.
"""

import os
import re
from collections.abc import Iterator
from stat import S_ISREG

from immich_backup_exporter.formats.globs import component_expression, components

_MAGIC = re.compile(r"[*?\[]")


def find_files(pattern: str, root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the path and state of every regular file that ``pattern`` means, below ``root`` unless it is absolute.

    Links are not followed for the file itself. What does not exist is no error. ``OSError``: a folder that is named
    without a wildcard cannot be read; folders that only a wildcard led to are passed over.
    """
    start = "/" if pattern.startswith("/") else root
    return _find(start, tuple(components(pattern)), wild=False)


def _find(folder: str, parts: tuple[str, ...], *, wild: bool) -> Iterator[tuple[str, os.stat_result]]:
    if not parts:
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _find(folder, rest, wild=wild)
        for entry in _entries(folder, wild=wild):
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                yield from _find(entry.path, parts, wild=True)
    elif not _MAGIC.search(part):
        path = os.path.join(folder, part)
        if rest:
            yield from _find(path, rest, wild=wild)
        else:
            yield from _regular(path, wild=wild)
    else:
        matches = re.compile(component_expression(part)).fullmatch
        for entry in _entries(folder, wild=wild):
            if not matches(entry.name):
                continue
            if rest:
                if entry.is_dir():
                    yield from _find(entry.path, rest, wild=True)
            else:
                yield from _regular(entry.path, wild=wild)


def _entries(folder: str, *, wild: bool) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        if wild:
            return []
        raise


def _regular(path: str, *, wild: bool) -> Iterator[tuple[str, os.stat_result]]:
    try:
        state = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        if wild:
            return
        raise
    if S_ISREG(state.st_mode):
        yield path, state
