"""What is needed to take in requests to accept something."""

from collections.abc import Sequence
from typing import Protocol

from immich_backup_exporter.domain.records import AcceptRequest


class LeftRequest(Protocol):
    """A request to accept something, and how to tell that it was taken in."""

    @property
    def name(self) -> str: ...

    @property
    def request(self) -> AcceptRequest: ...


class RequestReader(Protocol):
    """Reads requests to accept something. Blocking. Raises ``SourceError``, nothing else."""

    def look(self) -> Sequence[LeftRequest]:
        """Those that are there, oldest first."""
        ...

    def remove(self, name: str) -> None:
        """Delete one, if that can be done."""
        ...


class Acceptor(Protocol):
    """Something whose size or number a person can accept: a repository with plans, or the dumps."""

    async def accept(self, request: AcceptRequest, *, unseen: bool = False) -> bool:
        """Take what there is now for what is usual. Returns whether the request is done with.

        ``unseen``: without looking once more.
        """
        ...
