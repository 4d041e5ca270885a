"""Tries whether everything that was declared can be reached, for ``config check --probe``."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.immich import FOLDERS, MARKER
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.formats import repository_url
from immich_backup_exporter.words import ENGLISH

from . import access
from .access import Refusal

OLDEST_RESTIC = (0, 14)
PATH_DEADLINE_SECONDS = 15.0

_PathTest = tuple[str, Callable[[], Refusal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What trying one thing showed. Names paths, which a person at the terminal needs; holds no secret and no URL."""

    subject: str
    """The key, or what was tried."""
    good: bool
    sentence: str
    next_step: str = ""

    def __str__(self) -> str:
        mend = f"\n       {self.next_step}" if self.next_step else ""
        return f"{'ok    ' if self.good else 'FAILED'} {self.subject}: {self.sentence}{mend}"


async def probe(
    settings: AgentSettings,
    *,
    try_repository: Callable[[RepositorySettings], Awaitable[None]],
    restic_version: Callable[[str], Awaitable[str | None]],
) -> list[Finding]:
    """Try every path, the restic program and every repository, all at once; in the order of the configuration.

    ``try_repository`` lists and opens a repository and raises ``RepositoryError``; ``restic_version`` tells a program's
    version, or ``None`` where it does not run.
    """
    waiting: list[Awaitable[Finding]] = [_try_path(subject, test) for subject, test in _path_tests(settings)]
    if settings.repositories:
        waiting.append(_try_restic(settings.restic, restic_version))
    waiting += [_try_repository(repository, try_repository) for repository in settings.repositories]
    return list(await asyncio.gather(*waiting))


def _path_tests(settings: AgentSettings) -> Iterator[_PathTest]:
    if settings.upload_location is not None:
        root = settings.upload_location
        yield "immich.upload_location", partial(access.folder, root)
        for folder in FOLDERS:
            marker = os.path.join(root, folder, MARKER)
            yield f"marker of {folder}", partial(access.file, marker)
    if settings.dump is not None:
        yield "dump folder", partial(access.folder, settings.dump.folder)
    for repository in settings.repositories:
        key = f"repositories.{repository.name}"
        if (password_file := repository.access.password_file) is not None:
            yield f"{key} password_file", partial(access.file, password_file)
        for name, path in repository.access.environment_files.items():
            yield f"{key}.environment.{name}", partial(access.file, path)
    yield "state_dir", partial(access.writable_folder, settings.state_dir)
    yield "cache_dir", partial(access.writable_folder, settings.cache_dir)


async def _try_path(subject: str, test: Callable[[], Refusal | None]) -> Finding:
    worker = Worker(f"probe {subject}")
    try:
        refusal = await worker.call(test, PATH_DEADLINE_SECONDS)
    except TimeoutError:
        return Finding(
            subject=subject,
            good=False,
            sentence=f"did not answer within {PATH_DEADLINE_SECONDS:.0f} seconds.",
            next_step="Look at the disk or the network mount that it is on.",
        )
    finally:
        worker.close()
    if refusal is None:
        return Finding(subject=subject, good=True, sentence="can be used.")
    return Finding(subject=subject, good=False, sentence=refusal.sentence, next_step=refusal.next_step)


async def _try_restic(program: str, restic_version: Callable[[str], Awaitable[str | None]]) -> Finding:
    version = await restic_version(program)
    mend = "Install restic 0.14 or newer, or set `restic` to the path of the program."
    if version is None:
        return Finding(subject="restic", good=False, sentence="there is no such program that runs.", next_step=mend)
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_RESTIC:
        return Finding(subject="restic", good=False, sentence="the program is older than 0.14.", next_step=mend)
    return Finding(subject="restic", good=True, sentence=f"is version {numbers[0]}.")


async def _try_repository(
    repository: RepositorySettings, try_repository: Callable[[RepositorySettings], Awaitable[None]]
) -> Finding:
    subject = f"repositories.{repository.name}"
    try:
        await try_repository(repository)
    except RepositoryError as error:
        path = repository_url.parse(repository.access.url).local_path
        if path is not None:  # restic says "no repository" for "permission denied" too: look at the paths themselves
            finding = await _try_path(subject, partial(_local_refusal, path))
            if not finding.good:
                return finding
        return Finding(
            subject=subject,
            good=False,
            sentence=ENGLISH.render(error.message),
            next_step=ENGLISH.render(error.next_step),
        )
    return Finding(subject=subject, good=True, sentence="was listed and opened.")


def _local_refusal(path: str) -> Refusal | None:
    root = os.path.abspath(path)
    folders = (root, *(os.path.join(root, name) for name in ("keys", "snapshots", "locks", "index")))
    for refusal in map(access.folder, folders):
        if refusal is not None:
            return refusal
    return access.file(os.path.join(root, "config"))
