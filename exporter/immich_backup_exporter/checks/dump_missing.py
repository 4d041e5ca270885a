"""There is no dump of Immich's database."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import dump_folder_unmounted, out_of_sight, pause


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump_folder_unmounted(state):
        return
    subject, waited, limit = the_dumps(CHECK), now - dump.expected_since, dump.settings.max_age
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.newest is not None:
        yield subject.ok(Message("dumps.number", dumps=dump.routine or 0))
    elif waited > limit:
        yield subject.critical(sentences(Message("dumps.none", wait=waited), dump.sentence), Message("dumps.none_step"))
    elif dump.out_of_sight:
        yield subject.unknown(out_of_sight(dump), Message("dumps.out_of_sight_step"))
    elif not state.remembers:
        yield subject.critical(sentences(Message("dumps.none_now"), dump.sentence), Message("dumps.none_step"))
    else:
        yield subject.ok(Message("dumps.none_yet", time=dump.expected_since + limit))


CHECK = Check(name="DumpMissing", about=About.DUMPS, severities=(Severity.CRITICAL,), find=find)
