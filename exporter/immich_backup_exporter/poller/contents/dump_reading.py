"""Reads a dump for comparing: from the live disk where it is the same file, else out of its snapshot."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta

from immich_backup_exporter.domain.contents import DumpAnswer
from immich_backup_exporter.domain.errors import InspectionError
from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.poller.looking.budget import Budget
from immich_backup_exporter.poller.ports import Feed, Inspection, LiveDumps, OnRead

from .targets import DumpSource

_LIVE_DUMP = timedelta(hours=2)


class DumpReading:
    """``live`` knows the dumps on the live disk; ``None``: the agent does not see it."""

    def __init__(self, live: LiveDumps | None, budget: Budget, upload_location: str | None) -> None:
        self._live = live
        self._budget = budget
        self._upload_location = upload_location

    def live_verdict(self, dump: DumpFile) -> DumpVerdict | None:
        """What is known of a dump because the live file that is the same one was read."""
        seen = self._live.find(dump) if self._live is not None else None
        return seen.verdict if seen is not None else None

    async def read(
        self, inspection: Inspection, source: DumpSource, *, cover: bool, unproven: Sequence[str]
    ) -> DumpAnswer:
        """``cover``: compare it with the tree that the inspection holds; ``unproven``: external libraries that were not
        found. Raises ``RepositoryError``, ``InspectionError`` and ``BudgetSpentError``.
        """
        dump = source.dump

        async def read(data: Feed | int, on_read: OnRead) -> DumpAnswer:
            return await inspection.dump(
                data,
                on_read,
                time=dump.time,
                expect_gzip=dump.path.endswith(".gz"),
                immichs_own=dump.kind is DumpKind.IMMICH,
                cover=cover,
                unproven_external=unproven,
                location=self._upload_location,
            )

        live = self._live
        seen = live.find(dump) if live is not None else None
        descriptor = await live.open(seen.file) if live is not None and seen is not None else None
        if live is not None and seen is not None and descriptor is not None:
            try:
                async with asyncio.timeout(_LIVE_DUMP.total_seconds()):
                    answer = await read(descriptor, lambda _: None)
                if await live.unchanged(descriptor, seen.file):
                    return answer
            except TimeoutError:
                raise InspectionError(Message("looking.live_dump_slow", limit=_LIVE_DUMP)) from None
            finally:
                os.close(descriptor)
        repository = source.holder.repository
        await self._budget.allow(repository, dump.size_bytes)
        reader, snapshot_id = repository.reader, source.holder.snapshot.id
        patience = reader.patience()
        return await read(
            lambda pipe: reader.read_file(snapshot_id, dump.path, pipe, patience),
            self._budget.meter(repository, patience.touch),
        )
