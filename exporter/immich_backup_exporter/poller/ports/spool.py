"""What is needed to read the reports of runs that lie in the spool."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.runs import RunReport


class SpoolEntry(Protocol):
    """One report in the spool that can be believed."""

    @property
    def name(self) -> str: ...

    @property
    def report(self) -> RunReport: ...


class Rejected(Protocol):
    """A file in the spool that cannot be believed, and why."""

    @property
    def name(self) -> str: ...

    @property
    def sentence(self) -> Text: ...


class SpoolLook(Protocol):
    """What one look at the spool found."""

    @property
    def entries(self) -> Sequence[SpoolEntry]: ...

    @property
    def rejected(self) -> Sequence[Rejected]: ...

    @property
    def names(self) -> frozenset[str]:
        """All reports' names that are there now."""
        ...

    @property
    def beats(self) -> Mapping[str, int]:
        """By run id, of runs without an end in the spool: changes with every sign of life."""
        ...

    @property
    def more(self) -> bool:
        """There are new files that this look did not read."""
        ...


class SpoolReader(Protocol):
    """Reads the spool and changes nothing in it. Blocking. Raises ``SourceError``, nothing else."""

    def stamp(self) -> int:
        """Changes whenever a file was put into the spool or taken out of it; not with signs of life."""
        ...

    def look(self, known: Collection[str]) -> SpoolLook:
        """Read every report whose name is not ``known``."""
        ...
