"""One restic repository, as the poller reads it: listings where they are cheap, restic where nothing else will do."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from immich_backup_exporter import processes
from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.repository import (
    LOCK_STALE_AFTER,
    CommandCount,
    Listing,
    LockName,
    RepositoryAccess,
    RepositorySize,
    Snapshot,
    TreeSize,
)
from immich_backup_exporter.formats import repository_url, restic_json
from immich_backup_exporter.processes import Finished, Patience

from . import causes, environment, errors
from .gate import Gate
from .local import LISTING_DEADLINE_SECONDS, LocalListing

if TYPE_CHECKING:
    from .rest import RestListing

T = TypeVar("T")

MOST_IDS_AS_ARGUMENTS = 256
"""Up to here the ids are arguments, so that only those are fetched; above, everything is read and sorted out here.

Measured with 1,024 snapshots on a local disk: 0.39 s of processor time for 1 to 256 ids, 0.47 s for all of them.
"""
_FLAGS = ("--no-lock", "--json", "--quiet")
_SMALL_OUTPUT_BYTES = 2**20
_LARGE_OUTPUT_BYTES = 256 * 2**20
_READING_SECRETS_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long each question may take, in seconds."""

    listing: float = LISTING_DEADLINE_SECONDS
    """Without restic: a folder, or a REST server with all attempts."""
    rest_attempt: float = 10.0
    """One attempt at one request to a REST server."""
    restic_listing: float = 120.0
    opening: float = 60.0
    snapshots: float = 600.0
    sizes: float = 1800.0
    silence: float = 1000.0
    """Without a byte of what is streamed. restic itself tries a failing request again for 15 minutes."""
    ending: float = 2.0
    """Between SIGTERM and SIGKILL."""


class ResticRepository:
    """Reads one repository and never writes to it. Implements ``poller.ports.RepositoryReader``.

    ``restic`` is the program's path or name, ``environ`` the agent's own environment, of which a process gets only what
    :data:`.environment.INHERITED` names. ``ValueError`` where ``access.url`` is none of restic's.
    """

    def __init__(
        self,
        access: RepositoryAccess,
        *,
        restic: str,
        cache_dir: str,
        environ: Mapping[str, str],
        gate: Gate,
        clock: Clock | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._access = access
        self._restic = restic
        self._cache_dir = cache_dir
        self._environ = environ
        self._gate = gate
        self._clock: Clock = clock or SystemClock()
        self._deadlines = deadlines or Deadlines()
        self._url = repository_url.parse(access.url)
        self._worker = Worker(f"repository {access.name}")
        self._files = Worker(f"secrets of {access.name}")
        self._local: LocalListing | None = None
        self._rest: RestListing | None = None
        if self._url.local_path is not None:
            self._local = LocalListing(self._url.local_path, self._worker, deadline=self._deadlines.listing)
        elif self._url.rest is not None:
            from . import rest  # with httpx: 140 ms and some memory, for those who need it

            patience = rest.Patience(deadline=self._deadlines.listing, attempt=self._deadlines.rest_attempt)
            self._rest = rest.RestListing(self._url.rest, patience)
        self._hide = tuple(filter(None, (access.url, self._url.local_path, access.password_file)))
        self._counts: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}
        self._running: set[asyncio.Task[Finished]] = set()
        self._closed = asyncio.Event()

    @property
    def backend(self) -> str:
        """``local rest s3 b2 sftp rclone azure gs swift``."""
        return self._url.backend

    @property
    def location(self) -> str:
        """A fingerprint of where the repository is, without credentials."""
        return self._url.fingerprint

    async def list(self) -> Listing:
        """The names in ``snapshots/`` and ``locks/``. Two restic processes where it is neither local nor REST."""
        if self._local is not None:
            return await self._local.list()
        if self._rest is not None:
            return await self._rest.list(await self._variables())
        deadline = self._deadlines.restic_listing
        snapshots = await self._run("list", "snapshots", deadline=deadline, parse=_names)
        locks = await self._run("list", "locks", deadline=deadline, parse=_names)
        return Listing(snapshot_ids=snapshots, locks=tuple(LockName(name=name) for name in sorted(locks)))

    async def open(self) -> str:
        """Let restic open the repository: proves address, credentials, password, config and keys. Returns its id."""
        return await self._run(
            "cat",
            "config",
            deadline=self._deadlines.opening,
            limit=_SMALL_OUTPUT_BYTES,
            parse=lambda finished: restic_json.repository_id(finished.stdout),
        )

    async def snapshots(self, ids: Collection[str]) -> Sequence[Snapshot]:
        """Read these snapshots with one restic process; those that restic could not read are left out.

        ``RepositoryError`` where it could read none for a reason that is not the snapshots' (permission, network).
        """
        wanted = frozenset(ids)
        if not wanted:
            return ()

        def parse(finished: Finished) -> tuple[Snapshot, ...]:
            listed = restic_json.snapshots(finished.stdout).snapshots
            found = tuple(snapshot for snapshot in listed if snapshot.id in wanted)
            if not found and (error := errors.of_silence(finished.stderr, hide=self._hide)):
                raise error
            return found

        arguments = sorted(wanted) if len(wanted) <= MOST_IDS_AS_ARGUMENTS else ()
        return await self._run("snapshots", *arguments, deadline=self._deadlines.snapshots, parse=parse)

    async def tree_size(self, snapshot_id: str) -> TreeSize:
        """What a snapshot would restore.

        Without its files: restic (0.14, 0.18 and 0.19, tried) counts folders among them, a summary does not.
        """

        def parse(finished: Finished) -> TreeSize:
            stats = restic_json.stats(finished.stdout)
            if stats.snapshots == 0:  # restic calls it a success
                raise errors.of_silence(finished.stderr, hide=self._hide) or causes.SNAPSHOT_GONE.error()
            return TreeSize(size_bytes=stats.size_bytes, files=None)

        arguments = ("--mode", "restore-size", snapshot_id)
        return await self._run("stats", *arguments, deadline=self._deadlines.sizes, parse=parse)

    async def size(self) -> RepositorySize:
        """What the repository stores of what its snapshots refer to."""
        return await self._run(
            "stats",
            "--mode",
            "raw-data",
            deadline=self._deadlines.sizes,
            parse=lambda finished: restic_json.repository_size(finished.stdout),
        )

    async def stream(self, command: str, *arguments: str, stdout: int, patience: Patience) -> None:
        """Let restic write to the descriptor ``stdout`` for as long as ``patience`` is touched in time.

        Nothing that was written is to be believed unless this returns: restic ends badly after plausible output when
        what it reads is pruned away meanwhile.
        """
        await self._run(command, *arguments, deadline=patience, parse=lambda _: None, stdout=stdout)

    def patience(self) -> Patience:
        """How long :meth:`stream` waits for the next byte."""
        return Patience(self._deadlines.silence)

    async def list_tree(self, snapshot_id: str, stdout: int, patience: Patience) -> None:
        """Write the snapshot's files to ``stdout``, one line of JSON each."""
        await self.stream("ls", snapshot_id, stdout=stdout, patience=patience)

    async def read_file(self, snapshot_id: str, path: str, stdout: int, patience: Patience) -> None:
        """Write what a file in a snapshot holds to ``stdout``."""
        await self.stream("dump", snapshot_id, path, stdout=stdout, patience=patience)

    async def exclusively_locked(self, now: datetime) -> bool:
        """Whether a prune (or check, or migration) of the repository is running, by its locks' contents.

        A lock that was not refreshed for half an hour is one that a dead process left behind, as restic sees it.
        """
        listing = await self.list()
        for lock in listing.locks:
            try:
                held = await self._run(
                    "cat",
                    "lock",
                    lock.name,
                    deadline=self._deadlines.opening,
                    limit=_SMALL_OUTPUT_BYTES,
                    parse=lambda finished: restic_json.lock(finished.stdout),
                )
            except RepositoryError:
                continue  # refreshed under a new name, or gone, since it was listed; the next look tells
            if held.exclusive and now - held.time < LOCK_STALE_AFTER:
                return True
        return False

    def commands(self) -> tuple[Sequence[CommandCount], dict[str, float]]:
        """Counts of restic processes by command and outcome, and seconds by command, since this object was made."""
        counts = [
            CommandCount(command=command, outcome=outcome, count=count)
            for (command, outcome), count in sorted(self._counts.items())
        ]
        return counts, dict(self._seconds)

    async def close(self) -> None:
        """End every process and connection; a caller that waits for one gets a ``RepositoryError``."""
        self._closed.set()
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._rest is not None:
            await self._rest.close()
        self._worker.close()
        self._files.close()

    async def _variables(self) -> dict[str, str]:
        if not self._access.environment_files:
            return environment.backend_variables(self._access, self._environ)
        return await self._off_loop(lambda: environment.backend_variables(self._access, self._environ))

    async def _off_loop(self, function: Callable[[], T]) -> T:
        try:
            return await self._files.call(function, _READING_SECRETS_SECONDS)
        except TimeoutError:
            raise causes.SECRETS_HANG.error() from None

    async def _run(
        self,
        command: str,
        *arguments: str,
        deadline: float | Patience,
        parse: Callable[[Finished], T],
        limit: int = _LARGE_OUTPUT_BYTES,
        stdout: int = asyncio.subprocess.PIPE,
    ) -> T:
        """Run restic and understand its output; counts the process whatever becomes of it, but not a cancelled one."""
        told = await self._off_loop(lambda: environment.build(self._access, self._environ, self._cache_dir))
        line = (self._restic, *_FLAGS, *told.flags, command, *arguments)
        try:
            async with self._gate.place():
                with self._timed(command):
                    finished = await self._process(line, told.variables, deadline, limit, stdout)
            if finished.code != 0:
                raise errors.of_exit(finished.code, finished.stderr, hide=self._hide)
            result = parse(finished)
        except RepositoryError as error:
            explained = await self._explained(error)
            self._counts[command, explained.reason.value] += 1
            raise explained from None
        except restic_json.MalformedOutput:
            self._counts[command, causes.NONSENSE.reason.value] += 1
            raise causes.NONSENSE.error() from None
        self._counts[command, "success"] += 1
        return result

    @contextmanager
    def _timed(self, command: str) -> Iterator[None]:
        started = self._clock.monotonic()
        try:
            yield
        finally:
            self._seconds[command] = self._seconds.get(command, 0.0) + self._clock.monotonic() - started

    async def _process(
        self,
        line: Sequence[str],
        variables: Mapping[str, str],
        deadline: float | Patience,
        limit: int,
        stdout: int,
    ) -> Finished:
        if self._closed.is_set():
            raise causes.ENDED.error()
        grace = self._deadlines.ending
        work = processes.run(
            line, environment=variables, deadline=deadline, stdout_limit=limit, grace=grace, stdout=stdout
        )
        task = asyncio.create_task(work)
        self._running.add(task)
        try:
            return await task
        except processes.DeadlineReached as reached:
            raise errors.of_deadline(reached.stderr, hide=self._hide) from None
        except processes.OutputTooLong:
            raise causes.NONSENSE.error() from None
        except (OSError, ValueError) as error:
            raise errors.of_start(error) from None
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._closed.is_set() and current is not None and not current.cancelling():
                raise causes.ENDED.error() from None  # `close` ended the process, nobody the one who waits for it
            raise
        finally:
            self._running.discard(task)

    async def _explained(self, error: RepositoryError) -> RepositoryError:
        """The same failure, told apart further by looking where looking is cheap."""
        try:
            if error.message == causes.NOT_FOUND.message:
                return causes.CONFIG_GONE.error() if await self._holds("snapshots") is True else error
            if error.message == causes.WRONG_PASSWORD.message:
                return causes.KEYS_GONE.error() if await self._holds("keys") is False else error
            if error.message == causes.PERMISSION.message and self._local is not None:
                return await self._local.permission_error()
        except RepositoryError:
            pass  # what restic said stands
        return error

    async def _holds(self, folder: str) -> bool | None:
        """Whether there is anything in a folder of the repository; ``None`` where finding out is not cheap."""
        if self._local is not None:
            return await self._local.holds(folder)
        if self._rest is not None:
            return await self._rest.holds(folder, await self._variables())
        return None


async def restic_version(program: str, environ: Mapping[str, str], *, deadline: float = 10.0) -> str | None:
    """Which version of restic ``program`` is, such as ``0.18.0``; ``None`` where it is none or does not answer."""
    variables = {name: value for name, value in environ.items() if name in environment.INHERITED}
    try:
        finished = await processes.run(
            (program, "version"), environment=variables, deadline=deadline, stdout_limit=_SMALL_OUTPUT_BYTES
        )
    except (OSError, ValueError, processes.DeadlineReached, processes.OutputTooLong):
        return None
    return restic_json.version(finished.stdout) if finished.code == 0 else None


def _names(finished: Finished) -> frozenset[str]:
    return restic_json.listed_names(finished.stdout)
