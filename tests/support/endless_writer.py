"""A process that writes to a store until it is killed, and prints what was acknowledged: `STATE_DIR FIRST_NUMBER`."""

import itertools
import os
import sys

from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.domain.repository import TreeSize
from immich_backup_exporter.store import open_store
from support.store_facts import REPOSITORY, StandingClock, seen_dump, snapshot


def _tell(text: str) -> None:
    os.write(1, f"{text}\n".encode())  # unbuffered: whatever was acknowledged is in the pipe


def main() -> None:
    _tell("started")
    store = open_store(sys.argv[1], StandingClock())
    _tell(f"opened {len(store.notices)}")
    for number in itertools.count(int(sys.argv[2])):
        new = snapshot(number)
        size = TreeSize(size_bytes=number, files=None)
        store.save_repository(REPOSITORY, RepositoryChange(added=(new,), tree_sizes={new.id: size}))
        store.save_dumps([seen_dump(number)])
        _tell(str(number))


if __name__ == "__main__":
    main()
