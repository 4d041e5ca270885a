"""The reading side of the spool, for the agent: believes only whole, plain files of trusted owners; changes nothing.

A file counts when it was opened without following a link or waiting (a FIFO), is a regular file with one name only,
belongs to root, to the agent itself, to the owner of the folder or to a user that the caller trusts, cannot be written
by other users, is of a report's size, and says the same job, run and event as its name. Members of the folder's group
can put files there and move those of others about; what they put there is not believed, and a moved file's name no
longer fits.
"""

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.formats.run_report import MAX_BYTES, ReportError, decode
from immich_backup_exporter.jobs.spool import split_name

_REMOVE = Message("spool.remove_report")
MOST_NEW_FILES = 1000
"""Read at one look; the others wait for the next."""


UNMAPPED_UID = 65534
"""Stands for every user that a container's user namespace does not know, so it owns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolEntry:
    """One believed report. ``name`` is what the reader is told to be ``known`` once the report is kept."""

    name: str
    report: RunReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that is not believed, and why, with what to do. Its name is shown only where it is harmless."""

    name: str
    sentence: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLook:
    """What one look at the spool found."""

    entries: tuple[SpoolEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    names: frozenset[str] = frozenset()
    """All reports' names that are there now: what was ``known`` and is not among them may be forgotten."""
    beats: Mapping[str, int]
    """By run id, of runs without an end in the spool: changes with every sign of life (a file's time, in ns)."""
    more: bool = False
    """There are new files that this look did not read."""


def read_spool(path: str, *, known: Collection[str] = (), trusted_uids: Collection[int] = ()) -> SpoolLook:
    """Read every report in the folder whose name is not ``known``. Blocking. ``SourceError`` where there is no folder.

    Raises nothing on account of any file in it.
    """
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SourceError(Message("spool.missing"), Message("spool.create")) from None
    except OSError as error:
        raise SourceError(
            Message("spool.cannot_open", reason=error.strerror), Message("spool.make_real_folder")
        ) from None
    try:
        status = os.fstat(folder)
        owner = set() if status.st_uid == UNMAPPED_UID else {status.st_uid}
        trusted = {0, os.geteuid(), *owner, *trusted_uids}
        return _look(folder, set(known), trusted)
    except OSError as error:
        raise SourceError(
            Message("spool.cannot_list", reason=error.strerror), Message("spool.give_mode_and_group")
        ) from None
    finally:
        os.close(folder)


def _look(folder: int, known: set[str], trusted: set[int]) -> SpoolLook:
    entries: list[SpoolEntry] = []
    rejected: list[Rejected] = []
    names = sorted(name for name in os.listdir(folder) if split_name(name) is not None)
    new = [name for name in names if name not in known]
    for name in new[:MOST_NEW_FILES]:
        try:
            entries.append(SpoolEntry(name=name, report=_read(folder, name, trusted)))
        except FileNotFoundError:
            continue  # removed since it was listed
        except ReportError as error:
            rejected.append(Rejected(name=name if name.isprintable() else "?", sentence=error.explanation))
    return SpoolLook(
        entries=tuple(entries),
        rejected=tuple(rejected),
        names=frozenset(names),
        beats=_beats(folder, names, trusted),
        more=len(new) > MOST_NEW_FILES,
    )


def _read(folder: int, name: str, trusted: set[int]) -> RunReport:
    data = _contents(folder, name, trusted)
    report = decode(data)
    if split_name(name) != (report.job, report.run_id, report.event.value):
        raise ReportError(Message("spool.report_moved"), _REMOVE)
    return report


def _contents(folder: int, name: str, trusted: set[int]) -> bytes:
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        raise
    except PermissionError:
        raise ReportError(Message("spool.report_forbidden"), Message("spool.give_mode_and_group")) from None
    except OSError:
        raise ReportError(Message("spool.report_is_link"), _REMOVE) from None
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise ReportError(Message("spool.report_no_plain_file"), _REMOVE)
        if status.st_uid not in trusted:
            raise ReportError(Message("spool.report_of_stranger", uid=status.st_uid), Message("spool.run_as_trusted"))
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ReportError(Message("spool.report_writable"), _REMOVE)
        if status.st_size > MAX_BYTES:
            raise ReportError(Message("spool.report_too_large", limit=MAX_BYTES), _REMOVE)
        return os.read(file, MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(Message("spool.report_unreadable", reason=error.strerror)) from None
    finally:
        os.close(file)


def _beats(folder: int, names: list[str], trusted: set[int]) -> dict[str, int]:
    ended = {parts[1] for name in names if (parts := split_name(name)) is not None and parts[2] == "end"}
    beats: dict[str, int] = {}
    for name in names:
        parts = split_name(name)
        if parts is None or parts[2] != "start" or parts[1] in ended:
            continue
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_uid in trusted:
            beats[parts[1]] = status.st_mtime_ns
    return beats
