"""What the name of a file in Immich's dump folder says.

Immich's own patterns (``server/src/utils/database-backups.ts`` of v3.1.0, and of the releases before):

- routine: ``immich-db-backup-<Unix time in ms>.sql.gz`` from v1.120 to v1.135, and since then
  ``immich-db-backup-<YYYYMMDDTHHMMSS>-v<server>-pg<PostgreSQL>.sql.gz`` in the server's local time. Both are moments at
  which the dump began. The server's version may hold a ``-`` (``3.0.0-rc.4``).
- the same with ``.tmp`` while it is written, or left behind by a failure.
- ``uploaded-`` and ``restore-point-`` before a name: not routine and never rotated.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from immich_backup_exporter.domain.immich import DumpKind

_ROUTINE = "immich-db-backup-"
_UPLOADED = "uploaded-"
_RESTORE_POINT = "restore-point-"
_EPOCH = re.compile(r"immich-db-backup-(\d+)\.sql\.gz", re.ASCII)
_DATED = re.compile(r"immich-db-backup-(\d{8}T\d{6})-v(.*)-pg(.*)\.sql(?:\.gz)?", re.ASCII)
_BESIDE = (".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512", ".b2", ".b3", ".sig", ".minisig", ".par2")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpName:
    """What a name says. Times and versions are ``None`` where it does not tell, or tells nonsense."""

    kind: DumpKind
    """Never ``ALSO``: that is not the name's to say."""
    unfinished: bool
    compressed: bool
    named_time: datetime | None = None
    immich_version: str | None = None
    postgres_version: str | None = None


def looks_like_dump(name: str) -> bool:
    """Whether ``name`` ends as a dump does, finished or not. For a quick look at thousands of names."""
    return name.endswith((".sql.gz", ".sql", ".sql.gz.tmp", ".sql.tmp"))


def lies_beside_dumps(name: str) -> bool:
    """Whether ``name`` is one of a checksum or signature, which wide patterns match together with the dump itself."""
    return name.lower().endswith(_BESIDE)


def parse_dump_name(name: str, modified: datetime, zone: tzinfo | None) -> DumpName:
    """Take ``name`` apart. Every name is fine: what is not Immich's is ``OTHER``.

    ``zone`` is Immich's; ``None`` is the zone of this machine. ``modified`` (aware) only decides between the two
    moments that one local time can mean when clocks are put back. A local time that clocks skipped counts as if they
    had not.
    """
    unfinished = name.endswith(".tmp")
    stem = name.removesuffix(".tmp")
    kind = _kind(stem, unfinished=unfinished)
    named_time = immich_version = postgres_version = None
    plain = stem.removeprefix(_UPLOADED).removeprefix(_RESTORE_POINT)
    if epoch := _EPOCH.fullmatch(plain):
        named_time = _from_milliseconds(epoch[1])
    elif dated := _DATED.fullmatch(plain):
        named_time = _from_local_time(dated[1], modified, zone)
        immich_version, postgres_version = dated[2] or None, dated[3] or None
    return DumpName(
        kind=kind,
        unfinished=unfinished,
        compressed=stem.endswith(".gz"),
        named_time=named_time,
        immich_version=immich_version,
        postgres_version=postgres_version,
    )


def _kind(stem: str, *, unfinished: bool) -> DumpKind:
    if stem.startswith(_UPLOADED):
        return DumpKind.UPLOADED
    if stem.startswith(_RESTORE_POINT):
        return DumpKind.RESTORE_POINT
    if not (stem.startswith(_ROUTINE) and stem.endswith(".sql.gz")):
        return DumpKind.OTHER
    # Immich takes any such name with `.tmp` for a routine dump that failed, and cleans it up.
    routine = unfinished or _EPOCH.fullmatch(stem) or _DATED.fullmatch(stem)
    return DumpKind.IMMICH if routine else DumpKind.OTHER


def _from_milliseconds(digits: str) -> datetime | None:
    try:
        return _UNIX_EPOCH + timedelta(milliseconds=int(digits))
    except OverflowError:
        return None


def _from_local_time(text: str, modified: datetime, zone: tzinfo | None) -> datetime | None:
    try:
        date = (int(text[:4]), int(text[4:6]), int(text[6:8]))
        clock = (int(text[9:11]), int(text[11:13]), int(text[13:15]))
        local = datetime(*date, *clock, tzinfo=zone)  # with None, astimezone() takes the zone of this machine
        first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        return None
    # Dumps end after they began: the later moment, where clocks were put back, only if it was not after the end.
    return second if first < second <= modified else first
