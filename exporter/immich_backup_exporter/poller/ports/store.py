"""What is needed of the state store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from immich_backup_exporter.domain.contents import CoverageRecord, MissingRecord, TreeContents
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.records import (
    Acceptance,
    ContentsRecord,
    RepositoryChange,
    RepositoryRecord,
    RunsChange,
    RunsRecord,
    SeenDump,
)


class Store(Protocol):
    """Keeps what was learned. Blocking. A write that fails (a full disk) is kept, counted and tried again.

    Whatever reads may raise ``StoreError`` where the disk does not return the contents.
    """

    @property
    def created(self) -> datetime: ...

    @property
    def write_failures(self) -> int:
        """Failed attempts to write since this process started."""
        ...

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a person should be told of the store, such as that it was damaged; grows."""
        ...

    def expected_since(self, subject: str, now: datetime) -> datetime:
        """When ``subject`` was first declared; ``now`` if this is the first time."""
        ...

    def drop_expectations(self, keep: Collection[str]) -> None:
        """Forget when everything but ``keep`` was first declared."""
        ...

    def bound_repository(self, name: str, location: str) -> str | None:
        """The repository id last seen under this name at this location."""
        ...

    def bind_repository(self, name: str, location: str, repository_id: str) -> None: ...

    def load_repository(self, repository_id: str) -> RepositoryRecord: ...

    def save_repository(self, repository_id: str, change: RepositoryChange) -> None: ...

    def load_dumps(self) -> Sequence[SeenDump]: ...

    def save_dumps(self, dumps: Sequence[SeenDump]) -> None:
        """Insert or replace by fingerprint."""
        ...

    def load_dump_acceptance(self) -> Acceptance | None:
        """The last time that somebody said that the dumps' size is meant."""
        ...

    def save_dump_acceptance(self, acceptance: Acceptance) -> None: ...

    def note_start(self, now: datetime) -> None:
        """The agent was started."""
        ...

    def starts(self) -> Sequence[datetime]:
        """When the agent was started lately, oldest first."""
        ...

    def load_beginnings(self) -> Mapping[str, datetime]:
        """When findings that are not ok began, by their ids."""
        ...

    def save_beginnings(self, since: Mapping[str, datetime]) -> None:
        """Keep these and no others."""
        ...

    def load_runs(self) -> RunsRecord: ...

    def save_runs(self, change: RunsChange) -> None:
        """Insert or replace runs by job and run id; only the newest of each job are kept. A count never falls."""
        ...

    def load_contents(self) -> ContentsRecord: ...

    def load_missing(self, tree: str, dump: str) -> MissingRecord:
        """What was missing from a tree, by that dump; empty where that was long ago."""
        ...

    def save_tree(self, tree: str, found: TreeContents) -> None:
        """Insert or replace by tree."""
        ...

    def save_coverage(self, tree: str, record: CoverageRecord, missing: MissingRecord) -> None:
        """Insert or replace by tree and dump; the missing items are kept of the newest only."""
        ...

    def read_since(self, repository_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When how many bytes were read from a repository."""
        ...

    def save_reading(self, repository_id: str, size_bytes: int) -> None:
        """Note that so much was read just now."""
        ...

    def flush(self) -> None:
        """Try again what could not be written; does nothing where nothing is waiting."""
        ...
