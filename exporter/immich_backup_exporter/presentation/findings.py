"""Findings in words: as a person reads them, and as JSON that the agent serves and ``check`` reads back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from immich_backup_exporter.domain.findings import ALERT_PREFIX, About, Finding, Severity
from immich_backup_exporter.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingInWords:
    """A finding whose messages are text in one language."""

    id: str
    check: str
    about: About
    severity: Severity
    subject: str
    labels: Mapping[str, str] = field(default_factory=dict)
    sentence: str
    next_step: str = ""
    """Empty where there is nothing to do."""
    since: datetime | None = None
    runbook_url: str

    @property
    def alert(self) -> str:
        return ALERT_PREFIX + self.check


def in_words(finding: Finding, language: Language) -> FindingInWords:
    return FindingInWords(
        id=finding.id,
        check=finding.check,
        about=finding.about,
        severity=finding.severity,
        subject=language.render(finding.subject),
        labels=finding.labels,
        sentence=language.render(finding.message),
        next_step=language.render(finding.next_step),
        since=finding.since,
        runbook_url=finding.runbook_url,
    )


def finding_fields(finding: FindingInWords) -> Mapping[str, object]:
    """One finding as plain types for JSON."""
    return {
        "check": finding.check,
        "alert": finding.alert,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "labels": dict(finding.labels),
        "sentence": finding.sentence,
        "next_step": finding.next_step,
        "runbook_url": finding.runbook_url,
        "id": finding.id,
        "about": finding.about.value,
        "since": finding.since and finding.since.isoformat(),
    }


def finding_of(fields: Mapping[str, object]) -> FindingInWords:
    """The finding whose fields :func:`finding_fields` made. Raises ``TypeError``, ``ValueError`` or ``KeyError``."""
    labels, since = fields["labels"], fields["since"]
    if not isinstance(labels, dict):
        raise TypeError("no labels")
    return FindingInWords(
        id=str(fields["id"]),
        check=str(fields["check"]),
        about=About(str(fields["about"])),
        severity=Severity(str(fields["severity"])),
        subject=str(fields["subject"]),
        labels={str(label): str(value) for label, value in labels.items()},
        sentence=str(fields["sentence"]),
        next_step=str(fields["next_step"]),
        since=None if since is None else datetime.fromisoformat(str(since)),
        runbook_url=str(fields["runbook_url"]),
    )
