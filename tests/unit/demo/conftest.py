"""A demo's folder without any repository in it: a library of a photo, and the dumps of five nights."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from immich_backup_exporter.demo.backups import Restic
from immich_backup_exporter.demo.dumps import write_dump
from immich_backup_exporter.demo.layout import Layout, Note
from immich_backup_exporter.demo.library import Library, make_library
from immich_backup_exporter.demo.nights import dump_moment, local
from immich_backup_exporter.demo.scene import Scene

NIGHTS = tuple(local(date(2026, 3, day), time(3)) for day in (10, 11, 12, 13, 14))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "demo")
    made.make_folders()
    Note(days=5, photos=1, last_night="2026-03-14T02:00:00+00:00", complete=True).write(made)
    return made


@pytest.fixture
def library(layout: Layout) -> Library:
    return make_library(layout.upload_location, NIGHTS[0].date())


@pytest.fixture
def scene(layout: Layout, library: Library) -> Scene:
    """Five nights of dumps, and 12:00 UTC after the last one."""
    assets = library.add(0, datetime(2026, 3, 9, 12, tzinfo=UTC), filed=False)
    for night in NIGHTS:
        write_dump(layout.dumps, dump_moment(night), library, assets)
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    restic = Restic("no-such-program", {})
    return Scene(layout=layout, restic=restic, now=now, reload=lambda: None, looked_into=lambda _: None)
