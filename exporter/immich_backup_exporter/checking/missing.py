"""Which files are missing from snapshots. They are in the state store only: no address of the agent's tells names."""

import asyncio
from collections.abc import Mapping

from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import MissingFile
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.store import copy_store

from .run import CheckOptions, agent_on


def missing_files(options: CheckOptions, clock: Clock) -> Mapping[str, tuple[MissingFile, ...]]:
    """By plan, as findings call it: the first files that the database refers to and its newest snapshot lacks.

    Nothing where the state cannot be read: who asks may not be the agent's user.
    """
    settings = load(options.config_file, options.environ, now=clock.now())
    try:
        store = copy_store(settings.state_dir, clock)
    except StoreError:
        return {}
    try:
        state = asyncio.run(agent_on(options, settings, store, clock).look_once(fresh=False))
        return {
            f"plan {repository.name}/{plan.settings.name}": files
            for repository in state.repositories
            for plan in repository.plans
            if (found := plan.coverage) is not None
            and (files := store.load_missing(found.snapshot.tree, found.record.dump).files)
        }
    finally:
        store.close()


def told(file: MissingFile) -> str:
    """One file in a line: what it is, whose it is, where the database has it, and whether the disk does.

    Names come from whoever uploaded the file: what could move the cursor, end the line or turn text around is escaped.
    """
    where = {True: "", False: " (gone from Immich's disk too)", None: ""}[file.on_disk]
    path = file.path.decode("utf-8", "backslashreplace")
    return f"{file.kind.value} {_printable(file.item)} {_printable(path)}{where}"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
