"""A process whose files cannot grow, then can: `STATE_DIR`. Prints what it saw as JSON, and leaves without closing."""

import json
import os
import resource
import sys

from immich_backup_exporter.domain.records import RepositoryChange
from immich_backup_exporter.store import open_store
from support.store_facts import NOON, REPOSITORY, StandingClock, seen_dump, snapshot


def main() -> None:
    store = open_store(sys.argv[1], StandingClock())
    store.save_repository(REPOSITORY, RepositoryChange(added=(snapshot(0),)))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = os.path.getsize(os.path.join(sys.argv[1], "state.sqlite3"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited[1]))
    many = tuple(snapshot(number) for number in range(1, 300))
    store.save_repository(REPOSITORY, RepositoryChange(added=many))
    store.save_repository(REPOSITORY, RepositoryChange(gone=frozenset({snapshot(5).id})))
    store.expected_since("dump", NOON)
    store.save_dumps([seen_dump(0)])
    while_full = {"failures": store.write_failures, "snapshots": len(store.load_repository(REPOSITORY).snapshots)}
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    store.flush()
    os.write(1, json.dumps({"while full": while_full, "failures": store.write_failures}).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
