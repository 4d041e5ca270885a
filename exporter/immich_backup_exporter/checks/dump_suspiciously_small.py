"""The newest dump is much smaller than usual, although it is whole."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import pause
from .words import accepted, share, size

NAME = "DumpSuspiciouslySmall"


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.newest is None or dump.valid is False:
        return
    subject, usual = the_dumps(NAME), dump.size_baseline_bytes
    bytes_, limit = dump.newest.size_bytes, dump.settings.min_size_ratio
    told = f"The newest dump has {size(bytes_)}{f', {share(bytes_, usual)} of the usual' if usual else ''}."
    if paused := pause(dump, now):
        yield subject.ok(f"{paused} {told}")
    elif usual and bytes_ / usual < limit:
        yield subject.warning(
            f"{told} It may be {100 * limit:.0f} % at least.",
            "See whether another database was dumped. If it was meant, run `immich-backup-exporter accept --dump`.",
        )
    else:
        yield subject.ok(told + accepted(dump.accepted))


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
