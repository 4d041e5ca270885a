"""Nobody could find out for an hour whether a finished dump is whole."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import dump_folder_unmounted, pause

NAME = "DumpUnverified"


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.unverified is None or dump_folder_unmounted(state):
        return
    subject = the_dumps(NAME)
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.unverified > 0:
        yield subject.warning(
            f"{dump.unverified} finished dump(s) could not be read for an hour. {dump.sentence or ''}".rstrip(),
            "Let the agent read the files; what is beyond its limits, try to restore by hand.",
        )
    else:
        yield subject.ok("None waits to be read for longer than an hour.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
