"""The writing side of the spool: the folder in which runs leave their reports for the agent.

Each report is a file of its own, ``JOB.RUN.EVENT.json``: written under another name, flushed to the disk, then renamed,
so a crash at any instant leaves the whole report or none. Its signs of life are the modification time of the start's
file, which needs no space on a full disk. Every access goes through the folder's descriptor and follows no link, since
a wrapper that runs as root shares the folder with a group.
"""

import contextlib
import os
import stat

FOLDER_MODE = 0o2770
FILE_MODE = 0o640
KEPT_RUNS = 50
KEPT_SECONDS = 14 * 86400
"""Reports of older runs than both are removed by the next run of the job: any agent had its time."""

ABANDONED_SECONDS = 60 * 86400
"""A start without an end is kept for longer: it is all that tells of a crash."""

TEMPORARY = ".tmp-"


class Spool:
    """An open spool folder. Every method raises ``OSError`` and nothing else."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._status = os.fstat(descriptor)

    @classmethod
    def open(cls, path: str) -> "Spool":
        """Open the folder; where it is missing and its parent is ours to write in, make it, shared by group."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return cls(os.open(path, flags))
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):  # another run made it just now
                os.mkdir(path, 0o700)
        descriptor = os.open(path, flags)
        # With the parent's group: where the agent's own folder is the parent, the agent can read what root leaves here.
        with contextlib.suppress(OSError):
            os.fchown(descriptor, -1, os.stat(os.path.dirname(os.path.abspath(path))).st_gid)
        os.fchmod(descriptor, FOLDER_MODE)
        return cls(descriptor)

    def subfolder(self, name: str) -> "Spool":
        """A private folder inside, made where missing."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=self._descriptor)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        return Spool(os.open(name, flags, dir_fd=self._descriptor))

    def write(self, name: str, data: bytes) -> None:
        """Put a whole file in place, or leave everything as it was."""
        temporary = TEMPORARY + os.urandom(12).hex()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(temporary, flags, 0o600, dir_fd=self._descriptor)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(file, rest) :]
                with contextlib.suppress(OSError):  # the folder's group, also where the folder is not setgid
                    os.fchown(file, -1, self._status.st_gid)
                os.fchmod(file, FILE_MODE)
                os.fsync(file)
            finally:
                os.close(file)
            os.rename(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=self._descriptor)
            raise
        os.fsync(self._descriptor)

    def touch(self, name: str) -> None:
        """Give a sign of life: set the file's modification time to now."""
        os.utime(name, dir_fd=self._descriptor, follow_symlinks=False)

    def names(self) -> list[str]:
        """Everything in the folder but what is just being written."""
        return sorted(name for name in os.listdir(self._descriptor) if not name.startswith("."))

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """The contents of a file of our own; ``None`` for anything else, whatever its name."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(name, flags, dir_fd=self._descriptor)
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_nlink != 1:
                return None
            return os.read(file, most_bytes) if status.st_size <= most_bytes else None
        finally:
            os.close(file)

    def remove(self, name: str) -> None:
        """Remove a file; one that has gone already is fine."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def modified(self, name: str) -> float | None:
        """When our own file was last written, in Unix seconds; ``None`` where it is not ours or gone."""
        try:
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return None
        return status.st_mtime if status.st_uid == os.geteuid() else None

    def clean(self, job: str, now: float) -> None:
        """Remove this job's own old runs, and what a crash left half written. ``now`` in Unix seconds."""
        ends: list[tuple[float, str]] = []
        starts: dict[str, float] = {}
        for name in os.listdir(self._descriptor):
            modified = self.modified(name)
            if modified is None:
                continue
            if name.startswith(TEMPORARY):
                if modified < now - 86400:
                    self.remove(name)
                continue
            parts = split_name(name)
            if parts is not None and parts[0] == job:
                if parts[2] == "end":
                    ends.append((modified, parts[1]))
                else:
                    starts[parts[1]] = modified
        ended = {run for _, run in ends}
        for modified, run in sorted(ends, reverse=True)[KEPT_RUNS:]:
            if modified < now - KEPT_SECONDS:
                # The start first: an end alone is a whole truth, a start alone would be a crash.
                self.remove(file_name(job, run, "start"))
                self.remove(file_name(job, run, "end"))
        for run, modified in starts.items():
            if run not in ended and modified < now - ABANDONED_SECONDS:
                self.remove(file_name(job, run, "start"))

    def close(self) -> None:
        os.close(self._descriptor)


def file_name(job: str, run_id: str, event: str) -> str:
    """The name of a report's file."""
    return f"{job}.{run_id}.{event}.json"


def split_name(name: str) -> tuple[str, str, str] | None:
    """``(job, run_id, event)``; ``None`` for what is no report's name."""
    parts = name.rsplit(".", 3)
    if len(parts) != 4 or parts[3] != "json" or parts[2] not in ("start", "end") or len(parts[1]) != 32:
        return None
    return parts[0], parts[1], parts[2]
