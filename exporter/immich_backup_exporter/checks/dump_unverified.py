"""For an hour the agent could not find out whether a finished dump is whole."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import dump_folder_unmounted, pause


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.unverified is None or dump_folder_unmounted(state):
        return
    subject = the_dumps(CHECK)
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.unverified > 0:
        yield subject.warning(
            sentences(Message("dumps.unverified", dumps=dump.unverified), dump.sentence),
            Message("dumps.unverified_step"),
        )
    else:
        yield subject.ok(Message("dumps.none_unverified"))


CHECK = Check(name="DumpUnverified", about=About.DUMPS, severities=(Severity.WARNING,), find=find)
