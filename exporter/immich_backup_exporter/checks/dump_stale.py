"""The newest dump of Immich's database that is whole is too old."""

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
    newest = dump.last_valid or (dump.newest.time if dump.newest else None)
    if newest is None or dump.valid is False:
        return
    subject, age, limit = the_dumps(CHECK), now - newest, dump.settings.max_age
    which = Message("dumps.newest_whole") if dump.last_valid else Message("dumps.newest")
    sentence = Message("dumps.age_and_limit", dump=which, age=age, limit=limit)
    if paused := pause(dump, now):
        yield subject.ok(sentences(paused, Message("dumps.age", dump=which, age=age)))
    elif age > limit:
        yield subject.critical(sentence, Message("dumps.stale_step"))
    elif dump.out_of_sight:
        yield subject.unknown(sentences(out_of_sight(dump), sentence), Message("dumps.out_of_sight_step"))
    else:
        yield subject.ok(sentence)


CHECK = Check(name="DumpStale", about=About.DUMPS, severities=(Severity.CRITICAL,), find=find)
