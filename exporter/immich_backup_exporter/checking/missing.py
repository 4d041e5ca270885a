"""Which files are missing from snapshots. They are in the state store only: no address of the agent's tells names."""

import asyncio
from collections.abc import Mapping

from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.contents import MissingFile, MissingKind
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.store import copy_store

from .run import CheckOptions, agent_on


def missing_files(options: CheckOptions, clock: Clock) -> Mapping[Message, tuple[MissingFile, ...]]:
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
            Message("subjects.plan", repository=repository.name, plan=plan.settings.name): files
            for repository in state.repositories
            for plan in repository.plans
            if (found := plan.coverage) is not None
            and (files := store.load_missing(found.snapshot.tree, found.record.dump).files)
        }
    finally:
        store.close()


_KINDS = {
    MissingKind.ORIGINAL: Message("check.original"),
    MissingKind.SIDECAR: Message("check.sidecar"),
    MissingKind.PROFILE: Message("check.profile"),
}


def listed(file: MissingFile) -> Message:
    """One file in a line: what it is, whose it is, where the database has it, and whether the disk does.

    Names come from those who uploaded the file, so what could move the cursor, end the line or turn text around is
    escaped.
    """
    kind, item, path = (
        _KINDS[file.kind],
        _printable(file.item),
        _printable(file.path.decode("utf-8", "backslashreplace")),
    )
    if file.on_disk is False:
        return Message("check.missing_file_gone", kind=kind, item=item, path=path)
    return Message("check.missing_file", kind=kind, item=item, path=path)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
