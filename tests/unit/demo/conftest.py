"""A demo's folder without any repository in it: a library of six photos, two nights and their dumps."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.demo.backups import Restic
from immich_backup_exporter.demo.dumps import write_dump
from immich_backup_exporter.demo.layout import Layout, Note
from immich_backup_exporter.demo.library import Library, make_library
from immich_backup_exporter.demo.nights import dump_moment
from immich_backup_exporter.demo.scene import Scene

NIGHTS = (date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 14))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "demo")
    made.make_folders()
    Note(days=5, photos=1, last_night="2026-03-14", complete=True).write(made)
    return made


@pytest.fixture
def library(layout: Layout) -> Library:
    return make_library(layout.upload_location, NIGHTS[0])


@pytest.fixture
def scene(layout: Layout, library: Library) -> Scene:
    """Five nights of dumps, and 12:00 UTC after the last one."""
    assets = library.add(0, datetime(2026, 3, 9, 12, tzinfo=UTC), filed=False)
    for night in NIGHTS:
        write_dump(layout.dumps, dump_moment(night), library, assets)
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    restic = Restic("no-such-program", {})
    return Scene(layout=layout, restic=restic, now=now, reload=lambda: None, looked_into=lambda _: None)
