"""Tries whether everything that was declared can be reached, for ``config check --probe``."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.analysis.selection import explain_no_match, selector
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.immich import FOLDERS, MARKER
from immich_backup_exporter.domain.messages import Argument, Message
from immich_backup_exporter.domain.repository import OLDEST_RESTIC, Snapshot
from immich_backup_exporter.domain.settings import AgentSettings, PlanSettings, RepositorySettings
from immich_backup_exporter.formats import repository_url

from . import access
from .access import Refusal

PATH_DEADLINE_SECONDS = 15.0

_USABLE = Message("probe.usable")
_FOUND = Message("probe.found")


class _PathTest(NamedTuple):
    subject: Argument
    test: Callable[[], Refusal | None]
    success: Message = _USABLE
    """What is said where ``test`` refuses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What trying one thing showed. Names paths, which a person at the terminal needs; holds no secret and no URL."""

    subject: Argument
    """The key, or what was tried."""
    good: bool
    message: Message
    next_step: Message | None = None


async def probe(
    settings: AgentSettings,
    *,
    try_repository: Callable[[RepositorySettings], Awaitable[Sequence[Snapshot]]],
    restic_version: Callable[[str], Awaitable[str | None]],
) -> list[Finding]:
    """Try every path, the restic program, every repository and its plans, at once; in the order of the configuration.

    ``try_repository`` opens a repository, returns its snapshots and raises ``RepositoryError``; ``restic_version``
    tells a program's version, or ``None`` where it does not run.
    """
    waiting: list[Awaitable[Finding]] = [_try_path(test) for test in _path_tests(settings)]
    if settings.repositories:
        waiting.append(_try_restic(settings.restic, restic_version))
    location = settings.upload_location
    trying = [_try_repository(repository, location, try_repository) for repository in settings.repositories]
    immich, *others = await asyncio.gather(_try_immich(settings), *map(_alone, waiting), *trying)
    return [*immich, *(finding for found in others for finding in found)]


async def _alone(finding: Awaitable[Finding]) -> list[Finding]:
    return [await finding]


async def _try_immich(settings: AgentSettings) -> list[Finding]:
    """The upload location, and what is in it only where it is one: else each of its folders fails for one reason."""
    tests = list(_folder_tests(settings))
    if settings.upload_location is None:
        return list(await asyncio.gather(*map(_try_path, tests)))
    whole = _PathTest("immich.upload_location", partial(_no_upload_location, settings.upload_location))
    found = await _try_path(whole)
    return [found, *(await asyncio.gather(*map(_try_path, tests)) if found.good else ())]


def _no_upload_location(root: str) -> Refusal | None:
    refusal = access.folder(root)
    if refusal is not None or not all(_absent(os.path.join(root, folder, MARKER)) for folder in FOLDERS):
        return refusal
    parent, name = os.path.split(os.path.abspath(root))
    if name in FOLDERS and not _absent(os.path.join(root, MARKER)):
        return Refusal(message=Message("probe.inside_upload_location", folder=name, parent=parent))
    return Refusal(message=Message("probe.no_markers", path=root), next_step=Message("probe.no_markers_step"))


def _absent(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # the test of that path says why
    return False


def _folder_tests(settings: AgentSettings) -> Iterator[_PathTest]:
    if settings.upload_location is not None:
        root = settings.upload_location
        for folder in FOLDERS:
            marker = os.path.join(root, folder, MARKER)
            yield _PathTest(Message("probe.marker", folder=folder), partial(access.file, marker), _FOUND)
    if settings.dump is not None:
        yield _PathTest(Message("probe.dump_folder"), partial(access.folder, settings.dump.folder))


def _path_tests(settings: AgentSettings) -> Iterator[_PathTest]:
    for repository in settings.repositories:
        key = f"repositories.{repository.name}"
        if (password_file := repository.access.password_file) is not None:
            yield _PathTest(f"{key}.password_file", partial(access.file, password_file, secret=True))
        for name, path in repository.access.environment_files.items():
            yield _PathTest(f"{key}.environment.{name}", partial(access.file, path, secret=True))
    yield _PathTest("state_dir", partial(access.writable_folder, settings.state_dir))
    yield _PathTest("cache_dir", partial(access.writable_folder, settings.cache_dir))


async def _try_path(tried: _PathTest) -> Finding:
    worker = Worker("probe of a path")
    try:
        refusal = await worker.call(tried.test, PATH_DEADLINE_SECONDS)
    except TimeoutError:
        return Finding(
            subject=tried.subject,
            good=False,
            message=Message("probe.too_slow", limit=timedelta(seconds=PATH_DEADLINE_SECONDS)),
            next_step=Message("probe.look_at_disk"),
        )
    finally:
        worker.close()
    if refusal is None:
        return Finding(subject=tried.subject, good=True, message=tried.success)
    return Finding(subject=tried.subject, good=False, message=refusal.message, next_step=refusal.next_step)


async def _try_restic(program: str, restic_version: Callable[[str], Awaitable[str | None]]) -> Finding:
    version = await restic_version(program)
    install = Message("probe.install_restic")
    if version is None:
        return Finding(
            subject="restic", good=False, message=Message("probe.no_restic", program=program), next_step=install
        )
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_RESTIC:
        return Finding(subject="restic", good=False, message=Message("probe.old_restic"), next_step=install)
    return Finding(subject="restic", good=True, message=Message("probe.restic_version", version=numbers[0]))


async def _try_repository(
    repository: RepositorySettings,
    upload_location: str | None,
    try_repository: Callable[[RepositorySettings], Awaitable[Sequence[Snapshot]]],
) -> list[Finding]:
    subject = f"repositories.{repository.name}"
    try:
        snapshots = await try_repository(repository)
    except RepositoryError as error:
        path = repository_url.parse(repository.access.url).local_path
        if path is not None:  # restic says "no repository" for "permission denied" too: look at the paths themselves
            finding = await _try_path(_PathTest(subject, partial(_local_refusal, path)))
            if not finding.good:
                return [finding]
        return [Finding(subject=subject, good=False, message=error.message, next_step=error.next_step)]
    plans = [_plan(f"{subject}.plans.{plan.name}", plan, upload_location, snapshots) for plan in repository.plans]
    return [Finding(subject=subject, good=True, message=Message("probe.opened")), *plans]


def _plan(subject: str, plan: PlanSettings, upload_location: str | None, snapshots: Sequence[Snapshot]) -> Finding:
    """Which of the snapshots are the plan's. A repository without any is no mistake of the configuration."""
    chosen = [one for one in snapshots if selector(plan, upload_location, snapshots)(one)]
    if chosen:
        message = Message("probe.selects", chosen=len(chosen), snapshots=len(snapshots))
    else:
        message = explain_no_match(plan, upload_location, snapshots)
    return Finding(subject=subject, good=bool(chosen) or not snapshots, message=message)


def _local_refusal(path: str) -> Refusal | None:
    root = os.path.abspath(path)
    folders = (root, *(os.path.join(root, name) for name in ("keys", "snapshots", "locks", "index")))
    for refusal in map(access.folder, folders):
        if refusal is not None:
            return refusal
    return access.file(os.path.join(root, "config"))
