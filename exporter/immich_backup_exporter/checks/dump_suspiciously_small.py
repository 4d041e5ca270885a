"""The newest dump is much smaller than usual, although it is whole."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Bytes, Message, Share, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, the_dumps
from .conditions import acceptance, pause


def find(state: State, now: datetime) -> Iterator[Finding]:
    dump = state.dump
    if dump is None or dump.newest is None or dump.valid is False:
        return
    subject, usual = the_dumps(CHECK), dump.size_baseline_bytes
    size, limit = dump.newest.size_bytes, dump.settings.min_size_ratio
    sentence = (
        Message("dumps.size_of_the_usual", size=Bytes(size), share=Share(size / usual))
        if usual
        else Message("dumps.size", size=Bytes(size))
    )
    if paused := pause(dump, now):
        yield subject.ok(sentences(paused, sentence))
    elif usual and size / usual < limit:
        yield subject.warning(
            sentences(sentence, Message("subjects.least", share=Share(limit))), Message("dumps.small_step")
        )
    else:
        yield subject.ok(sentences(sentence, acceptance(dump.accepted)))


CHECK = Check(name="DumpSuspiciouslySmall", about=About.DUMPS, severities=(Severity.WARNING,), find=find)
