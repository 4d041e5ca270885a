"""Tries a path as this very process, and says what refuses: who owns it, its mode, and what to do about it.

Blocking. Writes nothing but an unnamed file into folders that the agent writes to anyway.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from immich_backup_exporter.domain.messages import Message

_LARGEST_SECRET = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a path cannot be used, and how to fix it."""

    message: Message
    next_step: Message | None = None


def folder(path: str) -> Refusal | None:
    """``None`` where the names in the folder can be read."""
    try:
        with os.scandir(path) as entries:
            next(entries, None)
    except OSError as error:
        return _explain(path, error, wants_folder=True)
    return None


def file(path: str, *, secret: bool = False) -> Refusal | None:
    """``None`` where the file can be read and holds something; only its group is let into a ``secret`` one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Refusal(
                    message=Message("probe.no_regular_file", path=path), next_step=Message("probe.give_file")
                )
            content = os.read(descriptor, _LARGEST_SECRET)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _explain(path, error, wants_folder=False, secret=secret)
    if not content.strip():
        return Refusal(message=Message("probe.empty", path=path), next_step=Message("probe.write_value"))
    return None


def writable_folder(path: str) -> Refusal | None:
    """``None`` where files can be made in the folder, or where the folder itself can be made."""
    existing = path
    while not os.path.lexists(existing) and existing != os.path.dirname(existing):
        existing = os.path.dirname(existing)
    if existing != path and os.path.isdir(existing):
        culprit = _refusing(existing, os.W_OK | os.X_OK)
        return _unwritable(path, culprit) if culprit else None
    try:
        with tempfile.TemporaryFile(dir=path):
            return None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return _unwritable(path, _refusing(path, os.W_OK | os.X_OK))
        return _explain(path, error, wants_folder=True)


def _explain(path: str, error: OSError, *, wants_folder: bool, secret: bool = False) -> Refusal:
    if error.errno == errno.ENOENT:
        return _missing(path)
    if error.errno == errno.ENOTDIR:
        return Refusal(message=Message("probe.no_folder", path=path), next_step=Message("probe.give_folder"))
    if error.errno == errno.EISDIR:
        return Refusal(message=Message("probe.is_folder", path=path), next_step=Message("probe.give_file_in_it"))
    if error.errno in (errno.EACCES, errno.EPERM):
        return _unreadable(path, wants_folder=wants_folder, secret=secret)
    reason = os.strerror(error.errno).lower() if error.errno else "unknown error"
    message = Message("probe.unreadable", path=path, reason=reason)
    return Refusal(message=message, next_step=Message("probe.look_at_disk"))


def _missing(path: str) -> Refusal:
    if os.path.islink(path):
        return Refusal(message=Message("probe.dead_link", path=path), next_step=Message("probe.mount_target"))
    present = path
    while not os.path.exists(present) and present != os.path.dirname(present):
        present = os.path.dirname(present)
    wrong_path = Message("probe.correct_path_in_container") if in_container() else Message("probe.correct_path")
    return Refusal(message=Message("probe.missing", path=path, folder=present), next_step=wrong_path)


def _unreadable(path: str, *, wants_folder: bool, secret: bool) -> Refusal:
    uid, gid = os.geteuid(), os.getegid()
    culprit = _refusing(path, os.R_OK | os.X_OK if wants_folder else os.R_OK)
    if culprit is None:
        return Refusal(
            message=Message("probe.read_refused_despite_mode", path=path, uid=uid, gid=gid),
            next_step=Message("probe.look_at_security_module"),
        )
    state = os.stat(culprit)
    bits = "rx" if culprit == os.path.realpath(path) and wants_folder else "r" if not _is_folder(state) else "x"
    run_as = _run_as(state)
    return Refusal(
        message=Message("probe.read_refused", path=path, uid=uid, gid=gid, owner=_owner(culprit, state)),
        next_step=Message("probe.let_group_in", run_as=run_as, gid=gid, bits=bits, path=culprit)
        if secret
        else Message("probe.let_everybody_in", run_as=run_as, bits=bits, path=culprit),
    )


def _unwritable(path: str, culprit: str | None) -> Refusal:
    uid, gid = os.geteuid(), os.getegid()
    if culprit is None:
        return Refusal(
            message=Message("probe.write_refused_despite_mode", path=path, uid=uid, gid=gid),
            next_step=Message("probe.look_at_read_only_mount"),
        )
    return Refusal(
        message=Message("probe.write_refused", path=path, uid=uid, gid=gid, owner=_owner(culprit, os.stat(culprit))),
        next_step=Message("probe.chown", uid=uid, gid=gid, path=culprit),
    )


def _refusing(path: str, wanted: int) -> str | None:
    """The first part of the path that this process may not enter, else the path where it lacks what is wanted."""
    real = os.path.realpath(path)
    for above in _above(real):
        if not os.access(above, os.X_OK, effective_ids=True):
            return above
    return None if os.access(real, wanted, effective_ids=True) else real


def _above(path: str) -> Iterator[str]:
    parts = [part for part in path.split("/") if part]
    for count in range(len(parts)):
        yield "/" + "/".join(parts[:count])


def _is_folder(state: os.stat_result) -> bool:
    return stat.S_ISDIR(state.st_mode)


def _owner(path: str, state: os.stat_result) -> Message:
    mode = f"{stat.filemode(state.st_mode)} ({stat.S_IMODE(state.st_mode):04o})"
    return Message("probe.owner", path=path, uid=state.st_uid, gid=state.st_gid, mode=mode)


def _run_as(state: os.stat_result) -> Message:
    if in_container():
        if state.st_uid == 0:
            return Message("probe.run_as_root_in_container")
        return Message("probe.run_as_owner_in_container", uid=state.st_uid, gid=state.st_gid)
    return Message("probe.run_as_root") if state.st_uid == 0 else Message("probe.run_as_owner", uid=state.st_uid)


def in_container() -> bool:
    """Whether this process runs in a container: Docker and Podman leave these files there, Kubernetes its variable."""
    files = ("/.dockerenv", "/run/.containerenv")
    return any(map(os.path.exists, files)) or "KUBERNETES_SERVICE_HOST" in os.environ
