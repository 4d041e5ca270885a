"""Builds the demo: the library grows night by night, and is dumped and backed up each night as in real life."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.domain.messages import Message

from .backups import Restic
from .dumps import write_dump
from .layout import Layout, Note
from .library import Asset, arrivals, make_library
from .nights import dump_moment
from .progress import Step
from .settings import settings_text
from .stack import make_stack

STEPS_BESIDE_NIGHTS = 2


def build(layout: Layout, restic: Restic, nights: tuple[datetime, ...], photos: int, step: Step) -> None:
    """Make everything in the layout's folder, which is empty. Raises ``DemoError``.

    ``step`` is called once per night and :data:`STEPS_BESIDE_NIGHTS` times more.
    """
    note = Note(days=len(nights), photos=photos, last_night=nights[-1].isoformat())
    note.write(layout)
    layout.make_folders()
    for repository in (layout.nas, layout.offsite):
        repository.password_file.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
        repository.password_file.chmod(0o600)
    layout.config_file.write_text(settings_text(layout, restic.program), encoding="utf-8")
    step(Message("demo.making_repositories"))
    restic.init(layout.nas)
    with ThreadPoolExecutor(1) as beside:
        offsite = beside.submit(restic.init, layout.offsite, layout.nas)
        _live(layout, restic, nights, photos, step)
        step(Message("demo.copying"))
        offsite.result()
    restic.copy(layout.nas, layout.offsite)
    replace(note, complete=True).write(layout)


def _live(layout: Layout, restic: Restic, nights: tuple[datetime, ...], photos: int, step: Step) -> None:
    days = tuple(night.date() for night in nights)
    library = make_library(layout.upload_location, days[0])
    make_stack(layout.stack, layout.upload_location, days[0])
    assets: list[Asset] = []
    number = 0
    for index, (night, moments) in enumerate(zip(nights, arrivals(photos, days), strict=True)):
        step(Message("demo.night", number=index + 1, nights=len(nights)))
        for taken in moments:
            # Before the first night the storage template was not on yet.
            assets += library.add(number, taken, filed=index > 0)
            number += 1
        write_dump(layout.dumps, dump_moment(night), library, assets)
        restic.backup(layout.nas, layout.sources, night)
