"""What a check concludes about one subject, in a form that people and programs can both use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .messages import Text

ALERT_PREFIX = "ImmichBackup"
"""Every alert is called this and the name of its check."""

RUNBOOKS = "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"


class Severity(StrEnum):
    """How bad a finding is. All but ``UNKNOWN`` and ``OK`` are severities of alerts, too."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"  # somebody should act this week
    CRITICAL = "critical"  # somebody must act today
    UNKNOWN = "unknown"  # what should be known is not


WORST_FIRST: tuple[Severity, ...] = (
    Severity.CRITICAL,
    Severity.WARNING,
    Severity.UNKNOWN,
    Severity.INFO,
    Severity.OK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says of one subject at one moment."""

    check: str
    """The check's name, which is the alert's without :data:`ALERT_PREFIX`."""
    severity: Severity
    subject: str
    """What it is about, for a person: ``plan nas/immich``."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Those of the alert that says the same, but for what the rule file and Prometheus add."""
    sentence: Text
    next_step: Text = ""
    """What to do; empty where there is nothing to do."""

    @property
    def alert(self) -> str:
        return ALERT_PREFIX + self.check

    @property
    def runbook_url(self) -> str:
        return f"{RUNBOOKS}{self.alert}.md"
