"""An upload location in a folder, and doing things as a user who is not root."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.immich.upload_location import UploadLocation
from support.unprivileged import NOBODY, ROOT, open_folder


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty upload location with its folder `backups`, open to all users, its path short enough for sockets."""
    with open_folder() as folder:
        (folder / "backups").mkdir()
        yield folder


@pytest.fixture
def watch(root: Path) -> Callable[..., UploadLocation]:
    """Makes an `UploadLocation` of the folder `root`; arguments as those of `DumpSettings`."""

    def make(**settings: object) -> UploadLocation:
        declared = {"folder": str(root / "backups"), "upload_location": str(root), "timezone": "UTC", **settings}
        return UploadLocation(str(root), DumpSettings(**declared), SystemClock())  # type: ignore[arg-type]  # as declared

    return make


@pytest.fixture
def as_ordinary_user() -> Callable[[], AbstractContextManager[None]]:
    """Within it, root's rights are gone; who is not root has none anyway."""

    @contextmanager
    def drop() -> Iterator[None]:
        if not ROOT:
            yield
            return
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return drop
