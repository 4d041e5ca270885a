"""Tells whether what is kept would be lost with a container or at a restart."""

import os
import re

from immich_backup_exporter.domain.messages import Message

_IN_MEMORY = ("tmpfs", "ramfs")
_LAYERED = ("overlay", "aufs", "fuse.fuse-overlayfs", "fuse-overlayfs")
_ENGINES = re.compile(r"docker|containerd|kubepods|libpod|crio|containers/storage")
_ANONYMOUS_VOLUME = re.compile(r"/volumes/[0-9a-f]{64}/_data(/|$)")


def persistence_warning(state_dir: str) -> Message | None:
    """A warning where ``state_dir`` does not outlive the container or the machine's next start.

    Looks at the mounts of this process (``/proc/self/mountinfo``); ``None`` also where that cannot be read.
    """
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read()
    except OSError:
        return None
    return judge(mounts, os.path.realpath(state_dir), in_container=_in_container())


def judge(mountinfo: str, path: str, *, in_container: bool) -> Message | None:
    """The same for any text of that format (proc_pid_mountinfo(5)) and an absolute ``path`` without links.

    ``in_container`` says that a container engine started this process. The root of such a container is its own layer
    whatever its type is: with some storage drivers it is a ``btrfs`` or ``zfs`` like any other.
    """
    best: tuple[str, str, str, str] | None = None
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields, details = before.split(" "), after.split(" ")
        if not separator or len(fields) < 6 or len(details) < 3:
            continue
        root, point = _unescape(fields[3]), _unescape(fields[4])
        # Of two mounts at one place the later one covers the earlier one.
        if _holds(point, path) and (best is None or len(point) >= len(best[1])):
            best = root, point, details[0], details[2]
    if best is None:
        return None
    root, point, kind, options = best
    if kind in _IN_MEMORY:
        return Message("state.in_memory", path=path, kind=kind)
    if "/kubernetes.io~empty-dir/" in root:
        return Message("state.in_empty_dir", path=path)
    if _ANONYMOUS_VOLUME.search(root):
        return Message("state.on_nameless_volume", path=path)
    if (kind in _LAYERED and (in_container or _ENGINES.search(options))) or (in_container and point == "/"):
        return Message("state.in_container", path=path)
    return None


def _holds(point: str, path: str) -> bool:
    return point == "/" or path == point or path.startswith(point + "/")


def _unescape(field: str) -> str:
    """Space, tab, newline and backslash stand as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _in_container() -> bool:
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return True
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as file:
            return _ENGINES.search(file.read()) is not None
    except OSError:
        return False
