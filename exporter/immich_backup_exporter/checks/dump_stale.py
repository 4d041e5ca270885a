"""The newest dump of Immich's database that is whole is too old."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import dump_folder_unmounted, pause
from .words import span

NAME = "DumpStale"


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump_folder_unmounted(state):
        return
    newest = dump.last_valid or (dump.newest.time if dump.newest else None)
    if newest is None or dump.valid is False:
        return
    subject, age, limit = the_dumps(NAME), now - newest, dump.settings.max_age
    which = "The newest dump that is whole" if dump.last_valid else "The newest dump"
    told = f"{which} is {span(age)} old; it may be {span(limit)}."
    if paused := pause(dump, now):
        yield subject.ok(f"{paused} {which} is {span(age)} old.")
    elif age > limit:
        yield subject.critical(
            told, "See in Immich's administration settings whether dumps are on, and in its log why not."
        )
    elif dump.out_of_sight:
        yield subject.unknown(
            f"{dump.sentence or 'The folder cannot be looked at.'} {told}", "Let the agent read the folder."
        )
    else:
        yield subject.ok(told)


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
