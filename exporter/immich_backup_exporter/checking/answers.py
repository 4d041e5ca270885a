"""What was found, where that comes from, and how old it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from immich_backup_exporter.domain.findings import WORST_FIRST, Finding, Severity

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
    """There is nobody to ask, or nobody who would know; each message is a sentence for a person."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All findings, worst first."""

    source: Source
    told_by: str
    """Where it comes from and how old it is, in one line for a person."""
    age: timedelta | None
    """How long ago the oldest of what it rests on was looked at; ``None``: not known."""
    time: datetime
    """When it was concluded."""
    version: str
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity:
        return min((finding.severity for finding in self.findings), key=WORST_FIRST.index, default=Severity.UNKNOWN)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.worst]


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity)))


def telling(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What is not well and, of each subject of which all is, the first thing that was said."""
    shown: list[Finding] = [finding for finding in findings if finding.severity is not Severity.OK]
    subjects = {finding.subject for finding in shown}
    for finding in findings:
        if finding.severity is Severity.OK and finding.subject not in subjects:
            subjects.add(finding.subject)
            shown.append(finding)
    return tuple(shown)
