"""The newest dump of Immich's database would not restore."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import pause


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.newest is None:
        return
    subject = the_dumps(CHECK)
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.valid is False:
        yield subject.critical(
            sentences(Message("dumps.would_not_restore"), dump.sentence), Message("dumps.would_not_restore_step")
        )
    elif dump.valid:
        yield subject.ok(Message("dumps.whole"))
    else:
        yield subject.ok(Message("dumps.none_read_yet"))


CHECK = Check(name="DumpInvalid", about=About.DUMPS, severities=(Severity.CRITICAL,), find=find)
