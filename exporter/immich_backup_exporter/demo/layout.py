"""Where things are in the demo's folder, and the note in it of what was made."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.messages import Message

from .errors import DemoError


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One of the demo's restic repositories."""

    name: str
    path: Path
    password_file: Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The demo's folder."""

    root: Path

    @property
    def upload_location(self) -> Path:
        return self.root / "immich"

    @property
    def dumps(self) -> Path:
        return self.upload_location / "backups"

    @property
    def stack(self) -> Path:
        """The folder with Immich's compose file, which a restore needs as well."""
        return self.root / "immich-app"

    @property
    def sources(self) -> tuple[Path, ...]:
        """What the backup job backs up."""
        return (self.upload_location, self.stack)

    @property
    def nas(self) -> Repository:
        return self._repository("nas")

    @property
    def offsite(self) -> Repository:
        return self._repository("offsite")

    @property
    def config_file(self) -> Path:
        return self.root / "config.yaml"

    @property
    def state_dir(self) -> Path:
        return self.root / "state"

    @property
    def moved_away(self) -> Path:
        """Where a break puts what must not be found."""
        return self.root / "moved-away"

    @property
    def note_file(self) -> Path:
        return self.root / "demo.json"

    def _repository(self, name: str) -> Repository:
        return Repository(
            name=name, path=self.root / "repositories" / name, password_file=self.root / "passwords" / name
        )

    def make_folders(self) -> None:
        for folder in FOLDERS:
            (self.upload_location / folder).mkdir(parents=True)
        self.stack.mkdir()
        for repository in (self.nas, self.offsite):
            repository.path.parent.mkdir(exist_ok=True)
            repository.password_file.parent.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands in ``demo.json``. Also the sign that a folder is ours to remove."""

    days: int
    photos: int
    last_night: str
    """When the newest backup began, as in ``2026-11-23T01:00:00+00:00``."""
    complete: bool = False
    broken: str | None = None
    """The break that was let loose on it."""

    @property
    def newest_backup(self) -> datetime:
        return datetime.fromisoformat(self.last_night).astimezone()

    def write(self, layout: Layout) -> None:
        layout.note_file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def read_note(layout: Layout) -> Note | None:
    """The note of an earlier demo in this folder; ``None`` where the folder is empty or new.

    Raises ``DemoError`` where something else is in it.
    """
    try:
        note = Note(**json.loads(layout.note_file.read_text(encoding="utf-8")))
        _ = note.newest_backup  # raises where it is no time
    except FileNotFoundError:
        note = None
    except (OSError, ValueError, TypeError):
        raise DemoError(Message("demo.cannot_read_note", path=str(layout.note_file))) from None
    try:
        if note is None and layout.root.exists() and any(layout.root.iterdir()):
            raise DemoError(Message("demo.foreign_folder", path=str(layout.root)))
    except OSError as error:
        raise DemoError(Message("demo.cannot_use", path=str(layout.root), reason=error.strerror)) from None
    return note


def mark_broken(layout: Layout, kind: str) -> None:
    """Note that the demo is not as it was made any more."""
    note = read_note(layout)
    if note is not None:
        replace(note, broken=kind).write(layout)
