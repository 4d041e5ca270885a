"""The demo's Immich library: assets with their files on the disk, as Immich 3.1 lays them out."""

import hashlib
import os
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from immich_backup_exporter.domain.immich import FOLDERS, MARKER

from .nights import local
from .pictures import photo, thumbnail, video

SEED = "immich-backup-exporter demo"
OWNER_LABEL = "admin"
BASE = "/data"
"""The upload location as Immich itself sees it in its container."""

_PHOTOS_PER_VIDEO = 50
_OLDEST_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One photo or video whose files are there. Paths are below the upload location."""

    id: str
    type: str
    """``IMAGE`` or ``VIDEO``."""
    path: str
    name: str
    taken: datetime
    checksum: bytes
    width: int
    height: int
    derived: tuple[tuple[str, str], ...] = ()
    """Kind and path of each file that Immich made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """An upload location that grows. The same seed, nights and numbers give the same files."""

    root: Path
    owner_id: str
    profile_path: str

    def add(self, number: int, taken: datetime, *, filed: bool) -> list[Asset]:
        """Add the photo of that number, with it now and then a video, and what Immich makes of them.

        ``filed``: moved into ``library/`` by the storage template; else it stays where it was uploaded.
        """
        random = _random(f"asset {number}")
        assets = [self._photo(number, taken, random, filed=filed)]
        if number % _PHOTOS_PER_VIDEO == 0:
            assets.append(self._video(number, taken + timedelta(minutes=1), random, filed=filed))
        return assets

    def _photo(self, number: int, taken: datetime, random: Random, *, filed: bool) -> Asset:
        width = random.randrange(64, 257, 16)
        height = width * 3 // 4
        content, colour = photo(width, height, random)
        asset_id, name = _uuid(random), f"IMG_{number + 1:04}.png"
        small = self._sharded("thumbs", asset_id, "_thumbnail.webp")
        self._write(small, thumbnail(width, height, colour), taken)
        return Asset(
            id=asset_id,
            type="IMAGE",
            path=self._write(self._original(name, taken, random, filed=filed), content, taken),
            name=name,
            taken=taken,
            checksum=_checksum(content),
            width=width,
            height=height,
            derived=(("thumbnail", small),),
        )

    def _video(self, number: int, taken: datetime, random: Random, *, filed: bool) -> Asset:
        content = video(40_000 + random.randrange(40_000), random)
        asset_id, name = _uuid(random), f"VID_{number + 1:04}.mp4"
        encoded = self._sharded("encoded-video", asset_id, ".mp4")
        self._write(encoded, video(20_000, random), taken)
        return Asset(
            id=asset_id,
            type="VIDEO",
            path=self._write(self._original(name, taken, random, filed=filed), content, taken),
            name=name,
            taken=taken,
            checksum=_checksum(content),
            width=1920,
            height=1080,
            derived=(("encoded_video", encoded),),
        )

    def _original(self, name: str, taken: datetime, random: Random, *, filed: bool) -> str:
        if filed:
            return f"library/{OWNER_LABEL}/{taken:%Y/%Y-%m-%d}/{name}"
        return self._sharded("upload", _uuid(random), name[name.rindex(".") :])

    def _sharded(self, folder: str, uuid: str, rest: str) -> str:
        return f"{folder}/{self.owner_id}/{uuid[0:2]}/{uuid[2:4]}/{uuid}{rest}"

    def _write(self, path: str, content: bytes, moment: datetime) -> str:
        return _write(self.root, path, content, moment)


def make_library(root: Path, first_night: date) -> Library:
    """The folders with their markers and the owner's picture in ``root``, whose folders are there."""
    random = _random("library")
    since = local(first_night - timedelta(days=_OLDEST_DAYS + 1), time(18))
    for folder in FOLDERS:
        _write(root, f"{folder}/{MARKER}", str(int(since.timestamp() * 1000)).encode(), since)
    owner_id = _uuid(random)
    profile = f"profile/{owner_id}/{_uuid(random)}.png"
    return Library(root=root, owner_id=owner_id, profile_path=_write(root, profile, photo(96, 96, random)[0], since))


def arrivals(photos: int, nights: tuple[date, ...]) -> list[list[datetime]]:
    """When each photo was taken, by the night before which it came: half of them before the first night."""
    before = photos // 2
    first = [
        local(nights[0] - timedelta(days=1 + _OLDEST_DAYS * (before - number) // before), _daytime(number))
        for number in range(before)
    ]
    later: list[list[datetime]] = []
    done = before
    for index, night in enumerate(nights[1:], start=1):
        until = before + (photos - before) * index // (len(nights) - 1)
        later.append([local(night - timedelta(days=1), _daytime(number)) for number in range(done, until)])
        done = until
    return [first, *later]


def _daytime(number: int) -> time:
    return time(9 + number % 10, number * 7 % 60, number * 13 % 60)


def _random(part: str) -> Random:
    return Random(f"{SEED}: {part}")  # noqa: S311 - the same pictures every time, nothing secret


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _checksum(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _write(root: Path, path: str, content: bytes, moment: datetime) -> str:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    os.utime(target, (moment.timestamp(), moment.timestamp()))
    return path
