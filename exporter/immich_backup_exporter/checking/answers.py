"""What was found, where that comes from, and how old it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from immich_backup_exporter.domain.findings import WORST_FIRST, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.presentation.findings import FindingInWords
from immich_backup_exporter.presentation.verdict import Verdict

EXIT_CODES: Mapping[Severity, int] = {
    Severity.OK: 0,
    Severity.INFO: 0,
    Severity.WARNING: 1,
    Severity.CRITICAL: 2,
    Severity.UNKNOWN: 3,
}
NOTHING_KNOWN = EXIT_CODES[Severity.UNKNOWN]


class Source(StrEnum):
    """Who was asked."""

    AGENT = "agent"
    STORE = "store"
    FRESH = "fresh"


class NothingToAsk(Exception):  # noqa: N818 - no fault of this program, but its answer
    """Neither an agent nor its state can answer; the messages say why."""

    def __init__(self, *messages: Message) -> None:
        super().__init__(*messages)
        self.messages = messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All findings, worst first."""

    source: Source
    origin: Message
    """Where it comes from and how old it is."""
    age: timedelta | None
    """How long ago the oldest of what it rests on was looked at; ``None``: not known."""
    time: datetime
    """When it was concluded."""
    version: str
    findings: tuple[FindingInWords, ...]
    verdict: Verdict

    @property
    def worst(self) -> Severity:
        return min((finding.severity for finding in self.findings), key=WORST_FIRST.index, default=Severity.UNKNOWN)

    @property
    def exit_code(self) -> int:
        code = EXIT_CODES[self.worst]
        return NOTHING_KNOWN if code == 0 and self.verdict is not Verdict.SAFE else code


def worst_first(findings: Iterable[FindingInWords]) -> tuple[FindingInWords, ...]:
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity)))


def telling(findings: Sequence[FindingInWords]) -> tuple[FindingInWords, ...]:
    """What is not well and, of each subject of which all is, the first thing that was said."""
    shown: list[FindingInWords] = [finding for finding in findings if finding.severity is not Severity.OK]
    subjects = {finding.subject for finding in shown}
    for finding in findings:
        if finding.severity is Severity.OK and finding.subject not in subjects:
            subjects.add(finding.subject)
            shown.append(finding)
    return tuple(shown)
