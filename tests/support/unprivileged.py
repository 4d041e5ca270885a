"""Doing things as a user who is not root, for tests that run as root; for all others nothing changes.

Such a user may reach neither this checkout and its programs nor, often, the interpreter: all of them can lie below a
folder that only root may enter. So root imports and opens what is needed before it steps down.
"""

import importlib
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import immich_backup_exporter

ROOT = os.geteuid() == 0
NOBODY = 65534
BECOME = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder with a short path that every user may enter; pytest's own are closed to all but one."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(folder)


def step_down(uid: int = NOBODY, gid: int = NOBODY) -> None:
    """Turn this process into one of that user, for good. Everything that the package may need is imported before."""
    for module in pkgutil.walk_packages(immich_backup_exporter.__path__, f"{immich_backup_exporter.__name__}."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    importlib.import_module("encodings.idna")  # which a socket looks for at its first host name
    if ROOT:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def script_as_nobody(program: str, *arguments: str) -> str:
    """A shell script that starts ``program`` as nobody, through a descriptor that root opened."""
    return f'#!/bin/sh\nexec 9<{program} {" ".join(BECOME)} /proc/self/fd/9 {" ".join(arguments)} "$@"\n'


def merely_not_root(command: Sequence[str]) -> list[str]:
    """``command`` as a user who is not root and may read everything all the same, for programs that refuse root.

    PostgreSQL's ask with access(2) whether they may read each other. That looks at the capabilities of such a user only
    where a change of the user does not touch them (`no_setuid_fixup`; see capabilities(7)).
    """
    reading = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return [*BECOME, *reading, *command] if ROOT else list(command)
