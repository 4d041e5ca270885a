"""A dump was begun and never finished."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import pause
from .words import ago

NAME = "DumpUnfinished"

LONGEST = timedelta(hours=2)
"""Without a byte being written."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.unfinished is None:
        return
    subject, oldest = the_dumps(NAME), dump.oldest_unfinished
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif oldest is None:
        yield subject.ok("None is unfinished.")
    elif now - oldest > LONGEST:
        yield subject.warning(
            f"One that is still named .tmp was last written to {ago(oldest, now)}.",
            "See whether the dump still runs and whether the disk is full; else delete the file and run a dump.",
        )
    else:
        yield subject.ok(f"One is being made, last written to {ago(oldest, now)}.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
