"""Tries a path as this very process, and says in words what refuses: whose it is, its mode, and what to do about it.

Blocking. Writes nothing but an unnamed file into folders that the agent writes to anyway.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

_LARGEST_SECRET = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a path cannot be used, and the mend."""

    sentence: str
    next_step: str


def folder(path: str) -> Refusal | None:
    """``None`` where the names in the folder can be read."""
    try:
        with os.scandir(path) as entries:
            next(entries, None)
    except OSError as error:
        return _explain(path, error, wants_folder=True)
    return None


def file(path: str) -> Refusal | None:
    """``None`` where the file can be read and holds something."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Refusal(sentence=f"{path} is not a regular file.", next_step="Give the path of a file.")
            content = os.read(descriptor, _LARGEST_SECRET)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _explain(path, error, wants_folder=False)
    if not content.strip():
        return Refusal(sentence=f"{path} is empty.", next_step="Write the value into it.")
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


def _explain(path: str, error: OSError, *, wants_folder: bool) -> Refusal:
    if error.errno == errno.ENOENT:
        return _missing(path)
    if error.errno == errno.ENOTDIR:
        return Refusal(sentence=f"{path} is not a folder.", next_step="Give the path of a folder.")
    if error.errno == errno.EISDIR:
        return Refusal(sentence=f"{path} is a folder.", next_step="Give the path of a file in it.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return _unreadable(path, wants_folder=wants_folder)
    reason = os.strerror(error.errno).lower() if error.errno else "unknown error"
    return Refusal(
        sentence=f"{path} cannot be read ({reason}).", next_step="Look at the disk or the network mount that it is on."
    )


def _missing(path: str) -> Refusal:
    if os.path.islink(path):
        return Refusal(sentence=f"{path} is a link to nothing.", next_step="Mount what it leads to as well.")
    present = path
    while not os.path.exists(present) and present != os.path.dirname(present):
        present = os.path.dirname(present)
    return Refusal(
        sentence=f"{path} does not exist (what there is of it: {present}).",
        next_step="Correct the path, or mount it; in a container the path is the one inside the container.",
    )


def _unreadable(path: str, *, wants_folder: bool) -> Refusal:
    culprit = _refusing(path, os.R_OK | os.X_OK if wants_folder else os.R_OK)
    if culprit is None:
        return Refusal(
            sentence=f"{path} may not be read by this process ({_ourselves()}) although its mode would allow it.",
            next_step="Look at SELinux (`:z` at the mount), AppArmor, or root squash of an NFS server.",
        )
    state = os.stat(culprit)
    bits = "rx" if culprit == os.path.realpath(path) and wants_folder else "r" if not _is_folder(state) else "x"
    return Refusal(
        sentence=f"{path} may not be read by this process ({_ourselves()}): {_owned(culprit, state)}.",
        next_step=f"{_run_as(state)}, or let everybody in: `chmod o+{bits} {culprit}`.",
    )


def _unwritable(path: str, culprit: str | None) -> Refusal:
    if culprit is None:
        return Refusal(
            sentence=f"{path} may not be written by this process ({_ourselves()}) although its mode would allow it.",
            next_step="Look whether it is mounted read-only, at SELinux (`:z` at the mount), AppArmor or root squash.",
        )
    state = os.stat(culprit)
    return Refusal(
        sentence=f"{path} may not be written by this process ({_ourselves()}): {_owned(culprit, state)}.",
        next_step=f"Give it to this user: `chown {os.geteuid()}:{os.getegid()} {culprit}`, or set another folder.",
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


def _ourselves() -> str:
    return f"uid {os.geteuid()}, gid {os.getegid()}"


def _owned(path: str, state: os.stat_result) -> str:
    mode = f"{stat.filemode(state.st_mode)} ({stat.S_IMODE(state.st_mode):04o})"
    return f"{path} belongs to uid {state.st_uid}, gid {state.st_gid} and has the mode {mode}"


def _run_as(state: os.stat_result) -> str:
    root = 'as root that may read everything (`user: "0:0"` with `cap_add: [DAC_READ_SEARCH]`)'
    if state.st_uid == 0:
        return f"Run the agent {root}"
    return f'Run the agent as that user (`user: "{state.st_uid}:{state.st_gid}"` in compose), or {root}'
