"""A dump was begun and never finished."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import pause

LONGEST = timedelta(hours=2)
"""Without a byte being written."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.unfinished is None:
        return
    subject, oldest = the_dumps(CHECK), dump.oldest_unfinished
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif oldest is None:
        yield subject.ok(Message("dumps.none_unfinished"))
    elif now - oldest > LONGEST:
        yield subject.warning(Message("dumps.unfinished", age=now - oldest), Message("dumps.unfinished_step"))
    else:
        yield subject.ok(Message("dumps.being_made", age=now - oldest))


CHECK = Check(name="DumpUnfinished", about=About.DUMPS, severities=(Severity.WARNING,), find=find)
