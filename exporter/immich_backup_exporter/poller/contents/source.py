"""Looking into snapshots as a source: one snapshot after the other."""

from collections.abc import Sequence
from datetime import timedelta

from immich_backup_exporter.poller.core.repository_view import InspectedRepository
from immich_backup_exporter.poller.ports import Store
from immich_backup_exporter.poller.source import Phase, Source

from .inspector import Inspector
from .known import KnownContents

_TICK = timedelta(seconds=2)


class InspectionSource(Source):
    """``known`` is what the inspector adds to and ``repositories`` take their plans' contents from."""

    name = "contents"
    phases = (Phase.CONTENTS,)

    def __init__(self, inspector: Inspector, known: KnownContents, repositories: Sequence[InspectedRepository]) -> None:
        self.inspector = inspector
        self._known = known
        self._repositories = repositories

    def restore(self, store: Store) -> None:  # noqa: ARG002 - contents are loaded before repositories are restored
        if self._known.partners:
            for repository in self._repositories:
                repository.contents_changed()  # what is said of a plan may be about its partner, restored after it

    async def poll(self) -> timedelta:
        """Look into one snapshot, if there is one to look into now."""
        return timedelta(0) if await self.inspector.step() else _TICK

    async def look_once(self, phase: Phase) -> None:  # noqa: ARG002 - there is one
        while await self.inspector.step():
            pass
