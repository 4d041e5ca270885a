import asyncio

import pytest

from immich_backup_exporter.poller.looking.locks import LockedError, LockGuard
from support.fakes import HandClock
from support.inspected import FakeSnapshotReader


def test_a_repository_with_an_exclusive_lock_is_not_read() -> None:
    with pytest.raises(LockedError):
        asyncio.run(LockGuard(HandClock()).require_unlocked(FakeSnapshotReader(locked=True)))


def test_a_repository_without_an_exclusive_lock_is_read() -> None:
    asyncio.run(LockGuard(HandClock()).require_unlocked(FakeSnapshotReader(locked=False)))
