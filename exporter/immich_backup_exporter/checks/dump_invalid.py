"""The newest dump of Immich's database would not restore."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import pause

NAME = "DumpInvalid"


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.newest is None:
        return
    subject = the_dumps(NAME)
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.valid is False:
        yield subject.critical(
            f"The newest dump would not restore. {dump.sentence or ''}".rstrip(),
            "Run a dump in Immich and see that it is whole; keep the older ones that are.",
        )
    elif dump.valid:
        yield subject.ok("The newest dump that was read is whole.")
    else:
        yield subject.ok("No dump has been read to its end yet.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
