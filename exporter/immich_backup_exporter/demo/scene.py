"""What is common to all ways in which the demo can go bad."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .backups import Restic
from .layout import Layout
from .watching import Agent, Series

NAS = (("repository", "nas"),)
NAS_PLAN = (*NAS, ("plan", "immich"))
OFFSITE = (("repository", "offsite"),)
OFFSITE_PLAN = (*OFFSITE, ("plan", "immich"))
_LOOKED_INTO_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a break can get at."""

    layout: Layout
    restic: Restic
    now: datetime
    reload: Callable[[], None]
    """Lets the agent read its configuration again, and open every repository."""
    looked_into: Callable[[datetime], None]
    """Waits until the agent has looked into the backup in `nas` that began then, and compared it with a dump."""

    def backup(self, moment: datetime, exclude: Iterable[Path | str] = ()) -> None:
        """Back up into `nas` as every night, but for what is to ``exclude``."""
        self.restic.backup(self.layout.nas, self.layout.sources, moment, exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One way to go bad. ``apply`` does it, blocking, and returns what it did."""

    help: Message
    apply: Callable[[Scene], Message]
    shows: tuple[Series, ...]
    """All of these change, when the agent has noticed."""
    also: tuple[Series, ...] = ()
    """These are shown with them, where they are known (an old restic reports less)."""


def looked_into(agent: Agent, moment: datetime) -> None:
    """What :attr:`Scene.looked_into` promises. Raises ``DemoError``."""
    agent.wait_for(Series(c.COVERAGE_TIMESTAMP, NAS_PLAN), moment.timestamp(), _LOOKED_INTO_SECONDS)


def dumps(scene: Scene) -> list[Path]:
    """The dumps, oldest first."""
    return sorted(scene.layout.dumps.glob("immich-db-backup-*.sql.gz"))


def rewrite(path: Path, content: bytes) -> None:
    """Give the file these contents and leave its time."""
    state = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def set_age(path: Path, now: datetime, age: timedelta) -> None:
    moment = (now - age).timestamp()
    os.utime(path, (moment, moment))
