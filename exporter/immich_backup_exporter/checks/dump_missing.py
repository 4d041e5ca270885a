"""There is no dump of Immich's database."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import dump_folder_unmounted, pause
from .words import at, span

NAME = "DumpMissing"


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump_folder_unmounted(state):
        return
    subject, waited, limit = the_dumps(NAME), now - dump.expected_since, dump.settings.max_age
    if paused := pause(dump, now):
        yield subject.ok(paused)
    elif dump.newest is not None:
        yield subject.ok(f"There are {dump.routine} dumps.")
    elif waited > limit:
        yield subject.critical(
            f"There is none, after {span(waited)}. {dump.sentence or ''}".rstrip(),
            "Turn the database dump on in Immich's administration settings, and run it once.",
        )
    elif dump.out_of_sight:
        yield subject.unknown(dump.sentence or "The folder cannot be looked at.", "Let the agent read the folder.")
    else:
        yield subject.ok(f"There is none yet; one is expected by {at(dump.expected_since + limit)}.")


CHECK = Check(name=NAME, severities=(Severity.CRITICAL,), find=find)
