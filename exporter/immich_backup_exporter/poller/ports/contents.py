"""What is needed to look into snapshots."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.domain.contents import DumpAnswer, TreeAnswer, TreeQuestion

Feed = Callable[[int], Awaitable[None]]
"""Writes to the descriptor, which stays the caller's, and returns once all of it is written and to be believed."""
OnRead = Callable[[int], None]
"""Is told how many bytes of what is being fed have been taken so far. May raise to end it."""


class Inspection(Protocol):
    """Looks into one snapshot. Raises ``InspectionError``, and whatever a feed raises."""

    async def tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> TreeAnswer:
        """What a tree holds; ``feed`` writes what ``restic ls --json`` prints."""
        ...

    async def external_tree(self, question: TreeQuestion, feed: Feed, on_read: OnRead) -> None:
        """Another tree that holds external libraries."""
        ...

    async def settled_folders(self, location: str, folders: Sequence[str], before: datetime) -> frozenset[str] | None:
        """Which of these folders hold files on the live disk that were there ``before``; ``None``: no telling."""
        ...

    async def dump(
        self,
        source: Feed | int,
        on_read: OnRead,
        *,
        time: datetime,
        expect_gzip: bool,
        immichs_own: bool,
        cover: bool,
        unproven_external: Sequence[str] = (),
        location: str | None = None,
    ) -> DumpAnswer:
        """Read a dump, from a feed or a descriptor, and compare it with the tree."""
        ...


class InspectionFactory(Protocol):
    """Where snapshots are looked into."""

    def inspection(self) -> AbstractAsyncContextManager[Inspection]:
        """For one snapshot."""
        ...
