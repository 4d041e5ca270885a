"""What a check concludes about one subject, in a form that people and programs can both use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .messages import Message

ALERT_PREFIX = "ImmichBackup"
"""Every alert is called this and the name of its check."""

RUNBOOKS = "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"


class Severity(StrEnum):
    """How bad a finding is. All but ``UNKNOWN`` and ``OK`` are severities of alerts, too."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"  # act this week
    CRITICAL = "critical"  # act today
    UNKNOWN = "unknown"  # what should be known is not


WORST_FIRST: tuple[Severity, ...] = (
    Severity.CRITICAL,
    Severity.WARNING,
    Severity.UNKNOWN,
    Severity.INFO,
    Severity.OK,
)
"""The one order of severities, wherever findings are shown or counted."""


class About(StrEnum):
    """What the findings of a check are about."""

    AGENT = "agent"
    UPLOAD_LOCATION = "upload_location"
    DUMPS = "dumps"
    REPOSITORY = "repository"
    PLAN = "plan"
    CONTENTS = "contents"  # what is in the newest snapshot of a plan
    JOB = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says of one subject at one moment."""

    check: str
    """The check's name, which is the alert's without :data:`ALERT_PREFIX`."""
    about: About
    severity: Severity
    subject: Message
    """What it is about, for a person: ``plan nas/immich``."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Those of the alert that says the same, but for what the rule file and Prometheus add."""
    message: Message
    next_step: Message | None = None
    """What to do; ``None`` where there is nothing to do."""
    since: datetime | None = None
    """Since when the check says this of its subject; ``None``: not known."""

    @property
    def id(self) -> str:
        """The check and whom it speaks about, the same after a restart: ``Stale/plan=immich,repository=nas``."""
        labels = ",".join(f"{label}={value}" for label, value in sorted(self.labels.items()))
        return f"{self.check}/{labels}" if labels else self.check

    @property
    def alert(self) -> str:
        return ALERT_PREFIX + self.check

    @property
    def runbook_url(self) -> str:
        return f"{RUNBOOKS}{self.alert}.md"
